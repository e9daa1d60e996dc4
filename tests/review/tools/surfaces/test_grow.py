import numpy as np
import pytest

from napari_crystalseg.review.tools.surfaces.grow import grow, shrink

VOXEL = (2.0, 0.8, 1.3)


def ball(radius_um, shape=(33, 81, 51)):
    r2 = sum(
        ((np.arange(n) - n // 2) * v).reshape([-1 if a == b else 1 for b in range(3)]) ** 2
        for a, (n, v) in enumerate(zip(shape, VOXEL, strict=True))
    )
    return r2 < radius_um**2


def test_a_ball_grows_and_shrinks_to_a_ball_of_another_radius():
    labels = np.where(ball(20), 3, 1).astype(np.uint8)
    for change, radius in ((grow(labels, 3, 6.0, VOXEL), 26), (shrink(labels, 3, 6.0, VOXEL), 14)):
        after = labels.copy()
        after[change.box] = np.where(change.mask, change.labels, after[change.box])
        both = 2 * np.count_nonzero((after == 3) & ball(radius))
        assert both / (np.count_nonzero(after == 3) + np.count_nonzero(ball(radius))) > 0.97


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_flat_face_moves_by_whole_voxels_along_each_axis(axis):
    labels = np.ones((11, 12, 13), np.uint8)
    place = [slice(None)] * 3
    place[axis] = slice(4, None)
    labels[tuple(place)] = 3
    layer = labels.size // labels.shape[axis]
    assert grow(labels, 3, 2 * VOXEL[axis], VOXEL).voxels == 2 * layer
    # The class leaves the field at the other side, where it does not shrink.
    assert shrink(labels, 3, 2 * VOXEL[axis], VOXEL).voxels == 2 * layer
    assert grow(labels, 3, 0.5 * VOXEL[axis], VOXEL) is None


def test_only_the_classes_named_are_overwritten_and_the_lost_becomes_what_is_near():
    labels = np.zeros((5, 5, 9), np.uint8)
    labels[:, :, :3], labels[:, :, 3:6], labels[:, :, 6:] = 2, 3, 1
    change = grow(labels, 3, 1.3, VOXEL)
    assert change.box[2] == slice(6, 7)
    assert grow(labels, 3, 1.3, VOXEL, over=(2,)).box[2] == slice(2, 3)
    lost = shrink(labels, 3, 1.3, VOXEL)
    assert lost.labels[0, 0].tolist() == [2, 0, 1] and lost.mask[0, 0].tolist() == [True, False, True]
    assert (shrink(labels, 3, 1.3, VOXEL, becomes=1).labels[0, 0] == [1, 0, 1]).all()
    assert grow(labels, 4, 1.0, VOXEL) is None
