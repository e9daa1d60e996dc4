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
    if warning := place_warning(objects, place_px):
        return PlaceCheck(None, warning)
    free = objects.mask(DROP) & ~objects.mask(CRYSTAL)
    point = np.array([place_px], np.float64)
    return PlaceCheck(float(exact_distances_px(free, point)[0]))


def place_warning(objects: DropObjects, place_px: tuple[float, float]) -> str:
    """Say what is wrong with a place: a sentence, empty where it lies in a drop and in none of its crystals.

    Parameters
    ----------
    objects : DropObjects
        Drops and crystals, all of which count.
    place_px : (float, float)
        Row and column, where the centre of the first pixel is (0, 0).
    """
    row, column = round(place_px[0]), round(place_px[1])
    if not (0 <= row < objects.shape[0] and 0 <= column < objects.shape[1]):
        return "The dispensing point lies outside the image."
    hit = {one.kind for one in objects.objects if one.holds(row, column)}
    if CRYSTAL in hit:
        return "The dispensing point lies in a crystal."
    if DROP in hit:
        return ""
    if objects.of_kind(DROP):
        return "The dispensing point lies outside the drop."
    return "There is no outline of the drop to hold the dispensing point against."
