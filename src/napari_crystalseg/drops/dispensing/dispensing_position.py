"""DispensingPosition: where a droplet is put into a drop."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...errors import InputError

CHIMP_PIXEL_SIZE_UM = 2.837
"""Side of a pixel that CHiMP takes for every image, µm; that of the images of 1224 by 1024 pixels of XChem's imager."""
CHIMP_SHAPE = (1024, 1224)
"""Rows and columns of those images."""


@dataclass(frozen=True)
class DispensingPosition:
    """A place in a drop, between its crystals.

    Parameters
    ----------
    place_px : (float, float)
        Row and column, where the centre of the first pixel of the image is (0, 0); whole numbers unless the place
        lies on a grid.
    clearance_px : float
        Distance to the centre of the nearest pixel that is not liquor of this drop: a crystal, or outside the drop or
        the image. At least 1 at the centre of a pixel; the outline itself runs half a pixel before.
    reason : str
        Why the place lies there, a clause for the user.

    Raises
    ------
    InputError
        A place or a clearance that is not finite, or a clearance that is not positive.
    """

    place_px: tuple[float, float]
    clearance_px: float
    reason: str = ""

    def __post_init__(self) -> None:
        if not all(math.isfinite(value) for value in (*self.place_px, self.clearance_px)):
            raise InputError(f"A dispensing position has a finite place and clearance, not {self}.")
        if self.clearance_px <= 0:
            raise InputError(
                f"A dispensing position lies inside its drop; a clearance of {self.clearance_px} px does not."
            )

    def offset_um(self, shape: tuple[int, int], pixel_size_um: float) -> tuple[float, float]:
        """Return where it lies from the centre of the image, as CHiMP counts for the Echo.

        Parameters
        ----------
        shape : (int, int)
            Rows and columns of the image; its centre is the pixel (rows // 2, columns // 2).
        pixel_size_um : float
            Side of a pixel, µm.

        Returns
        -------
        (float, float)
            y and x, µm: y counts down the image, x to the right. The pick lists of the Echo count Y upwards.

        Raises
        ------
        InputError
            The side of a pixel is not a positive length.
        """
        check_pixel_size(pixel_size_um)
        row, column = self.place_px
        return (row - shape[0] // 2) * pixel_size_um, (column - shape[1] // 2) * pixel_size_um

    def clearance_um(self, pixel_size_um: float) -> float:
        """Return the clearance in µm, given the side of a pixel in µm.

        Raises
        ------
        InputError
            The side of a pixel is not a positive length.
        """
        check_pixel_size(pixel_size_um)
        return self.clearance_px * pixel_size_um

    def warning(self, pixel_size_um: float, droplet_radius_um: float) -> str | None:
        """Return a sentence where a droplet of a radius, µm, does not fit the clearance; None where it does.

        Raises
        ------
        InputError
            The side of a pixel is not a positive length.
        """
        clearance_um = self.clearance_um(pixel_size_um)
        if clearance_um >= droplet_radius_um:
            return None
        return (
            f"A droplet of {droplet_radius_um:g} µm radius reaches a crystal or the edge of the drop, "
            f"which lies {clearance_um:.0f} µm away"
        )


def assumed_pixel_size_um(shape: tuple[int, int]) -> float | None:
    """Return the side of a pixel, µm, that CHiMP takes for images of that many rows and columns.

    CHiMP takes it for any image; of another size it is that of another microscope, and None stands here.
    """
    return CHIMP_PIXEL_SIZE_UM if tuple(shape) == CHIMP_SHAPE else None


def check_pixel_size(pixel_size_um: float) -> None:
    """Refuse a side of a pixel that is none.

    Raises
    ------
    InputError
        It is not a positive length.
    """
    if not (math.isfinite(pixel_size_um) and pixel_size_um > 0):
        raise InputError(f"The side of a pixel must be a positive length in µm, not {pixel_size_um}.")
