"""How good a dispensing position is in what is truly in an image."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..dispensing import dispensing_target
from ..objects import CRYSTAL, DROP, DropObjects


@dataclass(frozen=True)
class TargetScore:
    """One position against the truth; lengths in pixels.

    Parameters
    ----------
    in_drop : bool
        Whether it lies in a true drop, the crystals included.
    in_crystal : bool
        Whether it lies in a true crystal.
    distance_px : float or None
        From the true best place; None where there is none.
    clearance_px : float
        To the nearest true crystal, the edge of the drop or the border of the image; 0 where it lies outside, or in a
        crystal.
    best_clearance_px : float or None
        That of the true best place; None where there is none.
    """

    in_drop: bool
    in_crystal: bool
    distance_px: float | None
    clearance_px: float
    best_clearance_px: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return all figures as JSON-ready values."""
        return asdict(self)


def target_score(truth: DropObjects, place_px: tuple[float, float]) -> TargetScore:
    """Return how good a position is.

    Parameters
    ----------
    truth : DropObjects
        What is truly in the image.
    place_px : (float, float)
        The position: row and column.

    Returns
    -------
    TargetScore
    """
    from scipy.ndimage import distance_transform_edt

    best = dispensing_target(truth, 0.0).position
    crystals, pixel = truth.mask(CRYSTAL), (round(place_px[0]), round(place_px[1]))
    in_image = all(0 <= one < length for one, length in zip(pixel, truth.shape, strict=True))
    of_drop = [one for one in truth.of_kind(DROP) if in_image and one.whole_mask(truth.shape)[pixel]]
    clearance = 0.0
    for drop in of_drop:
        free = drop.whole_mask(truth.shape) & ~crystals
        if free[pixel]:
            # To centres of pixels from the position itself, which may lie between them.
            nearest = distance_transform_edt(np.pad(free, 1), return_distances=False, return_indices=True)
            edge = nearest[:, pixel[0] + 1, pixel[1] + 1] - 1
            clearance = max(clearance, math.dist(place_px, edge.tolist()))
    return TargetScore(
        bool(of_drop),
        in_image and bool(crystals[pixel]),
        None if best is None else math.dist(place_px, best.place_px),
        clearance,
        None if best is None else best.clearance_px,
    )
