"""What lies beyond a field of view: its outermost voxels, on and on.

A sample that the field cuts off goes on there, and where the field ends in air so does the air. Zeros would be a face
that nobody has cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from .tiles import air_about

Number = TypeVar("Number", bound=np.generic)


def held_on(values: NDArray[Number], shape: Sequence[int]) -> NDArray[Number]:
    """Lengthen a grid on both sides of each axis, as evenly as can be, by its outermost values.

    Parameters
    ----------
    values : ndarray, shape (z, y, x)
        Greys or labels.
    shape : (int, int, int)
        Least voxels along each axis.

    Returns
    -------
    ndarray
        Of the same type, as long as ``shape`` or longer.
    """
    return np.pad(values, air_about(values.shape, shape), mode="edge")
