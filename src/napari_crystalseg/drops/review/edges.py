"""Edges of masks as closed lines, to be drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..objects import DropObject

_WITHIN_PX = 0.75


def edges_px(objects: Sequence[DropObject]) -> tuple[NDArray[np.float64], ...]:
    """Return the outer edges of masks, each along the centres of its outermost pixels, to within a pixel.

    Parameters
    ----------
    objects : sequence of DropObject
        What is outlined.

    Returns
    -------
    tuple of ndarray of float64, shape (corner, 2)
        Rows and columns of the corners of a closed line for each piece of a mask, of which there may be several.
    """
    import cv2

    found = []
    for one in objects:
        padded = np.pad(one.mask, 1).astype(np.uint8)
        lines, _ = cv2.findContours(padded, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        for line in lines:
            corners = cv2.approxPolyDP(line, _WITHIN_PX, True)[:, 0, ::-1].astype(np.float64)
            found.append(corners - 1 + np.asarray(one.origin_px))
    return tuple(found)
