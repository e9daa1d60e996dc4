"""Value sample: every n-th voxel value of a volume, which is enough for the median of a class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...review.places.class_values import class_levels
from ...volume import Quantity, Volume

_MOST_VALUES = 2_000_000
CLEAR_VOXELS = 4
"""Voxels from the surface of a class within which its values are not its own. In the simulated scan of the sample data,
which has fringes, those of a loop 7 voxels thick are four times its coefficient, and those of crystal and liquor within
3 % of what they are deepest inside from here on."""


@dataclass(frozen=True, eq=False)
class ValueSample:
    """Voxel values at every n-th voxel along each axis, from the first.

    Parameters
    ----------
    values : ndarray of float32, shape (z, y, x)
        The voxel values.
    step : int
        Voxels from one to the next, along each axis.
    shape : (int, int, int)
        Voxels of the volume.
    quantity : Quantity
        What the voxel values mean.
    energy_kev : float or None
        Photon energy of the tomogram, keV; None where it is not known.
    """

    values: NDArray[np.float32]
    step: int
    shape: tuple[int, int, int]
    quantity: Quantity
    energy_kev: float | None = None

    @classmethod
    def of(cls, data: NDArray[Any], quantity: Quantity, energy_kev: float | None = None) -> ValueSample:
        """Take about two million voxel values, or all where there are fewer, of an array of shape (z, y, x)."""
        step = max(1, int(np.ceil((data.size / _MOST_VALUES) ** (1 / 3) - 1e-9)))
        z, y, x = data.shape
        with np.errstate(over="ignore"):
            values = np.array(data[::step, ::step, ::step], dtype=np.float32)
        return cls(values, step, (z, y, x), quantity, energy_kev)

    @classmethod
    def of_volume(cls, volume: Volume, energy_kev: float | None = None) -> ValueSample:
        """Take it of a volume."""
        return cls.of(volume.data, volume.quantity, energy_kev)

    def levels(self, labels: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Return the median voxel value of each class, by its code, clear of the surfaces of its class.

        Parameters
        ----------
        labels : ndarray of uint8, shape (z, y, x)
            Labels of the volume.

        Returns
        -------
        ndarray of float64, shape (5,)
            NaN for a class with too few voxels that lie so deep.

        Raises
        ------
        InputError
            The labels have another shape than the volume.
        """
        if labels.shape != self.shape:
            raise InputError(
                f"The volume has {self.shape} voxels and the labels {labels.shape}; give those of one grid."
            )
        places = [np.arange(0, length, self.step) for length in self.shape]
        own = labels[np.ix_(*places)]
        inner = np.ones(own.shape, dtype=bool)
        for distance in range(1, CLEAR_VOXELS + 1):
            for axis, length in enumerate(self.shape):
                for way in (-distance, distance):
                    there = [
                        np.clip(at + way, 0, length - 1) if other == axis else at for other, at in enumerate(places)
                    ]
                    inner &= labels[np.ix_(*there)] == own
        return class_levels(self.values, own, inner, inner_alone=True)[0]
