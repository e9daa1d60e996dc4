import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.review.tools.strokes.ball import ball_stroke

VOXEL = (2.0, 0.8, 1.3)


def painted(change, shape):
    mask = np.zeros(shape, bool)
    mask[change.box] = change.mask
    return mask


def test_a_ball_holds_the_voxels_within_its_radius_in_micrometres():
    shape, centre = (15, 31, 21), (7, 15, 10)
    mask = painted(ball_stroke(centre, 8.0, 3, shape, VOXEL), shape)
    apart = sum(
        ((np.arange(n) - c) * v).reshape([-1 if a == b else 1 for b in range(3)]) ** 2
        for a, (n, c, v) in enumerate(zip(shape, centre, VOXEL, strict=True))
    )
    assert np.array_equal(mask, apart <= 64.0)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_stroke_is_a_capsule(axis):
    shape = (33, 35, 37)
    start, stop = np.array([16.0] * 3), np.array([16.0] * 3)
    start[axis], stop[axis] = 8, 24
    mask = painted(ball_stroke([start, stop], 5.0, 1, shape, (1.0, 1.0, 1.0)), shape)
    ideal = 16 * np.pi * 25 + 4 / 3 * np.pi * 125
    assert abs(mask.sum() / ideal - 1) < 0.05


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_disc_stays_in_its_slice(axis):
    shape = (21, 23, 25)
    change = ball_stroke([(10.2, 11, 12)], 6.0, 1, shape, VOXEL, slice_axis=axis)
    mask = painted(change, shape)
    assert np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis))).tolist() == [(10, 11, 12)[axis]]
    face = np.prod(VOXEL) / VOXEL[axis]
    assert abs(mask.sum() * face / (np.pi * 36) - 1) < 0.12


def test_a_tiny_brush_paints_the_voxel_under_the_cursor_and_one_outside_nothing():
    assert ball_stroke((3, 3, 3), 0.1, 2, (7, 7, 7), VOXEL).voxels == 1
    assert ball_stroke((-20, 3, 3), 1.0, 2, (7, 7, 7), VOXEL) is None
    assert ball_stroke((0, 0, 0), 3.0, 2, (7, 7, 7), VOXEL).box[0].start == 0


def test_a_stroke_without_numbers_is_refused():
    with pytest.raises(InputError, match="three finite numbers"):
        ball_stroke([(1, 2)], 1.0, 1, (3, 3, 3), VOXEL)
