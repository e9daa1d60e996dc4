"""Voxel size of a grid: what the user gives, else what the file states."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ...checks import checked_voxel_size
from .grid import Grid
from .single_slice import THICKNESS


def voxel_size_of(grid: Grid, given: float | ArrayLike | None = None) -> tuple[float, float, float] | None:
    """Voxel size (z, y, x) that the user gives, else that the file states; None where neither does.

    Raises
    ------
    InputError
        The file states one that cannot be used, and none is given.
    """
    if given is not None:
        return checked_voxel_size(given)
    return grid.scale.required_to_be_sound().sizes_um


def assumptions_of(grid: Grid, given: float | ArrayLike | None = None) -> tuple[str, ...]:
    """What had to be assumed of a grid, with the voxel size that the user gives."""
    if given is None:
        return grid.assumptions
    said = list(grid.assumed)
    if grid.is_single_slice and np.ndim(given) == 0:
        # One number is the size of a pixel, which says nothing of how thick the slice is.
        said.append(THICKNESS)
    if grid.scale.problem is not None:
        said.append(f"not used: {grid.scale.problem.rstrip('.')}")
    return tuple(said)
