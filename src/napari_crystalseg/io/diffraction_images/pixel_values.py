"""Pixels that hold no measurement: codes below zero, the largest value of a type, NaN, masks and overloads."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..assumed.statements import Statements

LARGEST_PIXELS = 400_000_000


def refuse_shape(shape: tuple[int, ...], name: str) -> None:
    """Refuse an image of more pixels than any detector has, before memory is asked for."""
    if len(shape) != 2 or min(shape) < 1:
        raise InputError(f"{name} holds an array of shape {tuple(shape)}, not an image of rows and columns.")
    if shape[0] * shape[1] > LARGEST_PIXELS:
        raise InputError(
            f"{name} holds an image of {shape[0]} × {shape[1]} pixels, more than any detector has; it is damaged, or "
            "no diffraction image."
        )


def counts_and_mask(
    values: NDArray[Any],
    statements: Statements,
    cutoff: float | None = None,
    pixel_mask: NDArray[Any] | None = None,
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Divide what a file holds into counts and a mask of what is no measurement.

    Parameters
    ----------
    values : ndarray, shape (slow, fast)
        As stored. Whole numbers below zero are codes (-1 gaps, -2 bad pixels of Pilatus); the largest value of an
        unsigned type of 16 or 32 bits is one too (Eiger). Decimals below zero are counts less a dark image.
    statements : Statements
        Takes what the user should know.
    cutoff : float, optional
        Count from which on a pixel is overloaded.
    pixel_mask : ndarray, shape (slow, fast), optional
        Not zero where the file says that a pixel is not to be used.

    Returns
    -------
    counts : ndarray of float32, shape (slow, fast)
        0 where nothing was measured.
    mask : ndarray of bool, shape (slow, fast)
        True there.

    Raises
    ------
    InputError
        Values that are no numbers.
    """
    if values.dtype == bool or not (
        np.issubdtype(values.dtype, np.integer) or np.issubdtype(values.dtype, np.floating)
    ):
        raise InputError(f"The image holds {values.dtype}, not numbers that were counted.")
    if np.issubdtype(values.dtype, np.floating):
        mask = ~np.isfinite(values)
        # Of counts written as decimals: gaps are still coded -1 and -2 there.
        codes = (values == -1) | (values == -2)
        if not ((values < 0) & ~codes & ~mask).any():
            mask |= codes
    else:
        mask = values < 0
        if np.issubdtype(values.dtype, np.unsignedinteger) and values.dtype.itemsize > 1:
            mask = values == np.iinfo(values.dtype).max
            # 32 bits are often written into which fewer were counted, so that their code is another.
            if values.dtype.itemsize == 4 and not mask.any() and (values == 65535).sum() > 1e-3 * values.size:
                mask = values == 65535
    if pixel_mask is not None:
        if pixel_mask.shape != values.shape:
            statements.not_used(f"a pixel mask of the shape {pixel_mask.shape}, where the image has {values.shape}")
        else:
            mask = mask | (pixel_mask != 0)
    if cutoff is not None and np.isfinite(cutoff) and cutoff > 0:
        overloaded = ~mask & (values >= cutoff)
        if overloaded.any():
            statements.assumed(
                f"{int(overloaded.sum())} pixels at or above the cutoff of {cutoff:g} counts are taken as not measured"
            )
            mask = mask | overloaded
    return np.where(mask, 0, values).astype(np.float32), mask
