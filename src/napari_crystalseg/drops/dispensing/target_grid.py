"""TargetGrid: the places that a dispenser can go to."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from .dispensing_position import check_pixel_size


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
        One of them is not a positive length.
    """

    pixel_size_um: float
    spacing_um: float = 1.0

    def __post_init__(self) -> None:
        check_pixel_size(self.pixel_size_um)
        if not (math.isfinite(self.spacing_um) and self.spacing_um > 0):
            raise InputError(f"The spacing of the grid must be a positive length in µm, not {self.spacing_um}.")

    @property
    def spacing_px(self) -> float:
        """Distance between neighbours, pixels."""
        return self.spacing_um / self.pixel_size_um

    def coordinates_px(self, length: int, first: int, end: int) -> NDArray[np.float64]:
        """Return the coordinates along one axis whose nearest pixel lies in a range.

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
        lowest = math.ceil((first - 0.5 - centre) / self.spacing_px)
        highest = math.floor((end - 0.5 - centre) / self.spacing_px)
        found = centre + np.arange(lowest, highest + 1) * self.spacing_px
        nearest = np.rint(found)
        kept: NDArray[np.float64] = found[(nearest >= first) & (nearest < end)]
        return kept
