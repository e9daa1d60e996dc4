"""A liquor whose solutes are not spread evenly."""

import numpy as np
import pytest

from napari_crystalseg.computing.backend import to_numpy
from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.xray import Acquisition, RefractiveIndex, acquire, refractive_index
from napari_crystalseg.xray.substances.solution import solvent_values, with_concentrations
from napari_crystalseg.xray.substances.substance import sodium_chloride, water
from napari_crystalseg.xray.waves.line_integral_values import line_integral_values
from napari_crystalseg.xray.waves.turning_sample import SamplePose, TurningSample
from napari_crystalseg.xray.waves.wave import SampleWave

ENERGY_KEV = 3.5
INDICES = {
    Material.LIQUOR: refractive_index(sodium_chloride(), ENERGY_KEV),
    Material.CRYSTAL: RefractiveIndex(22e-6, 351e-9),
}


def settings(**changes):
    plain = {"energy_kev": ENERGY_KEV, "distance_mm": 0.0, "pixel_size_um": 2.0, "angles_deg": (0.0, 50.0, 90.0)}
    return Acquisition(**plain | changes)


@pytest.fixture
def box():
    """Liquor of 32 by 24 voxels of 2 µm, not in the middle, with a crystal in some of its slices."""
    data = np.zeros((6, 44, 44), np.uint8)
    data[:, 4:36, 10:34] = Material.LIQUOR
    data[3:, 12:20, 14:22] = Material.CRYSTAL
    return Labels(data, 2.0)


def turning(labels, relative, acquisition=None):
    acquisition = acquisition or settings()
    values = line_integral_values(INDICES, INDICES, acquisition.optics)
    return TurningSample(labels, *with_concentrations(labels, values, solvent_values(acquisition.optics), relative))


def test_a_concentration_of_one_changes_nothing(box):
    acquisition = settings(distance_mm=5.0, third_harmonic=0.01)
    plain, even = (
        acquire(box, INDICES, acquisition, 3, harmonic_indices=INDICES, concentration=concentration)
        for concentration in (None, np.ones(box.shape))
    )
    np.testing.assert_array_equal(even.projections, plain.projections)
    np.testing.assert_array_equal(even.flats, plain.flats)


def test_twice_the_solutes_are_twice_beyond_water(box):
    solvent = refractive_index(water(), ENERGY_KEV)
    liquor = INDICES[Material.LIQUOR]
    double = RefractiveIndex(2 * liquor.delta - solvent.delta, 2 * liquor.beta - solvent.beta)
    wanted = TurningSample(box, line_integral_values({**INDICES, Material.LIQUOR: double}, None, settings().optics))
    found = turning(box, np.full(box.shape, 2.0, np.float32))
    for angle in (0.0, 37.0, 90.0):
        np.testing.assert_allclose(found.maps(SamplePose(angle)), wanted.maps(SamplePose(angle)), atol=1e-6)


@pytest.mark.parametrize("angle", [0.0, 90.0, 30.0, -65.0])
def test_absorption_through_a_gradient_is_its_line_integral(box, angle):
    """Beer and Lambert through a box, along the gradient, across it and askew, to 0.1 %."""
    # In the first slices there is no crystal. Voxels from -36 to 28 along y and -24 to 24 along x, µm from the axis.
    (low_y, high_y), (low_x, high_x), along_y, along_x = (-36.0, 28.0), (-24.0, 24.0), 0.008, -0.005
    y, x = np.meshgrid(*((np.arange(44) - 21.5) * 2.0,) * 2, indexing="ij")
    relative = np.broadcast_to((1 + along_y * y + along_x * x).astype(np.float32), box.shape)
    # Beer and Lambert of the mean of a pixel: absorption is even enough within one.
    wave = SampleWave(box, INDICES, None, settings(propagation="absorption"), 1, concentration=relative)
    found = -np.log(wave.intensity(angle)[0].astype(float))

    phi = np.radians(angle)
    u = ((np.arange(44) - 21.5)[:, None] + (np.arange(40) - 19.5) / 40) * 2.0
    # A point at v along the beam: x = u cos φ + v sin φ, y = −u sin φ + v cos φ.
    v = np.arange(-50.0, 50.0, 0.05)[:, None, None] + 0.025
    there_x, there_y = u * np.cos(phi) + v * np.sin(phi), -u * np.sin(phi) + v * np.cos(phi)
    inside = (there_x > low_x) & (there_x < high_x) & (there_y > low_y) & (there_y < high_y)
    length = 0.05 * inside.sum(axis=0)
    solutes = 0.05 * (inside * (1 + along_y * there_y + along_x * there_x)).sum(axis=0)
    indices = refractive_index(water(), ENERGY_KEV), INDICES[Material.LIQUOR]
    solvent, liquor = (index.attenuation_per_um(ENERGY_KEV) for index in indices)
    wanted = (solvent * length + (liquor - solvent) * solutes).mean(axis=1)
    full = length.min(axis=1) > 20
    assert full.sum() > 15
    np.testing.assert_allclose(found[full], wanted[full], rtol=1e-3)
    assert np.abs(wanted / (liquor * length.mean(axis=1).clip(1)) - 1)[full].max() > 0.01


def test_every_angle_sees_all_of_the_solutes(box):
    """What is added at the surface is all seen, from wherever one looks."""
    depth = np.minimum.reduce([np.arange(44) - 4, 35 - np.arange(44)]).clip(0)
    relative = np.broadcast_to((1 + 2 * np.exp(-depth / 2.0))[None, :, None], box.shape).astype(np.float32)
    table, codes = with_concentrations(
        box, line_integral_values(INDICES, None, settings().optics), solvent_values(settings().optics), relative
    )
    counted = np.concatenate([np.zeros((1, 2)), table])[codes].sum(axis=(1, 2)).T * 2.0
    for angle in (0.0, 20.0, 90.0, 133.0):
        seen = turning(box, relative).maps(SamplePose(angle)).sum(axis=2)
        np.testing.assert_allclose(seen, counted, rtol=1e-6)


def test_slabs_share_the_gradient_out(box):
    """At 0 the beam meets the voxels from high y to low y; a slab has up to 9 rad."""
    rng = np.random.default_rng(4)
    relative = rng.uniform(0.5, 1.5, box.shape).astype(np.float32)
    sample = turning(box, relative)
    table, codes = with_concentrations(
        box, line_integral_values(INDICES, None, settings().optics), solvent_values(settings().optics), relative
    )
    voxels = np.concatenate([np.zeros((1, 2)), table])[codes]
    edges = (np.arange(45) - 22) * 2.0
    planes = sample.depth_um * (0.5 - np.arange(4) / 3)
    for slab, high, low in zip(sample.slab_maps(SamplePose(0.0), 3), planes, planes[1:], strict=False):
        share = (np.minimum(edges[1:], high) - np.maximum(edges[:-1], low)).clip(0)
        np.testing.assert_allclose(slab, np.einsum("zyxc,y->czx", voxels, share), atol=1e-3)
    whole = sample.maps(SamplePose(61.0))
    np.testing.assert_allclose(sum(sample.slab_maps(SamplePose(61.0), 4)), whole, atol=1e-9)


def test_arrays_of_a_gpu_give_the_same(box, fake_gpu):
    cupy = fake_gpu()
    sample = turning(box, np.random.default_rng(4).uniform(0.5, 1.5, box.shape).astype(np.float32))
    for slabs in (1, 3):
        maps = [[to_numpy(m) for m in sample.slab_maps(SamplePose(31.0), slabs, xp)] for xp in (np, cupy)]
        np.testing.assert_allclose(maps[1], maps[0], atol=1e-9)


def test_impossible_concentrations_are_refused(box):
    for concentration, told in (
        (np.ones((2, 2, 2)), "concentration is .2, 2, 2."),
        (np.full(box.shape, -0.1), "negative"),
        (np.full(box.shape, np.nan), "NaN"),
    ):
        with pytest.raises(InputError, match=told):
            acquire(box, INDICES, settings(), 0, concentration=concentration)
