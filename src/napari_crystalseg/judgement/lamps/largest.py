"""Where the largest connected piece of a mask lies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...review.places.candidates.shapes import pieces
from ..lamp import LampPlace


def largest_place(mask: NDArray[np.bool_], origin: tuple[int, int, int]) -> LampPlace | None:
    """Return the place of the piece of most voxels of a mask (z, y, x) that begins at ``origin``; None if empty."""
    found = max(pieces(mask), key=lambda piece: int(np.count_nonzero(piece[1])), default=None)
    if found is None:
        return None
    box, own = found
    return LampPlace.of_mask(own, tuple(side.start + first for side, first in zip(box, origin, strict=True)))
