"""Masks drawn into their boxes, against torchvision's, which draws each into a whole image."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_crystalseg.computing.torchvision_operators import provide_missing_operators
from napari_crystalseg.drops.detector.drawn_mask import drawn_mask

SHAPE = (60, 80)
BOXES = [
    (10.2, 5.7, 40.9, 50.1),
    (0.0, 0.0, 79.0, 59.0),
    (-3.2, -2.6, 12.0, 9.5),  # begins outside
    (70.3, 50.5, 95.0, 77.7),  # ends outside
    (30.0, 30.0, 30.4, 30.2),  # less than a pixel
    (33.3, 2.0, 35.0, 58.0),  # thin
]


@pytest.mark.parametrize("box", BOXES)
def test_equals_torchvision(box):
    provide_missing_operators()
    from torchvision.models.detection.roi_heads import paste_masks_in_image

    rng = np.random.default_rng(0)
    probability = (rng.random((28, 28)) * np.hypot(*np.mgrid[-1:1:28j, -1:1:28j])).astype(np.float32)
    whole = paste_masks_in_image(torch.from_numpy(probability)[None, None], torch.tensor([box]), SHAPE)[0, 0] > 0.5
    mask, (row, column) = drawn_mask(probability, tuple(np.float32(edge) for edge in box), SHAPE)
    drawn = np.zeros(SHAPE, bool)
    drawn[row : row + mask.shape[0], column : column + mask.shape[1]] = mask
    assert np.array_equal(drawn, whole.numpy())


def test_a_box_outside_the_image_holds_nothing():
    mask, _ = drawn_mask(np.ones((28, 28), np.float32), (100.0, 5.0, 120.0, 20.0), SHAPE)
    assert not mask.any()
