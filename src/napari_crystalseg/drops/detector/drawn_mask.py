"""A mask drawn from what a network gives of it: a few values within a box."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

THRESHOLD = 0.5
"""Of the probability that a pixel belongs to the object, as CHiMP's."""


def drawn_mask(
    probability: NDArray[np.float32], box: tuple[float, float, float, float], shape: tuple[int, int]
) -> tuple[NDArray[np.bool_], tuple[int, int]]:
    """Draw a mask into its box, as torchvision's ``paste_masks_in_image`` does, but into the box alone.

    Parameters
    ----------
    probability : ndarray of float32, shape (bin, bin)
        Probability that a place of the box belongs to the object.
    box : (float, float, float, float)
        Edges (x1, y1, x2, y2), pixels, where the centre of the first pixel is (0, 0).
    shape : (int, int)
        Rows and columns of the image.

    Returns
    -------
    mask : ndarray of bool, shape (row, column)
        The part of the image that the box covers; empty where it lies outside.
    origin_px : (int, int)
        Row and column of its first pixel in the image.
    """
    import torch

    bins = probability.shape[0]
    # A margin of nothing around, of one bin, lets the outline end within the box.
    padded = torch.nn.functional.pad(torch.from_numpy(np.ascontiguousarray(probability)), (1, 1, 1, 1))
    scale = (bins + 2) / bins
    first, last = [], []
    for n in (1, 0):
        middle, half = (np.float32(box[n + 2]) + np.float32(box[n])) / 2, (np.float32(box[n + 2]) - box[n]) / 2
        first.append(int(middle - half * np.float32(scale)))
        last.append(int(middle + half * np.float32(scale)))
    size = [max(b - a + 1, 1) for a, b in zip(first, last, strict=True)]
    begin = [max(a, 0) for a in first]
    end = [min(b + 1, side) for b, side in zip(last, shape, strict=True)]
    if begin[0] >= end[0] or begin[1] >= end[1]:
        return np.zeros((0, 0), bool), (0, 0)
    drawn = torch.nn.functional.interpolate(padded[None, None], size=size, mode="bilinear", align_corners=False)[0, 0]
    part = drawn[begin[0] - first[0] : end[0] - first[0], begin[1] - first[1] : end[1] - first[1]]
    return (part > THRESHOLD).numpy(), (begin[0], begin[1])
