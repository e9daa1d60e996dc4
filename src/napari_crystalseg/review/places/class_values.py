"""Voxel values of each class, and whether those of a region look like another class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...labels import Material

_FEWEST_VOXELS = 50
_SAMPLED_VOXELS = 200_000
# Of a normal distribution the standard deviation is so many times the median absolute deviation.
_MAD_TO_SIGMA = 1.4826


@dataclass(frozen=True, eq=False)
class ClassValues:
    """Medians and robust standard deviations of the voxel values of the classes, away from their surfaces.

    Parameters
    ----------
    values : ndarray, shape (z, y, x)
        Voxel values.
    medians, deviations : ndarray of float64, shape (5,)
        Of each class, by its code; NaN where it has too few voxels to tell.
    """

    values: NDArray[np.floating]
    medians: NDArray[np.float64]
    deviations: NDArray[np.float64]

    @classmethod
    def of(cls, values: NDArray[np.floating], labels: NDArray[np.uint8]) -> ClassValues:
        """Measure them.

        Parameters
        ----------
        values, labels : ndarray, shape (z, y, x)
            Voxel values, and their classes.

        Raises
        ------
        InputError
            No value is finite.
        """
        if not np.isfinite(values).any():
            raise InputError("The volume has no finite voxel value.")
        inner = inner_voxels(labels)
        medians, deviations = class_levels(values, labels, inner)
        return cls(values, medians, deviations)

    def evidence(
        self,
        box: tuple[slice, ...],
        mask: NDArray[np.bool_],
        from_label: int,
        to_label: int | None,
    ) -> float:
        """Say whether the values of a region look like its class (-1) or like another (+1); 0 where nobody can tell.

        The difference of the distances of the mean value from both medians, over the distance of the medians and the
        deviations of the classes.
        """
        if to_label is None:
            return 0.0
        own, other = self.medians[from_label], self.medians[to_label]
        if not np.isfinite(own + other):
            return 0.0
        mean = float(np.mean(self.values[box][mask], dtype=np.float64))
        scale = abs(own - other) + 0.5 * (self.deviations[from_label] + self.deviations[to_label])
        if not np.isfinite(mean) or scale <= 0:
            return 0.0
        return float(np.clip((abs(mean - own) - abs(mean - other)) / scale, -1, 1))


def inner_voxels(labels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which voxels of labels, shape (z, y, x), have six neighbours of their own class; none at the ends."""
    inner = np.ones(labels.shape, dtype=bool)
    for axis in range(3):
        here, there = np.moveaxis(labels, axis, 0), np.moveaxis(inner, axis, 0)
        same = here[1:] == here[:-1]
        there[1:] &= same
        there[:-1] &= same
        there[[0, -1]] = False
    return inner


def class_levels(
    values: NDArray[np.floating], labels: NDArray[np.uint8], inner: NDArray[np.bool_], inner_alone: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Measure the medians and robust standard deviations of voxel values.

    Parameters
    ----------
    values, labels : ndarray, shape (z, y, x)
        Voxel values, and their classes.
    inner : ndarray of bool, shape (z, y, x)
        Voxels away from the surfaces of their class.
    inner_alone : bool
        Leave a class open that has too few of them; else all of its voxels are taken then.

    Returns
    -------
    medians, deviations : ndarray of float64, shape (5,)
        Of each class, by its code; NaN where it has too few voxels to tell.
    """
    medians = np.full(len(Material), np.nan)
    deviations = np.full(len(Material), np.nan)
    for code in range(len(Material)):
        mask = labels == code
        within = mask & inner
        few = np.count_nonzero(within) < _FEWEST_VOXELS
        chosen = values[mask if few and not inner_alone else within]
        chosen = chosen[:: max(1, len(chosen) // _SAMPLED_VOXELS)].astype(np.float64)
        chosen = chosen[np.isfinite(chosen)]
        if len(chosen) < _FEWEST_VOXELS:
            continue
        medians[code] = np.median(chosen)
        deviations[code] = _MAD_TO_SIGMA * np.median(np.abs(chosen - medians[code]))
    return medians, deviations
