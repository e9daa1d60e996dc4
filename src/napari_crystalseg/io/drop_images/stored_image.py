"""StoredImage: pixels and statements of a file, before they are brought to what is looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..files.memory import check_memory

LARGEST_PX = 250_000_000
"""Pixels beyond which no micrograph of one drop is read: 15 800 by 15 800."""

_BYTES_A_PIXEL = 12
"""Of memory while a file is read: what is decoded, and two copies as red, green and blue."""


@dataclass(frozen=True, eq=False)
class StoredImage:
    """What a file holds.

    Parameters
    ----------
    values : ndarray of uint8, shape (row, column, 3)
        Red, green and blue, as they are stored.
    orientation : int
        Of EXIF, 1 to 8: how the image is to be turned to be looked at.
    pixel_size_um : float or None
        Side of a pixel where the file says it, µm.
    """

    values: NDArray[np.uint8]
    orientation: int = 1
    pixel_size_um: float | None = None

    def upright(self) -> NDArray[np.uint8]:
        """Return the values, shape (row, column, 3), turned as the orientation asks for."""
        values = self.values
        if self.orientation in (5, 6, 7, 8):
            values = values.transpose(1, 0, 2)
        # After the rows and columns are exchanged, 5 needs no flip, 6 one of the columns, 8 one of the rows, 7 both.
        if self.orientation in (2, 3, 6, 7):
            values = values[:, ::-1]
        if self.orientation in (3, 4, 7, 8):
            values = values[::-1]
        return np.ascontiguousarray(values)


def check_size(rows: int, columns: int, name: str) -> None:
    """Refuse an image before its pixels are decoded.

    Raises
    ------
    InputError
        It has no pixels, more than any micrograph, or more than the memory holds.
    """
    if rows <= 0 or columns <= 0:
        raise InputError(f"{name} is an image of {rows} by {columns} pixels (rows by columns): it holds none.")
    if rows * columns > LARGEST_PX:
        raise InputError(
            f"{name} says that it has {rows} by {columns} pixels (rows by columns), more than a micrograph of one drop "
            f"({LARGEST_PX / 1e6:.0f} million at most); bin it, or cut the drop out."
        )
    check_memory(rows * columns * _BYTES_A_PIXEL, name)
