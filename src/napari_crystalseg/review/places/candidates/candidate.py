"""Candidate: a region that may become a place, before it is known what it is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....box import Box, box_of

Kind = str
"""How it was found: "disagreement" and "edge" (the network), "values" (of the voxels), or "plausibility"."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A region of one class that may be another.

    Parameters
    ----------
    box : (slice, slice, slice)
        Where, along (z, y, x) of the whole volume.
    mask : ndarray of bool, shape of the box
        Its voxels.
    from_label : int
        Class that they have.
    to_label : int or None
        Class that they may be.
    kind : str
        How it was found.
    reason : str
        Why it is doubted, in two or three words.
    """

    box: Box
    mask: NDArray[np.bool_]
    from_label: int
    to_label: int | None
    kind: Kind
    reason: str

    @classmethod
    def of_mask(
        cls,
        mask: NDArray[np.bool_],
        origin: tuple[int, int, int],
        from_label: int,
        to_label: int | None,
        kind: Kind,
        reason: str,
    ) -> Candidate | None:
        """Make one of a mask (z, y, x) that begins at the voxel ``origin``; None where it is empty."""
        box = box_of(mask)
        if box is None:
            return None
        z, y, x = (slice(side.start + at, side.stop + at) for side, at in zip(box, origin, strict=True))
        return cls((z, y, x), mask[box], from_label, to_label, kind, reason)

    @property
    def voxels(self) -> int:
        """Number of voxels."""
        return int(np.count_nonzero(self.mask))

    def centre(self) -> tuple[int, int, int]:
        """The voxel (z, y, x) that is nearest to the middle of them all."""
        points = np.argwhere(self.mask)
        nearest = points[((points - points.mean(axis=0)) ** 2).sum(axis=1).argmin()]
        z, y, x = (int(at) + side.start for at, side in zip(nearest, self.box, strict=True))
        return z, y, x
