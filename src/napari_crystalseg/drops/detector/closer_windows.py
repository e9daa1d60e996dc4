"""Windows of a micrograph in which a network that sees few pixels looks for crystals once more."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..objects import DropObject

WINDOW_PX = 1.5
"""Side of a window over that of the images which the network sees, at most, as long as few windows suffice."""

MOST_ALONG = 3
"""Windows along each side, at most: a large drop is seen three times as large, in nine looks."""

OVERLAP = 0.25
"""Part of a window that the next one covers, too."""

SURE, LARGE_PX = 0.5, 20
"""Score and length, in pixels that the network sees, of crystals that the image as a whole shows well enough."""

SAME = 0.5
"""Of the smaller of two masks: what they share, from which on they are the same crystal."""


def closer_windows(
    box_px: tuple[int, int, int, int], shape: tuple[int, int], seen_px: int
) -> list[tuple[int, int, int, int]]:
    """Return windows that cover a drop.

    Parameters
    ----------
    box_px : (int, int, int, int)
        Edges (first column, first row, end column, end row) of the drop.
    shape : (int, int)
        Rows and columns of the image.
    seen_px : int
        Longer side of the images that the network sees.

    Returns
    -------
    list of (int, int, int, int)
        Edges of the windows; none where the image as a whole shows as much.
    """
    if max(shape) <= WINDOW_PX * seen_px:
        return []
    along = [_spans(box_px[axis], box_px[axis + 2], shape[1 - axis], seen_px) for axis in (0, 1)]
    windows = [(left, top, right, bottom) for top, bottom in along[1] for left, right in along[0]]
    closer = max(max(right - left, bottom - top) for left, top, right, bottom in windows)
    return windows if closer < 0.9 * max(shape) else []


def _spans(first: int, end: int, side: int, seen_px: int) -> list[tuple[int, int]]:
    """Windows along one axis, with a margin about the drop."""
    margin = math.ceil(0.04 * (end - first))
    first, end = max(first - margin, 0), min(end + margin, side)
    length = end - first
    count = min(max(math.ceil((length / (WINDOW_PX * seen_px) - OVERLAP) / (1 - OVERLAP)), 1), MOST_ALONG)
    window = math.ceil(length / (count - (count - 1) * OVERLAP))
    starts = [round(first + n * (length - window) / max(count - 1, 1)) for n in range(count)]
    return [(start, min(start + window, side)) for start in starts]


def is_cut(one: DropObject, window: tuple[int, int, int, int], shape: tuple[int, int]) -> bool:
    """Whether an object, in pixels of the image, ends where the window does and the image does not.

    Parameters
    ----------
    one : DropObject
        Found in the window.
    window : (int, int, int, int)
        Edges of the window.
    shape : (int, int)
        Rows and columns of the image.
    """
    left, top, right, bottom = one.box_px
    reach = 0.01 * max(window[2] - window[0], window[3] - window[1])
    return bool(
        (left - window[0] <= reach and window[0] > 0)
        or (top - window[1] <= reach and window[1] > 0)
        or (window[2] - right <= reach and window[2] < shape[1])
        or (window[3] - bottom <= reach and window[3] < shape[0])
    )


def each_once(
    whole: Sequence[DropObject], closer: Sequence[DropObject], shape: tuple[int, int], seen_px: int
) -> list[DropObject]:
    """Leave out of each crystal that was found several times all but one.

    The surest stays, but for crystals that are large in the image as a whole: a window may take their faces for
    crystals.

    Parameters
    ----------
    whole, closer : sequence of DropObject
        Found in the image as a whole, and in windows of it.
    shape : (int, int)
        Rows and columns of the image.
    seen_px : int
        Longer side of the images that the network sees.
    """
    large = LARGE_PX * max(shape) / seen_px
    first = [one for one in whole if one.score >= SURE and max(one.mask.shape) >= large]
    others = [one for one in whole if not any(one is other for other in first)]
    kept: list[DropObject] = []
    for one in sorted(first, key=_surest) + sorted([*others, *closer], key=_surest):
        if all(_shared(one, other) < SAME for other in kept):
            kept.append(one)
    return kept


def _surest(one: DropObject) -> float:
    return -one.score


def _shared(one: DropObject, other: DropObject) -> float:
    """Part of the smaller mask that lies in the other."""
    left, top = (max(one.box_px[n], other.box_px[n]) for n in (0, 1))
    right, bottom = (min(one.box_px[n], other.box_px[n]) for n in (2, 3))
    if left >= right or top >= bottom:
        return 0.0
    both = np.ones((bottom - top, right - left), bool)
    for mask in (one, other):
        row, column = top - mask.origin_px[0], left - mask.origin_px[1]
        both &= mask.mask[row : row + bottom - top, column : column + right - left]
    return float(both.sum() / min(one.area_px, other.area_px))
