"""Closed forms of capillary surfaces; one voxel is one micrometre unless said."""

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.fidelity.surface_measures import contact_angles, fitted_sphere, mean_curvatures, surface_points
from napari_crystalseg.phantom.liquors.capillary import Wall, bond_number, capillary_surface


def axes(*shape):
    return np.meshgrid(*(np.arange(n) - (n - 1) / 2 for n in shape), indexing="ij")


def middle(shape):
    return (np.array(shape) - 1) / 2


def finer(field, factor, order):
    """Splines on a grid ``factor`` times as fine: one axis after the other, which is far quicker than all at once."""
    from scipy.ndimage import zoom

    for axis, count in enumerate(field.shape):
        splines = zoom(np.eye(count), (factor, 1), order=order, grid_mode=True, mode="nearest")
        field = np.moveaxis(np.tensordot(splines, field, (1, axis)), 0, axis)
    return field


def counted_volume(distance, *solids, factor=4):
    """Volume on a grid ``factor`` times as fine, by splines: independent of the solver."""
    fine = finer(distance, factor, 3)
    wall = np.min([finer(f, factor, 1) for f in solids], axis=0)
    # What a surface leaves of a voxel that it passes, so that faces along the grid count as well as others.
    return (np.clip(0.5 - fine * factor, 0, 1) * np.clip(0.5 + wall * factor, 0, 1)).sum(dtype=float) / factor**3


def cap_volume(radius, angle_deg):
    c = np.cos(np.deg2rad(angle_deg))
    return np.pi / 3 * radius**3 * (2 + c) * (1 - c) ** 2


def angle_on_plane(sphere, normal, foot):
    """Contact angle of a spherical cap from its sphere alone: cos θ = -(height of the centre) / radius."""
    return np.rad2deg(np.arccos(-(normal @ (sphere.centre_um - foot)) / sphere.radius_um))


@pytest.mark.parametrize(
    ("angle", "radius", "normal"),
    [
        (40, 20.0, (1, 0, 0)),
        (60, 13.5, (1, 0, 0)),
        (60, 13.5, (2, 1, -1)),
        (90, 11.0, (3, 1, 2)),
        (120, 11.0, (1, 1, 0)),
    ],
)
def test_sphere_cap_on_a_plane(angle, radius, normal):
    shape = (36, 36, 36)
    n = np.array(normal) / np.linalg.norm(normal)
    z, y, x = axes(*shape)
    depth = 9.3
    plane = (n[0] * z + n[1] * y + n[2] * x + depth).astype(np.float32)
    foot = middle(shape) - depth * n
    start = sum((a - f) ** 2 for a, f in zip(np.indices(shape), foot, strict=True))
    volume = cap_volume(radius, angle)
    found = capillary_surface([Wall(plane, angle)], volume, 1.0, start)
    assert found.converged
    assert counted_volume(found.distance_um, plane) == pytest.approx(volume, rel=0.005)
    sphere = fitted_sphere(surface_points(found.distance_um, plane, 1.0))
    assert angle_on_plane(sphere, n, foot) == pytest.approx(angle, abs=2.0)
    assert np.median(contact_angles(found.distance_um, plane, 1.0)) == pytest.approx(angle, abs=2.0)
    assert sphere.radius_um == pytest.approx(radius, rel=0.05)
    assert found.curvature_per_um == pytest.approx(2 / sphere.radius_um, rel=0.02)


def test_catenoid_between_plates():
    """r = a cosh(z/a) has no mean curvature; it meets plates at ±H/2 at the angle acot(sinh(H/2a))."""
    neck = gap = 13.0
    shape = (24, 40, 40)
    z, y, x = axes(*shape)
    angle = np.rad2deg(np.arctan2(1, np.sinh(gap / (2 * neck))))
    plates = (gap / 2 - np.abs(z)).astype(np.float32)
    volume = np.pi * neck**2 / 2 * (gap + neck * np.sinh(gap / neck))
    found = capillary_surface([Wall(plates, angle)], volume, 1.0, np.hypot(x, y))
    assert counted_volume(found.distance_um, plates) == pytest.approx(volume, rel=0.005)
    points = surface_points(found.distance_um, plates, 1.0, 0.5) - middle(shape)
    radius = np.hypot(points[:, 1], points[:, 2])
    np.testing.assert_allclose(radius, neck * np.cosh(points[:, 0] / neck), atol=0.3)
    assert abs(found.curvature_per_um) < 0.03 / neck
    assert np.median(contact_angles(found.distance_um, plates, 1.0)) == pytest.approx(angle, abs=2.0)
    # Its principal curvatures, 1/a each at the neck, cancel.
    assert np.median(mean_curvatures(points, 3.5)) < 0.12 / neck


def sheet_with_hole(shape, hole, thick):
    z, y, x = axes(*shape)
    across, along = hole - np.hypot(x, y), np.abs(z) - thick / 2
    outside = np.hypot(np.maximum(across, 0), np.maximum(along, 0))
    return np.where((across < 0) & (along < 0), np.maximum(across, along), outside).astype(np.float32)


def both_caps(found, sheet):
    points = surface_points(found.distance_um, sheet, 1.0)
    centre = middle(sheet.shape)[0]
    return [fitted_sphere(points[side]) for side in (points[:, 0] > centre, points[:, 0] < centre)]


def test_lens_that_overflows_its_aperture():
    """A sphere cap stands on one face at the contact angle, one as curved bulges from the rim of the other.

    Two caps on both faces would rest as well, but not stably: the smaller one drains into the larger.
    """
    hole, thick, angle, radius = 8.0, 4.0, 55.0, 16.0
    shape = (28, 40, 40)
    z, y, x = axes(*shape)
    sheet = sheet_with_hole(shape, hole, thick)
    bulge = radius - np.sqrt(radius**2 - hole**2)
    volume = np.pi * hole**2 * thick + cap_volume(radius, angle) + np.pi * bulge / 6 * (3 * hole**2 + bulge**2)
    found = capillary_surface([Wall(sheet, angle)], volume, 1.0, (z + 4) ** 2 + 0.4 * (x**2 + y**2))
    assert counted_volume(found.distance_um, sheet) == pytest.approx(volume, rel=0.005)
    above, below = both_caps(found, sheet)
    height = below.centre_um[0] - (middle(shape)[0] - thick / 2)
    assert np.rad2deg(np.arccos(height / below.radius_um)) == pytest.approx(angle, abs=2.0)
    assert below.radius_um == pytest.approx(radius, rel=0.03)
    assert above.radius_um == pytest.approx(radius, rel=0.06)
    assert found.curvature_per_um == pytest.approx(2 / radius, rel=0.03)


def test_lens_in_a_round_aperture():
    """Below the contact angle the liquid hangs on the rims of the hole, to a voxel, as two equal sphere caps."""
    hole, thick, height = 12.0, 4.0, 4.5
    shape = (24, 36, 36)
    z, y, x = axes(*shape)
    sheet = sheet_with_hole(shape, hole, thick)
    volume = np.pi * hole**2 * thick + 2 * np.pi * height / 6 * (3 * hole**2 + height**2)
    found = capillary_surface([Wall(sheet, 70.0)], volume, 1.0, np.abs(z) + 0.3 * np.hypot(x, y))
    assert counted_volume(found.distance_um, sheet) == pytest.approx(volume, rel=0.005)
    for sphere in both_caps(found, sheet):
        depth = abs(sphere.centre_um[0] - middle(shape)[0]) + thick / 2
        assert np.sqrt(sphere.radius_um**2 - depth**2) == pytest.approx(hole, abs=1.0)
        assert sphere.residual_um < 0.1
        assert found.curvature_per_um == pytest.approx(2 / sphere.radius_um, rel=0.02)


def test_menisci_in_a_tube():
    """A plug in a round tube ends in hollow caps of radius a / cos θ; their curvature is -2 cos θ / a."""
    bore, angle = 9.0, 50.0
    z, y, x = axes(48, 28, 28)
    tube = (bore - np.hypot(x, y)).astype(np.float32)
    found = capillary_surface([Wall(tube, angle)], np.pi * bore**2 * 20, 1.0, np.abs(z))
    assert counted_volume(found.distance_um, tube) == pytest.approx(np.pi * bore**2 * 20, rel=0.005)
    expected = bore / np.cos(np.deg2rad(angle))
    assert found.curvature_per_um == pytest.approx(-2 / expected, rel=0.03)
    points = surface_points(found.distance_um, tube, 1.0)
    sphere = fitted_sphere(points[points[:, 0] > 23.5])
    assert np.rad2deg(np.arccos(bore / sphere.radius_um)) == pytest.approx(angle, abs=2.0)


def test_drop_in_a_square_corner():
    """Between two planes at right angles a drop is the sphere cut by both, centre R cos θ behind each of them."""
    shape = (32, 32, 32)
    z, y, x = axes(*shape)
    angle, radius = 70.0, 13.0
    floor, wall = (z + 12.2).astype(np.float32), (y + 12.2).astype(np.float32)
    fine = [np.arange(-16, 16, 0.25) + 0.125] * 3
    behind = radius * np.cos(np.deg2rad(angle))
    a, b, c = np.meshgrid(*fine, indexing="ij", sparse=True)
    volume = np.count_nonzero(((a + behind) ** 2 + (b + behind) ** 2 + c**2 < radius**2) & (a > 0) & (b > 0)) / 64
    start = (z + 12) ** 2 + (y + 12) ** 2 + x**2
    found = capillary_surface([Wall(floor, angle), Wall(wall, angle)], volume, 1.0, start)
    solid = np.minimum(floor, wall)
    assert counted_volume(found.distance_um, floor, wall) == pytest.approx(volume, rel=0.005)
    sphere = fitted_sphere(surface_points(found.distance_um, solid, 1.0))
    for axis in (0, 1):
        height = sphere.centre_um[axis] - middle(shape)[axis] + 12.2
        assert np.rad2deg(np.arccos(-height / sphere.radius_um)) == pytest.approx(angle, abs=2.0)


def test_barrel_on_a_fibre():
    """Unduloid on a fibre (Carroll 1976): κ₁ + κ₂ = 2 (r₂ - r₁ cos θ) / (r₂² - r₁²), r₂ its greatest radius."""
    shape = (48, 36, 36)
    z, y, x = axes(*shape)
    fibre, angle = 4.0, 30.0
    solid = (np.hypot(x, y) - fibre).astype(np.float32)
    found = capillary_surface([Wall(solid, angle)], 8000.0, 1.0, z**2 + y**2 + x**2)
    points = surface_points(found.distance_um, solid, 1.0) - middle(shape)
    belly = np.hypot(points[:, 1], points[:, 2]).max()
    expected = 2 * (belly - fibre * np.cos(np.deg2rad(angle))) / (belly**2 - fibre**2)
    assert found.curvature_per_um == pytest.approx(expected, rel=0.02)


def test_two_solids_keep_their_own_angles():
    """A bridge between a plate that is wet and one that is not, at angles that add up to 180°, has flat sides."""
    shape = (22, 46, 46)
    z, y, x = axes(*shape)
    below, above = (z + 5.5).astype(np.float32), (5.5 - z).astype(np.float32)
    found = capillary_surface(
        [Wall(below, 60.0), Wall(above, 120.0)], np.pi * 13**2 * 11, 1.0, np.hypot(x, y) + 0.5 * z
    )
    points = surface_points(found.distance_um, np.minimum(below, above), 1.0) - middle(shape)
    radius = np.hypot(points[:, 1], points[:, 2])
    slope = np.polyfit(points[:, 0], radius, 1)[0]
    assert slope < -0.2  # wider on the plate that it wets
    for plate, angle in ((below, 60.0), (above, 120.0)):
        assert np.median(contact_angles(found.distance_um, plate, 1.0)) == pytest.approx(angle, abs=2.0)


def test_scale_and_repeat():
    """Everything scales with the voxel; the same request gives the same bits."""
    z, y, x = axes(20, 24, 24)
    plane = (z + 6.0).astype(np.float32)
    start = z**2 + y**2 + x**2
    one = capillary_surface([Wall(plane, 75.0)], 900.0, 1.0, start)
    again = capillary_surface([Wall(plane, 75.0)], 900.0, 1.0, start)
    np.testing.assert_array_equal(one.distance_um, again.distance_um)
    half = capillary_surface([Wall(plane / 2, 75.0)], 900.0 / 8, 0.5, start)
    np.testing.assert_allclose(half.distance_um, one.distance_um / 2, atol=1e-3)
    assert half.curvature_per_um == pytest.approx(2 * one.curvature_per_um, rel=1e-3)


def test_liquid_starts_among_the_solids():
    """Without a start a starved liquid goes where solids surround it: between two spheres, not around one."""
    z, y, x = axes(28, 28, 40)
    spheres = np.minimum(np.sqrt(z**2 + y**2 + (x - 15) ** 2), np.sqrt(z**2 + y**2 + (x + 15) ** 2)) - 14
    found = capillary_surface([Wall(spheres.astype(np.float32), 20.0)], 350.0, 1.0)
    wet = (found.distance_um < 0) & (spheres > 0)
    assert np.abs(x[wet]).max() < 9
    assert found.curvature_per_um < 0  # a hollow meniscus sucks


def test_bond_number():
    """1100 kg/m³ · 9.81 m/s² · (100 µm)² / 60 mN/m."""
    assert bond_number(100.0) == pytest.approx(1.7985e-3, rel=1e-4)


def test_measures_on_exact_shapes():
    """The measures alone: a sphere of known radius cut by a plane at a known angle; a cylinder's curvature."""
    z, y, x = axes(36, 36, 36)
    sphere = (np.sqrt((z + 4) ** 2 + y**2 + x**2) - 12).astype(np.float32)
    plane = (z + 4 - 12 * np.cos(np.deg2rad(110))).astype(np.float32)
    points = surface_points(sphere, plane, 1.0)
    assert fitted_sphere(points).radius_um == pytest.approx(12, rel=0.005)
    assert np.median(mean_curvatures(points, 4.0)) == pytest.approx(2 / 12, rel=0.03)
    assert np.median(contact_angles(sphere, plane, 1.0)) == pytest.approx(110, abs=0.7)
    cylinder = (np.hypot(y, x) - 10).astype(np.float32)
    far = np.full_like(plane, 100.0)
    assert np.median(mean_curvatures(surface_points(cylinder, far, 1.0), 4.0)) == pytest.approx(0.1, rel=0.03)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"walls": []}, "at least one solid"),
        ({"volume_um3": -1.0}, "too small"),
        ({"volume_um3": 20.0}, "too small"),
        ({"volume_um3": 1e6}, "does not fit"),
        ({"voxel_size_um": 0.0}, "voxel size"),
        ({"tolerance": 0.0}, "tolerance"),
        ({"start": np.zeros((3, 3, 3))}, "start has shape"),
    ],
)
def test_impossible_requests_are_refused(change, says):
    plane = (axes(16, 16, 16)[0] + 4).astype(np.float32)
    request = {"walls": [Wall(plane, 60.0)], "volume_um3": 400.0, "voxel_size_um": 1.0} | change
    with pytest.raises(InputError, match=says):
        capillary_surface(**request)


@pytest.mark.parametrize("angle", [-1.0, 181.0, np.nan])
def test_contact_angle_is_an_angle(angle):
    with pytest.raises(InputError, match="contact angle"):
        Wall(np.zeros((8, 8, 8), dtype=np.float32), angle)


def test_walls_lie_on_one_grid():
    with pytest.raises(InputError, match="one grid"):
        capillary_surface([Wall(np.ones((8, 8, 8)), 60.0), Wall(np.ones((8, 8, 9)), 60.0)], 100.0, 1.0)
