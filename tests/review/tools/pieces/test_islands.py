import numpy as np
import pytest

from napari_crystalseg.review.tools.pieces.contact import contact_areas_um2
from napari_crystalseg.review.tools.pieces.islands import keep_largest, remove_islands
from napari_crystalseg.review.tools.pieces.piece import piece_under, pieces_of

VOXEL = (2.0, 0.8, 1.3)


def scene():
    labels = np.zeros((9, 11, 13), np.uint8)
    labels[1:8, 1:10, 1:12] = 1
    labels[2:5, 2:5, 2:5] = 3
    labels[6, 7, 8] = 3
    labels[6, 8, 9] = 3
    labels[0, 0, 0] = 3
    return labels


def applied(labels, change):
    after = labels.copy()
    after[change.box] = np.where(change.mask, change.labels, after[change.box])
    return after


def test_pieces_are_listed_by_volume_and_hold_together_over_corners():
    pieces = pieces_of(scene(), 3, VOXEL)
    assert [round(piece.volume_um3 / 2.08) for piece in pieces] == [27, 2, 1]
    assert pieces[0].box == (slice(2, 5),) * 3
    assert piece_under(scene(), (6, 8, 9), VOXEL).box == (slice(6, 7), slice(7, 9), slice(8, 10))
    assert pieces_of(scene(), 4, VOXEL) == ()


def test_all_but_the_largest_piece_becomes_what_it_touches():
    after = applied(scene(), keep_largest(scene(), 3, VOXEL))
    assert np.count_nonzero(after == 3) == 27 and after[6, 7, 8] == 1 and after[0, 0, 0] == 0
    assert keep_largest(after, 3, VOXEL) is None


def test_islands_go_by_their_volume():
    after = applied(scene(), remove_islands(scene(), 3, 2.5, VOXEL))
    assert after[0, 0, 0] == 0 and after[6, 7, 8] == 3
    assert remove_islands(scene(), 3, 2.0, VOXEL) is None
    every = applied(scene(), remove_islands(scene(), (0, 1, 2, 3, 4), 5.0, VOXEL))
    assert np.count_nonzero(every == 3) == 27


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_contact_is_weighed_by_area_not_by_faces(axis):
    # The voxel's two faces across the axis touch liquor, its four others the loop.
    labels = np.full((3, 3, 3), 2, np.uint8)
    place = [slice(1, 2)] * 3
    place[axis] = slice(None)
    labels[tuple(place)] = 1
    labels[1, 1, 1] = 3
    numbers = (labels == 3).astype(np.int32)
    areas = contact_areas_um2(numbers, labels, VOXEL)[1]
    faces = np.prod(VOXEL) / np.array(VOXEL)
    assert np.isclose(areas[1], 2 * faces[axis]) and np.isclose(areas[2], 2 * (faces.sum() - faces[axis]))
