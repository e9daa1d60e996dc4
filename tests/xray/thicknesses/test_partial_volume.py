import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.fidelity.exact_waves import sphere as exact_sphere
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.xray import Acquisition, RefractiveIndex, acquire
from napari_crystalseg.xray.substances.refractive_index import wavelength_um
from napari_crystalseg.xray.thicknesses.partial_volume import checked_fractions, with_fractions
from napari_crystalseg.xray.thicknesses.slabs import Slabs
from napari_crystalseg.xray.thicknesses.thickness import Corners
from napari_crystalseg.xray.waves.turning_sample import SamplePose, TurningSample
from napari_crystalseg.xray.waves.wave import SampleWave
from napari_crystalseg.xray.waves.wave_arrays import at_middles, resolved

WATER = RefractiveIndex(19.096e-6, 342.3e-9)
CRYSTAL = RefractiveIndex(21.907e-6, 350.9e-9)
INDICES = {Material.LIQUOR: WATER, Material.CRYSTAL: CRYSTAL}


def random_shares(seed=5, shape=(3, 7, 9)):
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.full(5, 0.4), shape).astype(np.float32)
    shares[rng.random(shape) < 0.4] = [0, 1, 0, 0, 0]
    return np.ascontiguousarray(np.moveaxis(shares, -1, 0))[1:]


def sphere_shares(size, radius, points=4):
    """Share of each voxel inside a sphere in the middle; lengths in voxels."""
    axis = (np.arange(size * points) + 0.5) / points - size / 2
    share = np.zeros((size,) * 3, np.float32)
    for row, z in enumerate(axis):
        inside = axis[:, None] ** 2 + axis**2 < radius**2 - z**2
        share[row // points] += inside.reshape(size, points, size, points).sum(axis=(1, 3))
    shares = np.zeros((4, *share.shape), np.float32)
    shares[0] = share / points**3
    return Labels((shares[0] > 0.5).astype(np.uint8), 1.0), shares


def labels_like(shares):
    return Labels(np.zeros(shares.shape[1:], np.uint8), (1.0, 0.7, 1.3))


def settings(**changes):
    given = {"energy_kev": 3.5, "distance_mm": 20.0, "pixel_size_um": 0.3, "angles_deg": [0.0, 17.0]}
    return Acquisition(**(given | changes))


@pytest.mark.parametrize("angle", [0.0, 17.0, 45.0, 90.0, 133.3])
def test_mass_is_that_of_the_shares(angle):
    shares = random_shares()
    labels = labels_like(shares)
    values = np.eye(4)
    found = Corners.of_labels(labels, *with_fractions(labels, values, shares)).project(angle, 0.5, 40)
    expected = shares.sum(axis=(2, 3), dtype=float) * 0.7 * 1.3
    np.testing.assert_allclose(found.sum(axis=-1) * 0.5, expected, rtol=1e-6)


def test_whole_shares_are_labels():
    data = np.random.default_rng(1).integers(0, 5, (3, 7, 9)).astype(np.uint8)
    labels = Labels(data, 0.7)
    shares = np.stack([(data == code).astype(np.float32) for code in range(1, 5)])
    values = np.random.default_rng(2).random((4, 2))
    table, codes = with_fractions(labels, values, shares)
    np.testing.assert_array_equal(codes, data)
    np.testing.assert_array_equal(table, values)


def test_projection_is_linear_in_the_shares():
    # Half of one volume of labels and half of another.
    rng = np.random.default_rng(4)
    first, second = (Labels(rng.integers(0, 5, (3, 7, 9)), (1.0, 0.7, 1.3)) for _ in range(2))
    shares = sum(np.stack([(one.data == code) / 2 for code in range(1, 5)]) for one in (first, second))
    values = rng.random((4, 3))
    mixed = Corners.of_labels(first, *with_fractions(first, values, shares.astype(np.float32)))
    for angle in (0.0, 33.0, 90.0):
        apart = sum(Corners.of_labels(one, values).project(angle, 0.5, 40) for one in (first, second)) / 2
        np.testing.assert_allclose(mixed.project(angle, 0.5, 40), apart, atol=1e-6)


@pytest.mark.parametrize("angle", [0.0, 17.0, 133.3])
def test_slabs_add_up_to_the_whole(angle):
    shares = random_shares()
    labels = labels_like(shares)
    values, codes = with_fractions(labels, np.eye(4), shares)
    corners = Corners.of_labels(labels, values, codes)
    slabs = Slabs.of_labels(labels, corners, values, codes)
    parts = np.stack(list(slabs.project(angle, 0.5, 40, 5, 2.001 * corners.radius_um)))
    assert parts.min() > -1e-5
    np.testing.assert_allclose(parts.sum(axis=0), corners.project(angle, 0.5, 40), atol=1e-6)


def test_concentrated_liquor_counts_by_its_share():
    shares = np.zeros((4, 1, 1, 3), np.float32)
    shares[Material.LIQUOR - 1, 0, 0] = [1.0, 0.25, 0.5]
    shares[Material.CRYSTAL - 1, 0, 0] = [0.0, 0.75, 0.0]
    labels = Labels(np.ones((1, 1, 3), np.uint8), 1.0)
    values, solvent = np.array([[3.0], [0.0], [5.0], [0.0]]), np.array([2.0])
    relative = np.array([[[2.0, 2.0, 0.0]]], np.float32)
    table, codes = with_fractions(labels, values, shares, solvent, relative)
    # Liquor of twice the concentration counts 2 + 2 (3 - 2), solvent alone 2.
    np.testing.assert_allclose(table[codes - 1][0, 0, :, 0], [4.0, 0.25 * 4 + 0.75 * 5, 0.5 * 2])


def test_averages_over_a_parabola_are_undone():
    # The mean of 1 - r²/100 over a width is that in the middle less 1/1200: once along rows, twice along columns.
    row, column = np.arange(-6, 7)[:, None], np.arange(-6, 7)
    middle = 1 - (row**2 + column**2) / 100
    found = at_middles(np, (middle - 3 / 1200)[None])[0]
    np.testing.assert_allclose(found[1:-1, 1:-1], middle[1:-1, 1:-1], atol=1e-12)


def test_opaque_sample_in_slices():
    labels, shares = sphere_shares(24, 8.3)
    labels = Labels(labels.data, 0.3)
    opaque = {Material.LIQUOR: RefractiveIndex(1e-6, 0.5)}
    found = SampleWave(labels, opaque, None, settings(slices=3), 1, fractions=shares).intensity(17.0)
    assert np.isfinite(found).all()
    assert found.max() < 2


@pytest.mark.parametrize("angle", [0.0, 17.0, 133.3])
def test_slabs_at_the_middles_add_up_to_the_whole(angle):
    # A slab that was held above nothing on its own would add at every edge: 0.1 % of the mass with 33 slabs.
    labels, shares = sphere_shares(24, 8.3)
    values = np.eye(4)
    sample = TurningSample(labels, *with_fractions(labels, values, shares), mixed=True)
    whole = sample.maps(SamplePose(angle))
    slabs = list(sample.slab_maps(SamplePose(angle), 33))
    np.testing.assert_allclose(sum(slabs), whole, atol=1e-6)
    # A slab that amplified would make an opaque sample infinitely bright.
    assert min(slab.min() for slab in slabs) > -1e-4
    # A tilt of a sphere is none, but for voxels and rows between rows.
    tilted = sample.maps(SamplePose(angle, tilt_deg=1.0))
    assert tilted.sum() == pytest.approx(whole.sum(), rel=1e-4)


def test_mean_of_an_evenly_rising_phase():
    phase = 0.9 * np.arange(12)[:, None] - 2.0 * np.arange(16)
    points = (np.arange(200) + 0.5) / 200 - 0.5
    mean = np.exp(-1j * (0.9 * points[:, None] - 2.0 * points)).mean()
    np.testing.assert_allclose(resolved(np, phase)[1:-1, 1:-1], mean.real, atol=1e-5)


def test_sphere_is_three_times_nearer_to_the_exact_wave():
    pixels, voxels, radius = 64, 2, 6.0
    labels, shares = sphere_shares(pixels * voxels, radius / 0.15)
    labels = Labels(labels.data, 0.15)
    fine = ((np.arange(pixels * 8) + 0.5) / 8 - pixels / 2) * 0.3
    r = np.linspace(0, 0.72 * pixels * 0.3, 900)
    exact = np.interp(np.hypot(fine, fine[:, None]), r, exact_sphere(r, radius, WATER, wavelength_um(3.5), 2e4))
    exact = exact.reshape(pixels, 8, pixels, 8).mean(axis=(1, 3))
    errors = {}
    for name, fractions in (("labels", None), ("shares", shares)):
        found = SampleWave(labels, INDICES, None, settings(), voxels, fractions=fractions)
        errors[name] = np.sqrt(np.mean((found.intensity(17.0) - exact) ** 2))
    assert errors["labels"] < 1e-2
    assert errors["shares"] < min(0.0035, 0.4 * errors["labels"])


def test_slices_and_arrays_of_a_gpu_give_the_same(fake_gpu):
    labels, shares = sphere_shares(32, 10.0)
    labels = Labels(labels.data, 0.3)
    for changes in ({}, {"slices": 3}):
        waves = [
            SampleWave(labels, INDICES, None, settings(distance_mm=5.0, **changes), 1, xp, fractions=shares)
            for xp in (np, fake_gpu())
        ]
        here, there = (wave.intensity(20.0) for wave in waves)
        np.testing.assert_allclose(there, here, atol=3e-6)
    whole = SampleWave(labels, INDICES, None, settings(distance_mm=5.0), 1, fractions=shares).intensity(20.0)
    assert np.sqrt(np.mean((here - whole) ** 2)) < 5e-3


def test_scan_is_recorded_and_needs_its_materials():
    labels, shares = sphere_shares(16, 5.0)
    labels = Labels(labels.data, 0.3)
    request = settings(photons=1e6, flats=1, darks=1)
    scans = [acquire(labels, INDICES, request, 3, fractions=one) for one in (None, shares, shares)]
    steps = [scan.provenance.steps[-1] for scan in scans]
    assert "fractions_sha256" not in steps[0] and len(steps[1]["fractions_sha256"]) == 64
    assert steps[1]["fractions_sha256"] == steps[2]["fractions_sha256"]
    np.testing.assert_array_equal(scans[1].projections, scans[2].projections)
    assert (scans[0].projections != scans[1].projections).any()
    with_air = np.concatenate([1 - shares.sum(axis=0, keepdims=True), shares])
    np.testing.assert_array_equal(
        acquire(labels, INDICES, request, 3, fractions=with_air).projections, scans[1].projections
    )
    shares[Material.LOOP - 1, 0, 0, 0] = 0.5
    with pytest.raises(InputError, match="loop"):
        acquire(labels, INDICES, request, 3, fractions=shares)


@pytest.mark.parametrize(
    ("fractions", "message"),
    [
        (np.zeros((3, 2, 2, 2)), "0 to 4"),
        (np.zeros((4, 2, 2, 3)), "labels are"),
        (np.full((4, 2, 2, 2), np.nan), "NaN"),
        (np.full((4, 2, 2, 2), 0.3), "sum to 1"),
        (np.full((4, 2, 2, 2), -0.1), "between"),
    ],
)
def test_refusals(fractions, message):
    with pytest.raises(InputError, match=message):
        checked_fractions(fractions, Labels(np.zeros((2, 2, 2), np.uint8), 1.0))
