"""A small bead, or two, followed through the poses that a scan can have."""

import numpy as np
import pytest

from napari_crystalseg.labels import Labels
from napari_crystalseg.xray.waves.turning_sample import SamplePose, TurningSample

VALUES = np.eye(4)[:, :2]


def bead(size, *centres, radius=2.5):
    """Spheres of liquor, at (z, y, x) from the middle of the volume, voxels."""
    axes = np.ogrid[:size, :size, :size]
    inside = np.zeros((size,) * 3, bool)
    for centre in centres:
        squared = sum((axis - (size - 1) / 2 - c) ** 2 for axis, c in zip(axes, centre, strict=True))
        inside |= squared < radius**2
    return TurningSample(Labels(inside.astype(np.uint8), 0.5), VALUES)


def place(sample, pose, part=slice(None)):
    """Row and column of the centre of what is seen, from the middle."""
    seen = sample.maps(pose)[0][part]
    rows, columns = (np.arange(n) - (n - 1) / 2 for n in sample.shape)
    return np.sum(seen * rows[part, np.newaxis]) / seen.sum(), np.sum(seen * columns) / seen.sum()


def test_orbit_of_a_bead():
    sample, (z, y, x) = bead(64, (5, 11, -14)), (5, 11, -14)
    for angle in (0.0, 40.0, 90.0, 205.0):
        phi = np.radians(angle)
        expected = z, x * np.cos(phi) - y * np.sin(phi)
        assert place(sample, SamplePose(angle)) == pytest.approx(expected, abs=0.01)


def test_tilt_makes_the_orbit_an_ellipse():
    # Seen along the beam the orbit of radius r has the half-axes r and r sin(tilt).
    radius, tilt = 22, 1.0
    sample = bead(64, (3, radius, 0))
    orbit = np.array([place(sample, SamplePose(angle, tilt_deg=tilt)) for angle in np.arange(0, 360, 30.0)])
    phi = np.radians(np.arange(0, 360, 30.0))
    # At 0 the bead is on the side of the source, where the tilt lifts it to further rows. A slab of a tilted sample
    # moves as one, which leaves 0.05 rows.
    np.testing.assert_allclose(orbit[:, 0], 3 + radius * np.sin(np.radians(tilt)) * np.cos(phi), atol=0.06)
    np.testing.assert_allclose(orbit[:, 1], -radius * np.sin(phi), atol=0.02)


def test_tilt_keeps_the_thickness():
    sample = bead(48, (0, 9, 4), (3, -12, 5), radius=5)
    level, tilted = (sample.maps(SamplePose(33.0, tilt_deg=tilt))[0].sum() for tilt in (0.0, 0.8))
    assert tilted == pytest.approx(level, rel=1e-9)


def test_roll_turns_the_picture():
    sample, roll = bead(64, (20, 0, 12)), 0.9
    turn = np.radians(roll)
    # Of a point (z, u) a small turn makes (z − u sin, u + z sin).
    expected = 20 - 12 * np.sin(turn), 12 + 20 * np.sin(turn)
    assert place(sample, SamplePose(0.0, roll_deg=roll)) == pytest.approx(expected, abs=0.01)


def test_shrinking_scales_distances_and_thickness():
    sample = bead(64, (-18, 0, -15), (18, 0, 15), radius=6)
    ends = slice(0, 32), slice(32, 64)
    for size in (1.0, 0.9):
        low, high = (np.array(place(sample, SamplePose(0.0, size=size), part)) for part in ends)
        np.testing.assert_allclose(high - low, [36 * size, 30 * size], atol=0.03)
        # Seen from a side the extent along the beam has no place, but in the thickness: volumes go with the cube.
        assert sample.maps(SamplePose(0.0, size=size))[0].sum() == pytest.approx(
            sample.maps(SamplePose(0.0))[0].sum() * size**3, rel=0.01
        )


def test_shifts():
    moved = place(bead(48, (2, 3, 4)), SamplePose(0.0, row_shift=1.25, column_shift=-2.5))
    assert moved == pytest.approx((3.25, 1.5), abs=1e-3)


def test_slabs_of_a_pose_add_up():
    sample = bead(40, (4, 8, -6), (-5, -7, 9), radius=4)
    for pose in (SamplePose(25.0), SamplePose(25.0, 0.3, 1.2, 0.95, 0.0, 0.4)):
        slabs = sum(sample.slab_maps(pose, 4))
        np.testing.assert_allclose(slabs, sample.maps(pose), atol=1e-9)
    tilted = SamplePose(25.0, tilt_deg=0.7)
    np.testing.assert_allclose(sum(sample.slab_maps(tilted, 4)), sample.maps(tilted), atol=0.25)


def test_rows_of_a_sample():
    sample = bead(32, (2, 5, 5))
    np.testing.assert_array_equal(sample.rows(10, 20).maps(SamplePose(20.0)), sample.maps(SamplePose(20.0))[:, 10:20])
