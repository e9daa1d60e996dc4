"""Find where to dispense into the drops of an image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..objects import CRYSTAL, DROP, DropObject, DropObjects
from .dispensing_position import DispensingPosition
from .dispensing_target import DispensingTarget
from .farthest_place import exact_distances_px, farthest_grid_point, farthest_pixel
from .target_grid import TargetGrid

LOWEST_SCORE = 0.6
"""Objects of less are not taken, as CHiMP does not."""
_EMPTY_DROP = ("farthest", "centroid")


def dispensing_position(
    objects: DropObjects,
    lowest_score: float = LOWEST_SCORE,
    *,
    grid: TargetGrid | None = None,
    empty_drop: str = "farthest",
) -> DispensingPosition | None:
    """Return where to dispense into the drop of the best score.

    It is the pixel of the drop that is farthest from its crystals, its edge and the border of the image: the largest
    value of the exact Euclidean distance transform of the drop's mask without those of the crystals, as CHiMP takes it.
    (CHiMP does not count the border of the image, where a drop may be cut off.)

    Parameters
    ----------
    objects : DropObjects
        Drops and crystals of one image.
    lowest_score : float
        Objects of less are not taken.
    grid : TargetGrid, optional
        Take the farthest of the places of a dispenser instead, which lie between the pixels.
    empty_drop : {"farthest", "centroid"}
        In a drop without crystals: as in any other, or the pixel at the centroid of the drop, as CHiMP does, where it
        lies in the drop (that of a crescent does not).

    Returns
    -------
    DispensingPosition or None
        None where there is no drop, or no place in it; :func:`dispensing_target` says which.

    Raises
    ------
    InputError
        Another value of `empty_drop`.
    """
    return dispensing_target(objects, lowest_score, grid=grid, empty_drop=empty_drop).position


def dispensing_target(
    objects: DropObjects,
    lowest_score: float = LOWEST_SCORE,
    *,
    grid: TargetGrid | None = None,
    empty_drop: str = "farthest",
) -> DispensingTarget:
    """Return where to dispense into the drop of the best score, or why nowhere; of equal scores, the largest drop.

    The parameters are those of :func:`dispensing_position`.

    Raises
    ------
    InputError
        Another value of `empty_drop`.
    """
    found = dispensing_targets(objects, lowest_score, grid=grid, empty_drop=empty_drop, most=1)
    if found:
        return found[0]
    crystals = len(objects.of_kind(CRYSTAL, lowest_score))
    if drops := objects.of_kind(DROP):
        return DispensingTarget(
            None, f"no drop has a score of {lowest_score:g} or more (the best has {drops[0].score:.2f})", None, crystals
        )
    return DispensingTarget(None, "no drop was found", None, crystals)


def dispensing_targets(
    objects: DropObjects,
    lowest_score: float = LOWEST_SCORE,
    *,
    grid: TargetGrid | None = None,
    empty_drop: str = "farthest",
    most: int | None = None,
) -> tuple[DispensingTarget, ...]:
    """Return where to dispense into each drop, best score first; of equal scores, the largest first.

    The parameters are those of :func:`dispensing_position`, and `most`, the number of drops that are looked at.

    Raises
    ------
    InputError
        Another value of `empty_drop`.
    """
    if empty_drop not in _EMPTY_DROP:
        raise InputError(f"In an empty drop the place is 'farthest' or 'centroid', not '{empty_drop}'.")
    crystals = objects.of_kind(CRYSTAL, lowest_score)
    drops = sorted(
        objects.of_kind(DROP, lowest_score), key=lambda one: (-one.score, -one.area_px, one.origin_px, one.mask.shape)
    )
    return tuple(_in_drop(drop, crystals, objects.shape, grid, empty_drop) for drop in drops[:most])


def _in_drop(
    drop: DropObject,
    crystals: tuple[DropObject, ...],
    shape: tuple[int, int],
    grid: TargetGrid | None,
    empty_drop: str,
) -> DispensingTarget:
    free = drop.mask.copy()
    for crystal in crystals:
        _take_away(free, drop.origin_px, crystal)
    if not free.any():
        return DispensingTarget(None, "crystals fill the whole drop", drop, len(crystals))
    row, column = drop.origin_px
    centroid = drop.centroid_px
    centre = centroid[0] - row, centroid[1] - column
    empty = int(free.sum()) == drop.area_px
    at_centroid = empty and empty_drop == "centroid" and bool(free[_pixel(centre)])
    if at_centroid:
        why = "the drop is empty: its centroid"
    elif empty and empty_drop == "centroid":
        why = "the drop is empty, and its centroid lies outside it: farthest from its edge"
    else:
        why = "farthest from the edge of the drop" if empty else "farthest from crystals and the edge of the drop"
    if grid is not None:
        found = farthest_grid_point(free, drop.origin_px, shape, grid, centre, nearest=at_centroid)
        if found is None:
            said = f"no point of the grid of {grid.spacing_um:g} µm lies in the drop beside its crystals"
            return DispensingTarget(None, said, drop, len(crystals))
        place, clearance = found
        why += f", on the grid of {grid.spacing_um:g} µm"
    elif at_centroid:
        pixel = _pixel(centre)
        place = float(pixel[0] + row), float(pixel[1] + column)
        clearance = float(exact_distances_px(free, np.array([pixel], np.float64))[0])
    else:
        pixel, clearance = farthest_pixel(free, centre)
        place = float(pixel[0] + row), float(pixel[1] + column)
    return DispensingTarget(DispensingPosition(place, clearance, why), why, drop, len(crystals))


def _take_away(free: NDArray[np.bool_], origin: tuple[int, int], crystal: DropObject) -> None:
    """Clear the pixels of a crystal in a part of the image that begins at an origin."""
    row, column = crystal.origin_px[0] - origin[0], crystal.origin_px[1] - origin[1]
    rows, columns = crystal.mask.shape
    first_row, first_column = max(row, 0), max(column, 0)
    end_row, end_column = min(row + rows, free.shape[0]), min(column + columns, free.shape[1])
    if first_row < end_row and first_column < end_column:
        theirs = crystal.mask[first_row - row : end_row - row, first_column - column : end_column - column]
        free[first_row:end_row, first_column:end_column] &= ~theirs


def _pixel(place: tuple[float, float]) -> tuple[int, int]:
    return round(place[0]), round(place[1])
