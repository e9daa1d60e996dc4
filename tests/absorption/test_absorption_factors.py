from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_crystalseg.absorption import Coefficients, Directions, absorb
from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.experiment import Experiment, Reflections, Sweep, read_experiment, read_reflections
from napari_crystalseg.experiment.goniometer import Goniometer
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.samples import sample_data_folder

MU = Coefficients(liquor=0.02, loop=0.018, crystal=0.03, other=0.01)
X_AXIS = Goniometer.from_dict({"rotation_axis": [1, 0, 0]})


def still(s1, phi_deg=0.0, offset_deg=0.0):
    """Directions of a beam along -Z and a rotation about +X, with these scattered ones (X, Y, Z)."""
    s1 = np.atleast_2d(np.asarray(s1, dtype=float))
    s1 = s1 / np.linalg.norm(s1, axis=1, keepdims=True)
    phi = np.broadcast_to(np.deg2rad(phi_deg), len(s1))
    return Directions.of(turning(), Reflections(s1, phi), offset_deg)


def turning(wavelength=1.0):
    return Experiment((Sweep(np.array([0.0, 0.0, 1.0]), wavelength, X_AXIS, (0.0, 1.0)),))


def block(thickness=40, width=4):
    """A crystal slab, thin along the beam (axis 1), at the border on purpose: it is wide across."""
    return np.full((width, thickness, width), Material.CRYSTAL, np.uint8)


def ball(radius):
    n = int(2 * radius + 3)
    grid = np.indices((n, n, n)) - (n - 1) / 2
    return np.where((grid**2).sum(axis=0) <= radius**2, Material.CRYSTAL, 0).astype(np.uint8)


def scene(shape=(18, 22, 20), seed=3):
    """Crystal in liquor on a loop, with a bubble and air around."""
    z, y, x = np.indices(shape) - (np.array(shape) - 1)[:, None, None, None] / 2
    data = np.zeros(shape, np.uint8)
    data[(z / 8) ** 2 + (y / 9) ** 2 + (x / 8) ** 2 < 1] = Material.LIQUOR
    data[(np.abs(x - 2) < 1) & (np.abs(y) < 10)] = Material.LOOP
    data[(np.abs(z) < 4) & (np.abs(y - 1) < 4) & (np.abs(x + 1) < 3)] = Material.CRYSTAL
    data[(z + 5) ** 2 + (y - 3) ** 2 + x**2 < 4] = Material.OTHER
    return data


def test_slab_forward_and_back():
    # International Tables, plane-parallel plate: exp(-mu T), and (1 - exp(-2 mu T)) / (2 mu T) for back-scatter.
    thickness, size = 400, 0.3
    mu = 0.36 / (thickness * size)
    labels = Labels(block(thickness, 2), size)
    factors = absorb(labels, Coefficients(0, 0, mu), still([[0, 0, -1], [0, 0, 1]]), tolerance=0)
    assert factors.absorption == pytest.approx([0.69768, 0.71284], abs=5e-6)
    assert factors.path_length_um[Material.CRYSTAL] == pytest.approx([120, 120])
    assert factors.standard_error.tolist() == [0, 0]


def test_sphere_of_the_international_tables():
    # A* = 1 / A of a sphere, mu R = 0.5, at Bragg angles 0, 10 and 20 degrees (Int. Tables C, table 6.3.3.3).
    labels = Labels(ball(20.3), 1.0)
    # The voxelised ball's own radius, by volume.
    own = (3 * labels.volumes_um3()[Material.CRYSTAL] / (4 * np.pi)) ** (1 / 3)
    two_theta = np.deg2rad([0, 20, 40, 180])
    s1 = np.stack([0 * two_theta, np.sin(two_theta), -np.cos(two_theta)], axis=1)
    factors = absorb(labels, Coefficients(0, 0, 0.5 / own), still(s1), tolerance=0)
    # Back-scatter along the incident beam, integrated by hand: A = 3/2 (1/2 - (1 - 3 exp(-2)) / 4).
    back = 1.5 * (0.5 - (1 - 3 * np.exp(-2)) / 4)
    assert 1 / factors.absorption == pytest.approx([2.0755, 2.0707, 2.0565, 1 / back], rel=1e-3)


def test_cube_with_the_scattered_beam_at_a_right_angle():
    # In by one face and out by the one beside it: the two paths are independent, so A is a product of two means over
    # the midpoints of n slices, (1 - exp(-mu T)) / (2 n sinh(mu T / 2 n)) each.
    n, mu = 24, 0.03
    labels = Labels(np.pad(np.full((n, n, n), Material.CRYSTAL, np.uint8), 3), 2.0)
    factors = absorb(labels, Coefficients(0, 0, mu), still([[1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, -1]]), tolerance=0)
    side = (1 - np.exp(-mu * 2 * n)) / (2 * n * np.sinh(mu))
    assert factors.absorption == pytest.approx([side**2] * 3 + [np.exp(-mu * 2 * n)], rel=1e-12)


def test_a_crack_shortens_the_path_by_its_width():
    data = block(40)
    data[:, 17:22] = Material.AIR
    factors = absorb(Labels(data, 1.0), Coefficients(0, 0, 0.02), still([0, 0, -1]), tolerance=0)
    assert factors.absorption == pytest.approx([np.exp(-0.02 * 35)], rel=1e-12)
    assert factors.path_length_um[Material.CRYSTAL] == pytest.approx([35])


def test_a_hole_is_crossed_by_the_rays_that_meet_it():
    data = np.full((10, 40, 10), Material.CRYSTAL, np.uint8)
    data[3:7, 10:30, 2:8] = Material.AIR
    mu = 0.02
    whole, less = 76 * 40, 24 * 20  # crystal voxels on rays beside the hole and through it
    expected = (whole * np.exp(-mu * 40) + less * np.exp(-mu * 20)) / (whole + less)
    found = absorb(Labels(data, 1.0), Coefficients(0, 0, mu), still([0, 0, -1]), tolerance=0).absorption
    assert found == pytest.approx([expected], rel=1e-12)
    # A bubble of a gas that absorbs nothing is the same.
    data[data == Material.AIR] = Material.OTHER
    bubble = absorb(Labels(data, 1.0), Coefficients(0.5, 0.5, mu, 0), still([0, 0, -1]), tolerance=0).absorption
    assert bubble.tobytes() == found.tobytes()


def test_a_volume_without_any_interface_is_traced():
    labels = Labels(np.full((8, 16, 8), Material.CRYSTAL, np.uint8), 1.0)
    factors = absorb(labels, Coefficients(0, 0, 0.02), still([0, 0, -1]), tolerance=0)
    assert factors.absorption == pytest.approx([np.exp(-0.32)], rel=1e-12)


def test_peer_phantom_exact_column():
    """The same 851 voxels that an independent exact traversal used, for its 1,000 reflections."""
    from napari_crystalseg.absorption.tracing.crystal_sample import CrystalSample
    from napari_crystalseg.absorption.tracing.nodes import exact_nodes
    from napari_crystalseg.absorption.tracing.tracer import Tracer
    from napari_crystalseg.progress import silent

    peer = np.load(sample_data_folder() / "anacor_phantom200_851.npz")
    labels = Labels(peer["labels"], float(peer["voxel_um"]))
    mu = Coefficients(float(peer["mu_liquor"]), float(peer["mu_loop"]), float(peer["mu_crystal"]))
    # Rotation about +X and the beam along -Z, so that our geometry is checked as well as the tracer.
    wavelength = 1 / np.linalg.norm(peer["s1"][0])
    rays = Directions.of(turning(wavelength), Reflections(peer["s1"], peer["omega"]))
    coords = peer["coords"].astype(np.int64)
    sample = CrystalSample(coords, np.ones(len(coords)), np.empty(0))
    found = Tracer(labels, mu).trace(exact_nodes(rays.incident), exact_nodes(rays.leaving), sample, None, silent)
    assert np.abs(found.absorption - peer["A_exact_voxelcentre"]).max() < 1e-12


def test_sampling_the_peer_phantom_agrees_with_all_its_voxels():
    peer = np.load(sample_data_folder() / "anacor_phantom200_851.npz")
    labels = Labels(peer["labels"], float(peer["voxel_um"]))
    mu = Coefficients(float(peer["mu_liquor"]), float(peer["mu_loop"]), float(peer["mu_crystal"]))
    everything = absorb(labels, mu, Directions.over_sphere(6), tolerance=0)
    off = []
    for seed in range(12):
        sampled = absorb(labels, mu, Directions.over_sphere(6), tolerance=2e-3, seed=seed)
        assert (sampled.standard_error > 0).all()
        assert (sampled.standard_error <= 2e-3 * sampled.absorption).all()
        assert sampled.provenance.steps[-1]["crystal_voxels_traced"]["most"] < 5000
        off.append((sampled.absorption - everything.absorption) / sampled.standard_error)
    assert np.abs(off).max() < 4
    # The six share their points, so that this is known to about a quarter.
    assert np.sqrt(np.mean(np.square(off))) == pytest.approx(1, abs=0.35)


def test_standard_error_is_the_spread_over_seeds():
    labels = Labels(ball(11), 1.0)
    truth = absorb(labels, MU, Directions.over_sphere(6), tolerance=0).absorption
    runs = [absorb(labels, MU, Directions.over_sphere(6), tolerance=1e-2, seed=seed) for seed in range(30)]
    values = np.array([r.absorption for r in runs])
    stated = np.sqrt(np.mean([r.standard_error**2 for r in runs], axis=0))
    spread = np.sqrt(np.mean((values - truth) ** 2, axis=0))
    # 30 runs give the spread to about 13 %.
    assert spread / stated == pytest.approx(np.ones(6), abs=0.4)
    # Unbiased: the mean of the runs is within four of its own standard errors.
    assert (np.abs(values.mean(axis=0) - truth) < 4 * spread / np.sqrt(30)).all()


def test_anisotropic_voxels_equal_the_same_block_isotropic():
    coarse = scene((9, 12, 10))
    fine = np.repeat(np.repeat(coarse, 2, axis=0), 3, axis=1)
    # The same points in both: odd repeats keep voxel centres; the two halves along axis 0 lie about the coarse centre.
    from napari_crystalseg.absorption import path_lengths

    rng = np.random.default_rng(0)
    points = np.stack([rng.integers(0, n, 200) for n in coarse.shape], axis=1)
    heading = rng.normal(size=(200, 3))
    heading[:, 0] = 0  # along axis 0 the start points differ by a quarter voxel
    a = path_lengths(Labels(coarse, (1.0, 0.9, 0.5)), points, heading)
    b = path_lengths(Labels(fine, (0.5, 0.3, 0.5)), points * [2, 3, 1] + [0, 1, 0], heading)
    assert np.allclose(a, b, atol=1e-12)


def test_turning_sample_and_beam_together_changes_nothing():
    # A quarter turn about +X of the sample against one of the scan angle.
    data = scene()
    directions = np.random.default_rng(4).normal(size=(20, 3))
    at_90 = absorb(Labels(data, 1.0), MU, still(directions, 90.0), tolerance=0)
    # R(90) takes Y to Z: axis 2 to axis 1, and axis 1 to the far end of axis 2.
    turned = np.ascontiguousarray(np.flip(np.swapaxes(data, 1, 2), axis=2))
    at_0 = absorb(Labels(turned, 1.0), MU, still(directions, 0.0), tolerance=0)
    assert at_90.absorption == pytest.approx(at_0.absorption, rel=1e-9)
    assert not np.allclose(at_0.absorption, absorb(Labels(data, 1.0), MU, still(directions), tolerance=0).absorption)


def test_offset_turns_like_the_scan():
    labels, directions = Labels(scene(), 1.0), [[0.3, 0.5, -0.8], [0.1, -0.9, 0.2]]
    a = absorb(labels, MU, still(directions, offset_deg=30.0), tolerance=0)
    b = absorb(labels, MU, still(directions, 30.0), tolerance=0)
    assert a.absorption == pytest.approx(b.absorption, rel=1e-12)


def test_air_around_the_sample_does_not_matter():
    data = scene()
    shifted = np.pad(data, ((5, 1), (0, 9), (3, 4)))
    a, b = (absorb(Labels(d, 1.0), MU, Directions.over_sphere(15), tolerance=0) for d in (data, shifted))
    assert a.absorption.tobytes() == b.absorption.tobytes()


def test_without_attenuation_the_factor_is_exactly_one():
    for tolerance in (0, 1e-3):
        factors = absorb(Labels(ball(9), 1.0), Coefficients(0, 0, 0), Directions.over_sphere(9), tolerance=tolerance)
        assert factors.absorption.tolist() == [1.0] * 9
        assert factors.standard_error.tolist() == [0.0] * 9


def test_each_material_counts_with_its_own_coefficient():
    data = np.zeros((3, 7, 3), np.uint8)
    data[1, :, 1] = [0, 1, 3, 2, 0, 4, 1]  # the beam comes from high axis 1
    factors = absorb(Labels(data, 2.0), MU, still([[0, 0, -1], [0, 0, 1]]), tolerance=0)
    towards_source = np.array([2, 2, 1, 2])  # liquor, loop, crystal (half a voxel), other
    forward = np.array([2, 0, 1, 0])
    lengths = np.array([factors.path_length_um[m] for m in factors.path_length_um]).T
    assert np.allclose(lengths, [towards_source + forward, 2 * towards_source])
    mu = np.array([0.02, 0.018, 0.03, 0.01])
    assert factors.absorption == pytest.approx(np.exp(-lengths @ mu), rel=1e-12)


def test_crystal_at_the_border_is_allowed_and_noted():
    inner = np.pad(block(10), 1)
    for data, touches in ((block(10), True), (inner, False)):
        factors = absorb(Labels(data, 1.0), MU, Directions.over_sphere(4))
        assert factors.provenance.steps[-1]["crystal_touches_border"] is touches


def test_a_small_dark_shadow_is_not_missed():
    """A speck that shades 0.6 % of the crystal: few voxels may all miss it, and then know nothing of their error."""
    data = np.zeros((60, 60, 60), np.uint8)
    data[10:50, 10:40, 10:50] = Material.CRYSTAL
    data[20:23, 45:48, 30:33] = Material.LOOP
    labels, mu = Labels(data, 1.0), Coefficients(0, 0.9, 1e-5)
    truth = absorb(labels, mu, Directions.over_sphere(5), tolerance=0).absorption
    runs = [absorb(labels, mu, Directions.over_sphere(5), tolerance=3e-3, seed=seed) for seed in range(40)]
    off = np.array([run.absorption for run in runs]) - truth
    stated = np.array([run.standard_error for run in runs])
    assert np.sqrt(np.mean(off**2)) < 1.25 * np.sqrt(np.mean(stated**2))
    assert np.sqrt(np.mean((off / truth) ** 2)) < 3e-3
    assert (np.abs(off) < 4 * stated).mean() > 0.95


def test_same_seed_same_bytes_and_another_seed_others():
    labels = Labels(ball(12), 1.0)
    runs = [absorb(labels, MU, Directions.over_sphere(30), seed=seed, tolerance=5e-3) for seed in (5, 5, 6)]
    assert runs[0].absorption.tobytes() == runs[1].absorption.tobytes()
    assert runs[0].standard_error.tobytes() == runs[1].standard_error.tobytes()
    assert runs[0].absorption.tobytes() != runs[2].absorption.tobytes()


def test_real_table_keeps_its_rows():
    folder = sample_data_folder()
    experiment = read_experiment(folder / "lcyst_01_first10_integrated.expt")
    table = read_reflections(folder / "lcyst_01_first10_integrated.refl")
    s1 = table.s1.copy()
    s1[7] = np.nan
    labels = Labels(scene(), 1.0)
    # Where the detector is not known, s1 cannot be computed.
    blind = replace(experiment, sweeps=(replace(experiment.sweeps[0], detector=None),))
    rays = Directions.of(blind, replace(table, s1=s1))
    factors = absorb(labels, MU, rays, tolerance=0)
    assert np.flatnonzero(np.isnan(factors.absorption)).tolist() == [7]
    assert np.isnan(factors.path_length_um[Material.CRYSTAL][7])
    assert np.array_equal(factors.miller_index, table.miller_index)
    assert factors.provenance.steps[-1]["reflections_without_direction"] == 1
    assert len(factors.provenance.inputs) == 2
    # A row alone gives the same as in the table.
    one = Directions.of(experiment, Reflections(table.s1[[40]], rays.rows.phi_rad[[40]]))
    alone = absorb(labels, MU, one, tolerance=0)
    assert alone.absorption[0] == pytest.approx(factors.absorption[40], rel=1e-12)


def test_progress_rises_to_one_and_cancels():
    seen = []
    absorb(Labels(ball(9), 1.0), MU, Directions.over_sphere(50), tolerance=0, progress=lambda f, m: seen.append(f))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0

    def stop(fraction, message):
        if fraction > 0:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        absorb(Labels(ball(9), 1.0), MU, Directions.over_sphere(50), progress=stop)


def test_what_cannot_be_computed_is_refused():
    labels = Labels(ball(3), 1.0)
    with pytest.raises(InputError, match="no crystal"):
        absorb(Labels(np.ones((4, 4, 4), np.uint8), 1.0), MU, Directions.over_sphere(4))
    with pytest.raises(InputError, match="tolerance"):
        absorb(labels, MU, Directions.over_sphere(4), tolerance=1.5)
    with pytest.raises(InputError, match="At least one"):
        absorb(labels, MU, Directions.over_sphere(0))
    with pytest.raises(InputError, match="offset"):
        still([0, 0, 1], offset_deg=float("nan"))


def test_offset_is_minus_the_scan_angle_of_the_tomograms_zero():
    """A tomogram that begins at the scan angle +90° sees the sample turned by +90°: Y becomes Z, and Z becomes -Y."""
    data = np.zeros((10, 12, 12), np.uint8)
    data[2:8, 1:9, 2:11] = Material.LIQUOR
    data[3:7, 3:6, 4:9] = Material.CRYSTAL
    data[1:4, 7:11, 1:4] = Material.LOOP
    turned = np.ascontiguousarray(data[:, ::-1].transpose(0, 2, 1))
    rng = np.random.default_rng(1)
    s1, phi_deg = rng.normal(size=(6, 3)), rng.uniform(0, 360, 6)

    def factors(labels, offset_deg):
        return absorb(Labels(labels, 1.0), MU, still(s1, phi_deg, offset_deg), tolerance=0).absorption

    np.testing.assert_allclose(factors(turned, -90), factors(data, 0), rtol=1e-12)
    assert np.abs(factors(turned, 90) / factors(data, 0) - 1).max() > 0.01


def test_a_lopsided_sample_on_a_kappa_goniometer_against_steps_along_each_ray():
    """Against 0.01 µm steps, and rotations multiplied out: phi and kappa are fixed, omega is scanned."""
    from scipy.spatial.transform import Rotation

    data = np.zeros((10, 9, 8), np.uint8)
    data[1:9, 1:8, 1:6] = Material.LIQUOR
    data[0:4, 4:6, 2:8] = Material.LOOP
    data[4:7, 2:5, 2:5] = Material.CRYSTAL
    size, mu = np.array([1.5, 1.0, 2.0]), MU.array()
    axes, source = np.array([[1.0, 0.0, 0.0], [0.6, -0.4, 0.7], [1.0, 0.0, 0.1]]), np.array([0.05, 0.02, 1.0])
    source /= np.linalg.norm(source)
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    record = {"axes": axes.tolist(), "angles": [25.0, -70.0, 99.0], "scan_axis": 2}
    experiment = Experiment((Sweep(source, 1.0, Goniometer.from_dict(record), (0.0, 1.0)),))
    s1 = np.array([[0.3, 0.8, -0.5], [-0.6, 0.1, 0.7]])
    s1 /= np.linalg.norm(s1, axis=1, keepdims=True)
    found = absorb(
        Labels(data, tuple(size)),
        MU,
        Directions.of(experiment, Reflections(s1, np.deg2rad([37.0, -80.0])), 12.5),
        tolerance=0,
    )
    steps = np.arange(0.005, 30, 0.01)[:, np.newaxis]

    def depth(point, towards):
        place = np.floor((point + steps * towards) / size + 0.5).astype(int)
        inside = ((place >= 0) & (place < data.shape)).all(axis=1)
        return 0.01 * mu[data[tuple(place[inside].T)]].sum()

    for row, omega in enumerate((37.0 + 12.5, -80.0 + 12.5)):
        turn = np.eye(3)
        for axis, angle in zip(axes, (25.0, -70.0, omega), strict=True):
            turn = Rotation.from_rotvec(axis * np.deg2rad(angle)).as_matrix() @ turn
        back = [(turn.T @ vector)[[0, 2, 1]] for vector in (source, s1[row])]
        points = np.argwhere(data == Material.CRYSTAL) * size
        expected = np.mean([np.exp(-depth(p, back[0]) - depth(p, back[1])) for p in points])
        assert found.absorption[row] == pytest.approx(expected, rel=2e-4)


def test_a_sample_that_absorbs_everything_has_factors_of_zero_that_stay_zero():
    factors = absorb(Labels(block(10), 5000.0), Coefficients(0, 0, 0.9), Directions.over_sphere(4))
    assert factors.absorption.tolist() == [0] * 4
    assert factors.standard_error.tolist() == [0] * 4
    assert factors.uncertainty_from({"crystal": 0.01}).tolist() == [0] * 4


def test_many_directions_and_thin_beams_equal_lengths_between_sorted_faces():
    """Another way to the lengths: sort where a ray crosses faces, and look up the voxel in the middle of each piece."""
    from napari_crystalseg.absorption import Illumination

    rng = np.random.default_rng(7)
    size, shape = np.array([1.7, 0.6, 1.1]), (7, 12, 9)
    data = rng.integers(0, 5, shape).astype(np.uint8)
    data[data == Material.CRYSTAL] = Material.LIQUOR
    data[2:5, 4:8, 3:6] = Material.CRYSTAL
    data[3, 5, 4], data[0, 0, 0] = Material.AIR, Material.CRYSTAL
    s1 = rng.normal(size=(14, 3))
    s1[:6] = [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]]
    s1[6:9, 0], s1[9:11, 1], s1[11, 2] = 1e-9, 0, 1e-14
    phi_deg = rng.uniform(-200, 200, 14)
    phi_deg[:6] = [0, 90, 180, 270, 45, 0]
    rays = still(s1, phi_deg)
    source, leaving = rays.incident, rays.leaving
    points, mu = np.argwhere(data == Material.CRYSTAL), MU.array()

    def depth(point, direction):
        start = (point + 0.5) * size
        with np.errstate(divide="ignore", invalid="ignore"):
            end = np.nanmin(
                np.where(direction > 0, shape * size - start, np.where(direction < 0, -start, np.nan)) / direction
            )
            faces = [
                (np.arange(n + 1) * s - b) / d for n, s, b, d in zip(shape, size, start, direction, strict=True) if d
            ]
        crossed = np.concatenate(faces)
        cuts = np.unique([0, end, *crossed[(crossed > 0) & (crossed < end)]])
        middle = (start + (cuts[:-1, None] + cuts[1:, None]) / 2 * direction) / size
        inside = np.clip(middle.astype(int), 0, np.array(shape) - 1)
        return np.diff(cuts) @ mu[data[tuple(inside.T)]]

    through = np.array(
        [[np.exp(-depth(p, i) - depth(p, o)) for p in points] for i, o in zip(source, leaving, strict=True)]
    )
    assert absorb(Labels(data, size), MU, rays, tolerance=0).absorption == pytest.approx(
        through.mean(axis=1), rel=1e-12
    )
    z, y, x = ((points - (np.array(shape) - 1) / 2) * size).T
    turn = np.deg2rad(phi_deg)[:, None]
    across = x * np.cos(turn) - y * np.sin(turn)
    for beam in (Illumination(6.0, 3.0, (1.0, -0.5)), Illumination(4.0, 5.0, (-1.0, 0.5), "gaussian")):
        u, v = (z - beam.centre_um[0]) / (beam.width_um / 2), (across - beam.centre_um[1]) / (beam.height_um / 2)
        lit = 0.5 ** (u**2 + v**2) if beam.shape == "gaussian" else (np.abs(u) <= 1) & (np.abs(v) <= 1)
        found = absorb(Labels(data, size), MU, rays, tolerance=0, illumination=beam)
        assert found.absorption == pytest.approx((lit * through).sum(axis=1) / lit.sum(axis=1), rel=1e-12)
        assert found.lit_fraction == pytest.approx(lit.mean(axis=1))
