"""Voxel values of a level, normalised as the coarse network saw them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..grids.normalisation import ValueLevels, find_levels, outside_circle
from ..grids.working_grid import WorkingGrid
from .resampling import Corner, resampled


class Normalisation:
    """Levels of air and sample, found once on the grid that the coarse network sees.

    Parameters
    ----------
    working : ndarray of float32, shape (z', y', x')
        The volume averaged onto that grid.
    """

    def __init__(self, working: NDArray[np.float32]) -> None:
        self._outside = outside_circle(working)
        self._levels: ValueLevels = find_levels(working, self._outside)
        self._masked = bool(self._outside.any())

    def apply(self, values: NDArray[np.float32], onto: tuple[int, int, int], low: Corner) -> NDArray[np.float32]:
        """Normalise a box (z, y, x) of a level of shape ``onto`` that begins at ``low``; beyond a mask is air."""
        normalised = self._levels.apply(values)
        if self._masked:
            rows, columns = (
                np.clip(np.arange(first, first + length), 0, count - 1) * small // count
                for first, length, count, small in zip(
                    low[1:], values.shape[1:], onto[1:], self._outside.shape, strict=True
                )
            )
            normalised[:, self._outside[np.ix_(rows, columns)]] = 0.0
        return normalised


class LevelValues:
    """Voxel values of one level, read in boxes.

    Parameters
    ----------
    values : ndarray, shape (z', y', x')
        The level as a whole, normalised; or the volume, of which boxes are resampled and normalised as they are read.
    shape : (int, int, int)
        Voxels of the level.
    normalisation : Normalisation or None
        What is to be done to the values of a box; None where it has been done.
    """

    def __init__(
        self, values: NDArray[Any], shape: tuple[int, int, int], normalisation: Normalisation | None = None
    ) -> None:
        self._values, self.shape, self._normalisation = values, shape, normalisation

    def read(self, low: Corner, high: Corner) -> NDArray[np.float32]:
        """Normalised voxel values (z, y, x) of a box; beyond the field its outermost voxels go on."""

        def part(first: Corner, beyond: Corner) -> NDArray[Any]:
            return self._values[tuple(slice(*ends) for ends in zip(first, beyond, strict=True))]

        z, y, x = self._values.shape
        values = resampled(part, (z, y, x), self.shape, low, high)
        return values if self._normalisation is None else self._normalisation.apply(values, self.shape, low)


def values_of_levels(
    data: NDArray[Any], grids: Sequence[WorkingGrid], normalisation: Normalisation
) -> Iterator[LevelValues]:
    """Average a volume onto its levels.

    All but the finest are made as a whole, in half precision, an eighth of the volume or less; the finest is read from
    the volume itself.

    Parameters
    ----------
    data : ndarray, shape (z, y, x)
        The volume.
    grids : sequence of WorkingGrid
        Its levels, the coarsest first.
    normalisation : Normalisation
        What is done to their values.

    Yields
    ------
    LevelValues
        Of each level in turn.
    """
    wholes: list[NDArray[np.float16]] = []
    source, shape = data, grids[-1].shape
    for grid in reversed(grids[:-1]):
        source, shape = WorkingGrid(shape, grid.working_shape).average(source), grid.working_shape
        wholes.append(normalisation.apply(source, shape, (0, 0, 0)).astype(np.float16))
    del source
    for grid in grids[:-1]:
        yield LevelValues(wholes.pop(), grid.working_shape)
    yield LevelValues(data, grids[-1].working_shape, normalisation)
