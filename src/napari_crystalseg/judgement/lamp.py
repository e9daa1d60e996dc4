"""Lamp: one thing that a physicist looks at in labels, lit by what was found there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..box import Box, box_of
from .finding import Finding, Level

LampLevel = Level | Literal["unknown"]
"""How much it matters; "unknown" where it could not be judged."""


@dataclass(frozen=True)
class LampPlace:
    """Where to look.

    Parameters
    ----------
    box : (slice, slice, slice)
        Box along (z, y, x) of the labels.
    centre : (int, int, int)
        Voxel (z, y, x) in it to look at: one of those that are meant.
    """

    box: Box
    centre: tuple[int, int, int]

    @classmethod
    def of_mask(cls, mask: NDArray[np.bool_], origin: tuple[int, ...] = (0, 0, 0)) -> LampPlace | None:
        """Take the box of a mask (z, y, x) that begins at the voxel ``origin``, and its voxel nearest to the middle.

        None where the mask is empty.
        """
        box = box_of(mask)
        if box is None:
            return None
        points = np.argwhere(mask[box])
        nearest = points[((points - points.mean(axis=0)) ** 2).sum(axis=1).argmin()]
        low = [side.start + first for side, first in zip(box, origin, strict=True)]
        z, y, x = (slice(at, at + side.stop - side.start) for at, side in zip(low, box, strict=True))
        centre = [int(at) + step for at, step in zip(nearest, low, strict=True)]
        return cls((z, y, x), (centre[0], centre[1], centre[2]))


@dataclass(frozen=True)
class Lamp:
    """One thing that was looked at in labels.

    Parameters
    ----------
    name : str
        What was looked at, in one or two words.
    level : {"problem", "warning", "good", "unknown"}
        How much it matters.
    sentence : str
        What was found, for the user.
    place : LampPlace or None
        Where to look; None where there is no one place.
    """

    name: str
    level: LampLevel
    sentence: str
    place: LampPlace | None = None

    def finding(self) -> Finding | None:
        """Return it as a finding; None where nothing is known."""
        return None if self.level == "unknown" else Finding(self.level, self.sentence)
