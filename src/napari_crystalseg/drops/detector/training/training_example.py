"""TrainingExample: an outlined micrograph at the size that a detector sees, and its variants."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...objects import KINDS, DropObjects
from ...preprocessing.contrast import equalised_contrast, min_max_scaled
from ...preprocessing.size import fitting_shape, resized

SMALLEST_PX = 3
"""Pixels of the smallest object that is learnt, at the size that the network sees."""


@dataclass(frozen=True, eq=False)
class TrainingExample:
    """A micrograph and what is outlined in it, at the size that a detector sees.

    Parameters
    ----------
    values : ndarray of uint8, shape (row, column, 3)
        The micrograph.
    masks : ndarray of bool, shape (object, row, column)
    labels : ndarray of int64, shape (object,)
        1 of a drop, 2 of a crystal.
    """

    values: NDArray[np.uint8]
    masks: NDArray[np.bool_]
    labels: NDArray[np.int64]

    @classmethod
    def of(cls, values: NDArray[np.uint8], objects: DropObjects, longest_side_px: int) -> TrainingExample:
        """Bring a micrograph, shape (row, column, 3), and its outlines to a size.

        Objects that become smaller than three pixels are left out: the network could not see them.
        """
        import cv2

        shape = fitting_shape(objects.shape, longest_side_px)
        masks, labels = [], []
        for one in objects.objects:
            # The part of each pixel that the object covers, more than half of it where it counts.
            whole = one.whole_mask(objects.shape).astype(np.uint8) * 255
            mask = cv2.resize(whole, shape[::-1], interpolation=cv2.INTER_AREA) >= 128
            if np.count_nonzero(mask) >= SMALLEST_PX:
                masks.append(mask)
                labels.append(1 + KINDS.index(one.kind))
        stacked = np.stack(masks) if masks else np.zeros((0, *shape), bool)
        return cls(resized(values, shape), stacked, np.array(labels, np.int64))

    @property
    def network_values(self) -> NDArray[np.float32]:
        """What the network sees of it, shape (row, column, 3)."""
        return min_max_scaled(equalised_contrast(self.values))

    @property
    def boxes(self) -> NDArray[np.float32]:
        """Edges (x1, y1, x2, y2), shape (object, 4): centres of the first and last pixel, at least one pixel apart."""
        edges = np.zeros((len(self.masks), 4), np.float32)
        for n, mask in enumerate(self.masks):
            rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
            edges[n] = columns[0], rows[0], max(columns[-1], columns[0] + 1), max(rows[-1], rows[0] + 1)
        return edges

    def varied(self, rng: np.random.Generator) -> TrainingExample:
        """Return a variant: turned and mirrored at random, with other brightness, contrast, gamma and colours."""
        values, masks = self.values, self.masks
        turns = int(rng.integers(4))
        values, masks = np.rot90(values, turns), np.rot90(masks, turns, (1, 2))
        if rng.random() < 0.5:
            values, masks = values[:, ::-1], masks[:, :, ::-1]
        level = np.linspace(0, 1, 256)[:, np.newaxis] ** np.exp(rng.normal(0, 0.3))
        level = (level - 0.5) * np.exp(rng.normal(0, 0.2)) + 0.5 + rng.normal(0, 0.06)
        level = level * (1 + rng.normal(0, 0.05, 3))
        table = (255 * np.clip(level, 0, 1)).astype(np.uint8)
        coloured = np.stack([table[values[..., n], n] for n in range(3)], axis=-1)
        if rng.random() < 0.2:
            coloured = np.repeat(coloured.mean(-1, keepdims=True).astype(np.uint8), 3, axis=-1)
        return TrainingExample(coloured, np.ascontiguousarray(masks), self.labels)
