import numpy as np

from napari_crystalseg.review.tools.pieces.relabel import merge_classes, relabel_piece, swap_classes

LABELS = np.zeros((5, 6, 7), np.uint8)
LABELS[1, 1:3, 1:3] = 3
LABELS[3, 4, 5] = 3
LABELS[3, 1, 1] = 2


def test_one_piece_becomes_another_class():
    change = relabel_piece(LABELS, (1, 2, 2), 2, (2.0, 0.8, 1.3))
    assert change.voxels == 4 and (change.labels[change.mask] == 2).all()
    assert relabel_piece(LABELS, (1, 2, 2), 3, (2.0, 0.8, 1.3)) is None


def test_classes_are_swapped_or_merged_whole():
    swapped = swap_classes(LABELS, 2, 3)
    after = LABELS.copy()
    after[swapped.box] = np.where(swapped.mask, swapped.labels, after[swapped.box])
    assert np.array_equal(after == 3, LABELS == 2) and np.array_equal(after == 2, LABELS == 3)
    assert merge_classes(LABELS, 2, 3).voxels == 1
    assert merge_classes(LABELS, 4, 3) is None
