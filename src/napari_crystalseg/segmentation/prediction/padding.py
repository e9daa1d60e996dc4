"""What lies beyond a field of view: its outermost voxels, on and on.

A sample that the field cuts off goes on there, and where the field ends in air so does the air. Zeros would be a face
that nobody has cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from .tiles import air_about

Grid = TypeVar("Grid", bound=Any)


def padded_by_edges(values: Grid, shape: Sequence[int]) -> Grid:
    """Lengthen a grid on both sides of each axis, as evenly as can be, by its outermost values.

    Parameters
    ----------
    values : ndarray or tensor, shape (z, y, x)
        Voxel values or labels.
    shape : (int, int, int)
        Least voxels along each axis.

    Returns
    -------
    ndarray or tensor
        Of the same type and on the same device, as long as ``shape`` or longer.
    """
    places = [
        np.clip(np.arange(-before, length + after), 0, length - 1)
        for (before, after), length in zip(air_about(values.shape, shape), values.shape, strict=True)
    ]
    return values[places[0]][:, places[1]][:, :, places[2]]  # type: ignore[no-any-return]
