from dataclasses import replace

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Material
from napari_crystalseg.phantom import MOUNTS, MicroMesh, MountAssembly, NylonLoop, Pin, Polyhedron, Sample, SheetMount

TURN = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
LOOP = NylonLoop(60.0, 8.0, stem_length_um=200.0)


def line(low, high, step):
    return np.arange(low + step / 2, high, step, dtype=np.float32)


def at(mount, points):
    """Distance at points, shape (point, 3)."""
    return np.array([mount.distance(tuple(np.float32([c]) for c in point)).item() for point in points])


def test_fibre_has_its_cross_section():
    """Where the loop crosses its widest line, each strand's section is a disc: pi d^2 / 4."""
    loop = replace(LOOP, inner_diameter_um=200.0)
    z = np.float32([0.0])
    inside = loop.distance((z, line(-6, 6, 0.2), line(90, 120, 0.2))) < 0
    assert np.count_nonzero(inside) * 0.04 == pytest.approx(np.pi * 16, rel=0.02)
    inner = np.flatnonzero(loop.distance((z, np.float32([0.0]), line(0, 120, 0.1)))[0, 0] < 0)
    assert inner[0] * 0.1 == pytest.approx(100.0, abs=0.15)  # half of the opening


def test_tear_drop_closes_at_the_stem():
    """The line runs from one strand of the foot to the other, one fibre apart, at 2 asin(1 / elongation) nearly."""
    points = LOOP.centre_line_um(1001)
    np.testing.assert_allclose(points[[0, -1]], [[68, 0, 4], [68, 0, -4]], atol=1e-9)
    for strand, end in enumerate((points[0], points[-1])):
        np.testing.assert_allclose(LOOP.strand_um(np.array([0.0]), strand)[0], end, atol=1e-9)
    steps = np.diff(points, axis=0)
    chord = steps[0] / np.linalg.norm(steps[0])
    following = steps[1] / np.linalg.norm(steps[1])
    assert chord @ following > 1 - 1e-5  # the tangent runs smoothly into the arc
    slender = replace(LOOP, fibre_diameter_um=0.01, inner_diameter_um=100.0).centre_line_um()
    half = np.arctan2(slender[1, 2] - slender[0, 2], slender[0, 0] - slender[1, 0])
    assert np.rad2deg(half) == pytest.approx(30.0, abs=0.02)
    assert np.hypot(*points[1:-1, [0, 2]].T) == pytest.approx(34.0)


def test_strands_touch_and_turn_once_a_pitch():
    """Opposite strands lie one fibre apart; after half a pitch they have changed places."""
    s = np.linspace(5, 150, 40)
    one, two = LOOP.strand_um(s, 0), LOOP.strand_um(s, 1)
    np.testing.assert_allclose(np.linalg.norm(one - two, axis=1), 8.0)
    np.testing.assert_allclose(LOOP.strand_um(s + 40, 0)[:, 1:], two[:, 1:], atol=1e-9)
    np.testing.assert_allclose(LOOP.strand_um(s + 80, 0)[:, 1:], one[:, 1:], atol=1e-9)


def test_distance_to_the_twisted_stem():
    """Against a dense search along both strands, in any pose; on a centre line it is minus the radius."""
    loop = replace(LOOP, rotation=TURN, centre_um=np.array([3.0, -5.0, 2.0]))
    s = np.linspace(0, 200, 40001)
    strands = np.vstack([loop.strand_um(s, 0), loop.strand_um(s, 1)])
    rng = np.random.default_rng(2)
    points = loop.strand_um(rng.uniform(20, 180, 60), 0) + rng.uniform(-7, 7, (60, 3))
    exact = np.array([np.linalg.norm(strands - p, axis=1).min() for p in points]) - 4
    np.testing.assert_allclose(at(loop, points), exact, atol=0.03)
    np.testing.assert_allclose(at(loop, loop.strand_um(np.array([10.0, 77.0]), 1)), -4, atol=1e-4)


def test_stem_has_the_volume_of_two_fibres():
    """Length of the helix times the fibre's section, for both strands over one pitch."""
    z, y = line(100, 180, 0.5), line(-9, 9, 0.25)
    volume = np.count_nonzero(LOOP.distance((z, y, y)) < 0) * 0.5 * 0.25**2
    length = np.hypot(80, 2 * np.pi * 4)
    assert volume == pytest.approx(2 * np.pi * 16 * length, rel=0.01)


@pytest.mark.parametrize("curvature", [np.inf, 25.0])
def test_sheet_has_its_volume(curvature):
    """Half of the head, away from the neck: pi (R^2 - r^2) t / 2, whatever the curvature."""
    sheet = SheetMount(30.0, 6.0, 4.0, curvature)
    inside = sheet.distance((line(-24, 0, 0.5), line(-16, 4, 0.25), line(-24, 24, 0.5))) < 0
    expected = np.pi * (21**2 - 15**2) * 4 / 2
    assert np.count_nonzero(inside) * 0.5 * 0.25 * 0.5 == pytest.approx(expected, rel=0.01)


def test_curvature_sags_as_a_circle():
    """At arc length s from the stem's line the middle surface lies R (1 - cos(s / R)) behind."""
    sheet = SheetMount(30.0, 20.0, 4.0, 25.0)
    angle = 20.0 / 25.0
    surface = np.array([[0.0, 25 * np.cos(angle) - 25, 25 * np.sin(angle)]])
    np.testing.assert_allclose(at(sheet, surface), -2.0, atol=1e-4)


def test_a_hardly_bent_sheet_is_flat():
    """Over 40 µm a radius of 10 m sags by 0.1 nm: its distances are a flat sheet's, not steps of single precision."""
    axis = line(-20, 20, 1.7)
    flat, bent = (replace(SheetMount(30.0, 20.0, 5.0, radius), rotation=TURN) for radius in (np.inf, 1e7))
    np.testing.assert_allclose(bent.distance((axis,) * 3), flat.distance((axis,) * 3), atol=1e-3)


def test_neck_widens_into_the_stem():
    """Width of the sheet along its stem: neck at the rim, half-way in the middle, stem at its end."""
    sheet = SheetMount(20.0, 5.0, 4.0, neck_width_um=8.0, stem_width_um=40.0, neck_length_um=100.0)
    x = line(-30, 30, 0.1)
    widths = [
        np.count_nonzero(sheet.distance((np.float32([z]), np.float32([0.0]), x)) < 0) * 0.1 for z in (16, 65, 115, 500)
    ]
    np.testing.assert_allclose(widths, [8 + 32 * 0.01, 24, 40, 40], atol=0.21)


def test_mesh_is_open_to_its_fraction():
    """Whole periods within the rim: (opening / pitch)^2 of the area is open; the rim is solid."""
    mesh = MicroMesh(120.0, 10.0, 10.0, 5.0, 4.0)
    assert mesh.open_fraction == pytest.approx(4 / 9)
    middle = line(-22.5, 22.5, 0.5)
    solid = mesh.distance((middle, np.float32([0.0]), middle)) < 0
    assert 1 - solid.mean() == pytest.approx(mesh.open_fraction, abs=1e-9)
    angles = np.linspace(0, 2 * np.pi, 50)
    rim = np.column_stack([55 * np.cos(angles), 0 * angles, 55 * np.sin(angles)])
    assert (at(mesh, rim) < 0).all()


def test_pin_is_a_rod_or_a_tube():
    """A slab of the pin has pi d^2 / 4, less the bore's; nothing lies before its end."""
    across = line(-11, 11, 0.2)
    z = np.float32([-0.5, 3.0])
    for bore in (0.0, 12.0):
        inside = Pin(20.0, bore).distance((z, across, across)) < 0
        assert not inside[0].any()
        assert np.count_nonzero(inside[1]) * 0.04 == pytest.approx(np.pi * (100 - bore**2 / 4), rel=0.005)


def test_loop_in_its_pin_fills_labels():
    """Together they take less than both, by what of the stem is inside the pin: nothing but stem sticks out."""
    pin = Pin(24.0, end_um=np.array([20.0, 0, 0]))
    loop = NylonLoop(16.0, 4.0, elongation=2.0, centre_um=np.array([-12.0, 0, 0]))
    crystal = Polyhedron(np.vstack([np.eye(3), -np.eye(3)]), np.full(6, 1.0), np.array([-12.0, 0, 0]))
    counts = [
        Sample((crystal,), mount, None).voxelise((64, 32, 32), 1.0).volumes_um3()[Material.LOOP]
        for mount in (pin, loop, MountAssembly((pin, loop)))
    ]
    assert counts[2] < counts[0] + counts[1]
    assert counts[2] == pytest.approx(counts[0] + counts[1] - 12 * 2 * np.pi * 4, rel=0.03)


@pytest.mark.parametrize("name", MOUNTS)
def test_catalogue_mounts_are_of_their_size(name):
    """Loops and apertures begin where told; a mesh's middle is open and its bars are not; a pin reaches its radius."""
    mount = MOUNTS[name]
    sizes = [float(part) for part in name.split("-")[1:] if part.isdigit()]
    origin, across = np.zeros(3), np.array([0.0, 0.0, 1.0])
    if isinstance(mount, NylonLoop):
        assert at(mount, [-(sizes[1] / 2) * np.array([1.0, 0, 0])]) == pytest.approx(0, abs=0.2)
    elif isinstance(mount, SheetMount):
        bend = sizes[0] / 2 / mount.curvature_radius_um
        edge = mount.curvature_radius_um * np.array([0, np.cos(bend) - 1, np.sin(bend)])
        assert at(mount, [edge]) == pytest.approx(0, abs=0.01)
    elif isinstance(mount, MicroMesh):
        assert at(mount, [origin])[0] == pytest.approx(sizes[1] / 2, abs=0.01)
        assert at(mount, [across * (sizes[1] + mount.bar_um) / 2])[0] < 0
    else:
        assert at(mount, [np.array([5.0, 0.0, 310.0])])[0] < 0


def test_impossible_mounts_are_refused():
    with pytest.raises(InputError, match="elongation above 1"):
        NylonLoop(100, 20, elongation=0.9)
    with pytest.raises(InputError, match="pitch of four"):
        NylonLoop(100, 20, pitch_um=30)
    with pytest.raises(InputError, match="positive rim_um"):
        SheetMount(100, 0, 10)
    with pytest.raises(InputError, match="cannot be bent"):
        SheetMount(100, 5, 10, np.nan)
    with pytest.raises(InputError, match="pitch of four"):
        NylonLoop(100, 20, pitch_um=np.nan)
    with pytest.raises(InputError, match="cannot be bent"):
        MicroMesh(100, 5, 10, 5, 10, 8.0)
    with pytest.raises(InputError, match="bore"):
        Pin(100, 100)
    with pytest.raises(InputError, match="at least one part"):
        MountAssembly(())
