"""Points on crystals to shoot at or to fish for, in CHiMP's three ways."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .objects import CRYSTAL, DropObject, DropObjects

MODES = ("single", "random", "regular")

SMALLEST_DISTANCE_PX = 40.0
"""Between two points on a crystal in mode random."""

EDGE_DISTANCE_PX = 10.0
"""From the edge of the crystal, in the modes random and regular."""

GRID_PX = 30.0
"""From one point to the next in mode regular."""

SMALL_AREA_PX = 100.0
"""A crystal of fewer pixels has its centroid alone, in every mode."""

TRIED_OF = 20
"""In mode random, one of so many pixels is tried."""

OF_PIXELS = 1352 * 1688
"""The lengths above are in pixels of the image as CHiMP's detector sees it."""


def crystal_points(
    objects: DropObjects, mode: str = "single", lowest_score: float = 0.6, seed: int = 0
) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Return points on each crystal of a micrograph, as CHiMP chooses them.

    All lengths of CHiMP's are pixels of an image of 1352 by 1688; in another one they are as large a part of the image.

    Parameters
    ----------
    objects : DropObjects
        Drops and crystals.
    mode : {"single", "random", "regular"}
        The centroid of each crystal; or, from it on, points at random that keep 40 pixels from each other and 10 from
        the edge; or those of a grid of 30 pixels through the centroid that keep 10 from the edge. Where none does, and
        on crystals of fewer than 100 pixels, it is the centroid, which may lie beside a crystal that is bent.
    lowest_score : float
        Crystals of less are left out.
    seed : int
        Of mode random: the same gives the same points. CHiMP draws others each time.

    Returns
    -------
    tuple of tuple of (int, int)
        Row and column of each point, whole pixels of the image, for each crystal, best first.

    Raises
    ------
    InputError
        Another mode.
    """
    if mode not in MODES:
        raise InputError(f"Points on crystals are {', '.join(MODES)}, not '{mode}'.")
    scale = math.sqrt(objects.shape[0] * objects.shape[1] / OF_PIXELS)
    found: list[tuple[tuple[int, int], ...]] = []
    for number, crystal in enumerate(objects.of_kind(CRYSTAL, lowest_score)):
        centroid = round(crystal.centroid_px[0]), round(crystal.centroid_px[1])
        if mode == "single" or crystal.area_px < SMALL_AREA_PX * scale**2:
            found.append((centroid,))
        elif mode == "random":
            found.append(_random_points(crystal, centroid, scale, np.random.default_rng([seed, number])))
        else:
            found.append(_regular_points(crystal, centroid, scale))
    return tuple(found)


def _random_points(
    crystal: DropObject, centroid: tuple[int, int], scale: float, rng: np.random.Generator
) -> tuple[tuple[int, int], ...]:
    places = np.argwhere(crystal.mask)
    # As many are tried as CHiMP tries in its image.
    number = min(max(1, int(len(places) / scale**2 / TRIED_OF)), len(places))
    tried = places[rng.choice(len(places), size=number, replace=False)]
    tried = tried[_from_edge(crystal.mask)[tuple(tried.T)] >= EDGE_DISTANCE_PX * scale] + crystal.origin_px
    points = [centroid]
    for place in tried:
        if np.hypot(*(np.array(points) - place).T).min() >= SMALLEST_DISTANCE_PX * scale:
            points.append((int(place[0]), int(place[1])))
    return tuple(points)


def _regular_points(crystal: DropObject, centroid: tuple[int, int], scale: float) -> tuple[tuple[int, int], ...]:
    step = max(GRID_PX * scale, 1.0)
    lines = []
    for middle, origin, length in zip(centroid, crystal.origin_px, crystal.mask.shape, strict=True):
        first, last = math.ceil((origin - middle) / step), math.floor((origin + length - 1 - middle) / step)
        lines.append(np.rint(middle - origin + step * np.arange(first, last + 1)).astype(int))
    rows, columns = np.meshgrid(
        *(np.clip(one, 0, side - 1) for one, side in zip(lines, crystal.mask.shape, strict=True))
    )
    kept = crystal.mask[rows, columns] & (_from_edge(crystal.mask)[rows, columns] >= EDGE_DISTANCE_PX * scale)
    points = np.unique(np.stack([rows[kept], columns[kept]], 1), axis=0) + crystal.origin_px
    return tuple((int(row), int(column)) for row, column in points) or (centroid,)


def _from_edge(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Distance of each pixel, of the mask, to the nearest of its edge: those beside two pixels or more outside."""
    from scipy import ndimage

    padded = np.pad(mask, 1)
    beside = ndimage.uniform_filter(padded.astype(np.float32), 3, mode="constant") * 9
    edge = padded & (beside < 7.5)
    distances: NDArray[np.float64] = ndimage.distance_transform_edt(~edge)[1:-1, 1:-1]
    return distances
