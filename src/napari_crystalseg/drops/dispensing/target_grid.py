"""TargetGrid: the places that a dispenser can go to."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from .dispensing_position import check_pixel_size

_FINE_PX = 0.1
_FINEST_PX = 1e-6


@dataclass(frozen=True)
class TargetGrid:
    """Square grid through the centre of an image.

    Parameters
    ----------
    pixel_size_um : float
        Side of a pixel, µm.
    spacing_um : float
        Distance between neighbours along rows and columns, µm. 1 by default: pick lists of the Echo hold offsets from
        the centre of the well in whole µm.

    Raises
    ------
    InputError
        One of them is not a positive length, or a million points of the grid and more lie along one pixel.
    """

    pixel_size_um: float
    spacing_um: float = 1.0

    def __post_init__(self) -> None:
        check_pixel_size(self.pixel_size_um)
        if not (math.isfinite(self.spacing_um) and self.spacing_um > 0):
            raise InputError(f"The spacing of the grid must be a positive length in µm, not {self.spacing_um}.")
        if not self.spacing_px >= _FINEST_PX:
            raise InputError(
                f"A grid of {self.spacing_um:g} µm is too fine for pixels of {self.pixel_size_um:g} µm: do without one."
            )

    @property
    def spacing_px(self) -> float:
        """Distance between neighbours, pixels."""
        return self.spacing_um / self.pixel_size_um

    @property
    def step_px(self) -> float:
        """Distance between those that are looked at, pixels: of a very fine grid, every second, third … of them."""
        return self.spacing_px * max(math.floor(_FINE_PX / self.spacing_px), 1)

    def coordinates_px(self, length: int, first: int, end: int) -> NDArray[np.float64]:
        """Return the coordinates along one axis whose nearest pixel lies in a range.

        Of a grid that is finer than a tenth of a pixel only every second, third … coordinate, so that they lie a tenth
        of a pixel apart at most.

        Parameters
        ----------
        length : int
            Pixels of the image along the axis.
        first, end : int
            The range, its end exclusive.

        Returns
        -------
        ndarray of float64, shape (coordinate,)
            In pixels of the image, ascending.
        """
        centre = length // 2
        lowest = math.ceil((first - 0.5 - centre) / self.step_px)
        highest = math.floor((end - 0.5 - centre) / self.step_px)
        found = centre + np.arange(lowest, highest + 1) * self.step_px
        nearest = np.rint(found)
        kept: NDArray[np.float64] = found[(nearest >= first) & (nearest < end)]
        return kept
