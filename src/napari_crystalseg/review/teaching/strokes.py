"""Strokes: voxels that a person gave a class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...checks import checked_shape, read_only
from ...errors import InputError
from ...labels import Material, checked_codes

UNTOUCHED = 255
"""Code of voxels without a stroke in a file or layer of strokes; so is any other code above 4."""


@dataclass(frozen=True, eq=False)
class Strokes:
    """Voxels with the classes that a person gave them.

    Parameters
    ----------
    indices : ndarray of int, shape (n, 3)
        Indices (z, y, x) on the grid of a volume, each voxel once.
    labels : ndarray of uint8, shape (n,)
        Codes of :class:`Material`.

    Raises
    ------
    InputError
        No voxels, other shapes, indices below 0 or a voxel given twice, or codes other than 0 to 4.
    """

    indices: NDArray[np.int64]
    labels: NDArray[np.uint8]

    def __post_init__(self) -> None:
        indices, labels = np.asarray(self.indices), np.asarray(self.labels)
        if indices.ndim != 2 or indices.shape[1] != 3 or labels.shape != indices.shape[:1]:
            raise InputError(
                f"Strokes need indices of shape (n, 3) and n labels, not {indices.shape} and {labels.shape}."
            )
        if not len(indices):
            raise InputError("There are no strokes yet; paint a few of each class on one to three slices first.")
        for what, array in (("Indices of strokes", indices), ("Labels of strokes", labels)):
            if array.dtype == bool or not np.issubdtype(array.dtype, np.integer):
                raise InputError(f"{what} must be integers, not {array.dtype}.")
        if int(indices.min()) < 0:
            raise InputError("Indices of strokes must be 0 or more along each axis (z, y, x).")
        checked_codes(int(labels.min()), int(labels.max()))
        order = np.lexsort(indices.T[::-1])
        indices = indices[order].astype(np.int64)
        if (np.diff(indices, axis=0) == 0).all(axis=1).any():
            raise InputError("Strokes name a voxel twice; give each voxel one class.")
        object.__setattr__(self, "indices", read_only(indices))
        object.__setattr__(self, "labels", read_only(labels[order].astype(np.uint8)))

    @classmethod
    def painted(cls, data: NDArray[Any]) -> Strokes:
        """Read strokes from an array painted on the grid of a volume.

        Parameters
        ----------
        data : ndarray of int, shape (z, y, x)
            Codes 0 to 4 where there is a stroke (0 is air), any higher code, such as 255, where there is none.

        Raises
        ------
        InputError
            Not whole numbers on three axes, negative, or no stroke.
        """
        data = np.asarray(data)
        checked_shape(data, "The array of strokes", ("z", "y", "x"))
        if data.dtype == bool or not np.issubdtype(data.dtype, np.integer):
            raise InputError(f"Strokes must be integers (uint8, {UNTOUCHED} where there is none), not {data.dtype}.")
        indices = np.argwhere(data <= max(Material))
        if len(indices) > data.size // 2:
            raise InputError(
                f"More than half of all voxels have a stroke; a file of strokes holds {UNTOUCHED} where there is none."
            )
        return cls(indices, data[tuple(indices.T)])

    @property
    def classes(self) -> tuple[Material, ...]:
        """Classes that have a stroke, in the order of their codes."""
        return tuple(Material(int(code)) for code in np.unique(self.labels))

    def check_within(self, shape: tuple[int, int, int]) -> None:
        """Refuse strokes that leave a grid of shape (z, y, x)."""
        if (self.indices.max(axis=0) >= shape).any():
            raise InputError(f"Some strokes lie outside the volume of {shape} voxels; paint them on its own grid.")
