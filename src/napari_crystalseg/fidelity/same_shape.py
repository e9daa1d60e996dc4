"""Same shape: what is laid beside voxel values must fit them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError


def check_same_shape(voxel_values: NDArray[np.floating], other: NDArray[np.generic], what: str) -> None:
    """Refuse voxel values that are no slice or volume, or something beside them of another shape.

    Raises
    ------
    InputError
        It is so.
    """
    if voxel_values.ndim not in (2, 3):
        raise InputError(f"Voxel values have two or three axes, not {voxel_values.ndim}.")
    if other.shape != voxel_values.shape:
        raise InputError(f"The {what} has the shape {other.shape}, the voxel values {voxel_values.shape}.")
