"""Voxel values as a network sees them, kept for the next click."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...checks import checked_finite
from ..grids.normalisation import normalise
from ..grids.working_grid import WorkingGrid

_SAMPLED = 16
"""Voxels along each axis that tell whether an array was changed in place."""


@dataclass(frozen=True, eq=False)
class WorkingValues:
    """Normalised voxel values of a volume on a working grid.

    Parameters
    ----------
    grid : WorkingGrid
        The grid.
    voxel_values : ndarray of float32, shape grid.working_shape
        Air near 0, sample near 1.
    """

    grid: WorkingGrid
    voxel_values: NDArray[np.float32]

    @classmethod
    def of(cls, data: NDArray[Any], voxel_size_um: tuple[float, float, float] | None, longest: int) -> WorkingValues:
        """Average a volume onto a grid and normalise it.

        Parameters
        ----------
        data : ndarray, shape (z, y, x)
            Voxel values of any type.
        voxel_size_um : (float, float, float) or None
            Voxel size along (z, y, x), µm, of which only the proportions count; None for cubes.
        longest : int
            Voxels along the longest axis of the grid.

        Raises
        ------
        InputError
            The volume is constant, or holds NaN or infinite values.
        """
        grid = WorkingGrid.of(data.shape, voxel_size_um or (1.0, 1.0, 1.0), longest)
        averaged = grid.average(data)
        checked_finite(averaged, "The volume")
        return cls(grid, normalise(averaged))


class LastWorkingValues:
    """Those of the volume that was asked for last, so that only the first click on it waits.

    Parameters
    ----------
    longest : int
        Voxels along the longest axis of the grid.
    """

    def __init__(self, longest: int) -> None:
        self._longest = longest
        # Put in place at once, as several threads may ask.
        self._last: tuple[Callable[[], Any], tuple[Any, ...], WorkingValues] | None = None

    def of(self, data: NDArray[Any], voxel_size_um: tuple[float, float, float] | None) -> WorkingValues:
        """As :meth:`WorkingValues.of`; from before where the array is the same one, and a sample of it as it was.

        Raises
        ------
        InputError
            As there.
        """
        owner = data if data.base is None else data.base
        place = data.__array_interface__
        sample = data[tuple(slice(None, None, max(1, length // _SAMPLED)) for length in data.shape)].tobytes()
        same = (place["data"][0], place["shape"], place["strides"], place["typestr"], voxel_size_um, sample)
        last = self._last
        if last is not None and last[1] == same and last[0]() is owner:
            return last[2]
        made = WorkingValues.of(data, voxel_size_um, self._longest)
        watched: Callable[[], Any]
        try:
            watched = weakref.ref(owner)
        except TypeError:  # not every buffer can be watched: look again the next time
            watched = _nobody
        self._last = (watched, same, made)
        return made


def _nobody() -> None:
    """Stands for an owner that is gone."""
