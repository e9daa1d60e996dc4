"""PlaceCheck: whether a dispensing point that was put by hand lies well."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..dispensing.farthest_place import exact_distances_px
from ..objects import CRYSTAL, DROP, DropObjects


@dataclass(frozen=True)
class PlaceCheck:
    """Where a place lies among the outlines of an image.

    Parameters
    ----------
    clearance_px : float or None
        Distance to the centre of the nearest pixel that is a crystal, or outside the drop or the image, pixels; None
        where the place itself lies there.
    warning : str
        What is wrong with the place, a sentence; empty where nothing is.
    """

    clearance_px: float | None
    warning: str = ""


def check_dispensing_place(objects: DropObjects, place_px: tuple[float, float]) -> PlaceCheck:
    """Say whether a place lies in a drop and in none of its crystals, and how far from them.

    Parameters
    ----------
    objects : DropObjects
        Drops and crystals, all of which count.
    place_px : (float, float)
        Row and column, where the centre of the first pixel is (0, 0).

    Returns
    -------
    PlaceCheck
    """
    row, column = round(place_px[0]), round(place_px[1])
    if not (0 <= row < objects.shape[0] and 0 <= column < objects.shape[1]):
        return PlaceCheck(None, "The dispensing point lies outside the image.")
    crystals = objects.mask(CRYSTAL)
    drop = objects.mask(DROP)
    if not drop.any():
        return PlaceCheck(None, "There is no outline of the drop to hold the dispensing point against.")
    if crystals[row, column]:
        return PlaceCheck(None, "The dispensing point lies in a crystal.")
    if not drop[row, column]:
        return PlaceCheck(None, "The dispensing point lies outside the drop.")
    free = drop & ~crystals
    point = np.array([place_px], np.float64)
    return PlaceCheck(float(exact_distances_px(free, point)[0]))
