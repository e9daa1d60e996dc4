from __future__ import annotations

import numpy as np
from scipy.ndimage import binary_erosion, label

from napari_crystalseg.review.places.candidates.patches import patches


def test_the_shell_of_a_box_is_divided_into_about_its_faces():
    box = np.zeros((40, 44, 36), bool)
    box[4:-4, 4:-4, 4:-4] = True
    shell = box & ~binary_erosion(box)
    found = list(patches(shell, (1.0, 1.0, 1.0), 24.0))
    assert 6 <= len(found) <= 24
    total = np.zeros(box.shape, int)
    for where, mask in found:
        assert label(mask, np.ones((3, 3, 3)))[1] == 1
        total[where] += mask
    assert total.max() == 1
    assert total.sum() > 0.97 * shell.sum()


def test_small_pieces_stay_whole_and_specks_are_left_out():
    mask = np.zeros((20, 20, 20), bool)
    mask[2:6, 2:6, 2:6] = True
    mask[15, 15, 15] = True
    ((where, piece),) = patches(mask, (1.0, 2.0, 1.0), 12.0)
    assert where == (slice(2, 6),) * 3 and piece.all()
