"""Marks of a person on a grid, as the channels that guide a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...labels import Material

CLASSES = len(Material)
WRONG = CLASSES
"""Channel of the places where the label is wrong, whatever is right."""
GUIDES = CLASSES + 1 + CLASSES
"""Channels: marks of each class, marks of what is wrong, and the labels so far."""
_CLICK_SIGMA_VOXELS = 1.5
_CLICK_REACH_VOXELS = 5


@dataclass(frozen=True)
class Mark:
    """A click.

    Parameters
    ----------
    place : (int, int, int)
        Voxel (z, y, x) of the grid that the network sees.
    channel : int
        Code of the class that is there, or :data:`WRONG`.
    """

    place: tuple[int, int, int]
    channel: int


def guide_channels(
    shape: tuple[int, int, int],
    marks: Sequence[Mark] = (),
    strokes: NDArray[np.uint8] | None = None,
    labels: NDArray[np.uint8] | None = None,
) -> NDArray[np.float32]:
    """Draw marks, strokes and labels as the network is shown them.

    Parameters
    ----------
    shape : (int, int, int)
        Voxels (z, y, x) of the grid.
    marks : sequence of Mark
        Each becomes a Gaussian of 1.5 voxels; those outside of the grid are left out.
    strokes : ndarray of uint8, shape (z, y, x), optional
        Code of the class that was painted, 255 where none was.
    labels : ndarray of uint8, shape (z, y, x), optional
        Labels so far; without them their channels are 0.

    Returns
    -------
    ndarray of float32, shape (GUIDES, z, y, x)
        0 to 1.
    """
    guides = np.zeros((GUIDES, *shape), dtype=np.float32)
    if strokes is not None:
        for code in range(CLASSES):
            guides[code] = strokes == code
    for mark in marks:
        if all(0 <= index < length for index, length in zip(mark.place, shape, strict=True)):
            _draw(guides[mark.channel], mark.place)
    if labels is not None:
        for code in range(CLASSES):
            guides[CLASSES + 1 + code] = labels == code
    return guides


def _draw(channel: NDArray[np.float32], place: tuple[int, int, int]) -> None:
    sides = [
        slice(max(0, index - _CLICK_REACH_VOXELS), min(length, index + _CLICK_REACH_VOXELS + 1))
        for index, length in zip(place, channel.shape, strict=True)
    ]
    z, y, x = (
        (np.arange(side.start, side.stop) - index) ** 2 / (2 * _CLICK_SIGMA_VOXELS**2)
        for side, index in zip(sides, place, strict=True)
    )
    drawn = np.exp(-(z[:, None, None] + y[:, None] + x)).astype(np.float32)
    part = channel[tuple(sides)]
    np.maximum(part, drawn, out=part)
