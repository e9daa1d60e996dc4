"""Masks as lengths of runs, as COCO writes them: column by column, beginning with pixels that are false."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError


def runs_of(mask: NDArray[np.bool_]) -> list[int]:
    """Return the lengths of the runs of a mask of shape (row, column), in pixels; the first is of false ones."""
    flat = np.concatenate([[False], mask.ravel(order="F")])
    edges = np.flatnonzero(flat[1:] != flat[:-1])
    return [int(length) for length in np.diff(np.concatenate([[0], edges, [mask.size]]))]


def mask_of(runs: Sequence[int], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the mask that runs describe.

    Parameters
    ----------
    runs : sequence of int
        Lengths in pixels, as :func:`runs_of` gives them.
    shape : (int, int)
        Rows and columns.

    Returns
    -------
    ndarray of bool, shape (row, column)

    Raises
    ------
    InputError
        They are of another number of pixels.
    """
    lengths = np.asarray(runs, dtype=np.int64)
    if lengths.ndim != 1 or (lengths < 0).any() or int(lengths.sum()) != shape[0] * shape[1]:
        raise InputError(f"The runs of a mask do not fill its {shape[0]} by {shape[1]} pixels.")
    inside = np.arange(len(lengths)) % 2 == 1
    return np.ascontiguousarray(np.repeat(inside, lengths).reshape(shape, order="F"))
