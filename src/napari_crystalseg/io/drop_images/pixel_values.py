"""Pixel values of any depth as what a screen shows: 8 bits, red, green and blue."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..assumed.statements import Statements

_CAMERA_BITS = (8, 10, 12, 14, 16)
_SHOWN_PERCENT = (0.1, 99.9)


def eight_bits(values: NDArray[np.generic], statements: Statements, white: float | None = None) -> NDArray[np.uint8]:
    """Bring pixel values to 8 bits.

    Bytes stay as they are. Of whole numbers that are not negative, white is the largest number of the fewest bits, of
    those that cameras have (8, 10, 12, 14 or 16), that hold them all: a camera of 12 bits writes words of 16, and its
    images would be nearly black otherwise. Fractions of at most 1 are shares of white. All else is shown from its
    percentile of 0.1 to that of 99.9.

    Parameters
    ----------
    values : ndarray of numbers or bool
        Any shape.
    statements : Statements
        Takes what was assumed.
    white : float, optional
        The value of white where the file states it.

    Returns
    -------
    ndarray of uint8
        Of the same shape.

    Raises
    ------
    InputError
        Complex numbers, or no value that is finite.
    """
    kind = values.dtype.kind
    if kind == "b":
        return np.where(values, np.uint8(255), np.uint8(0))
    if values.dtype == np.uint8 and white in (None, 255):
        return values.astype(np.uint8, copy=False)
    if kind not in "iuf":
        raise InputError(f"it holds pixel values of a kind that is none of an image ({values.dtype}).")
    exact = values.astype(np.float32) if values.dtype.itemsize <= 2 else values.astype(np.float64)
    if kind == "f":
        finite = np.isfinite(exact)
        if not finite.any():
            raise InputError("it has no pixel value that is finite: all are NaN or infinite.")
        if not finite.all():
            statements.assumed(
                f"{np.count_nonzero(~finite)} of {exact.size} pixel values are NaN or infinite: shown black"
            )
            exact = np.where(finite, exact, exact[finite].min())
    lowest, highest = float(exact.min()), float(exact.max())
    bits = f"pixel values of {8 * values.dtype.itemsize} bits"
    if white is not None and lowest >= 0 and highest <= white:
        if white not in (1, 15, 255, 65535):
            statements.assumed(f"{bits} with white at {white:.6g}, as the file states: brought to 8 bits")
        low, high = 0.0, float(white)
    elif kind == "f" and 0 <= lowest and highest <= 1:
        low, high = 0.0, 1.0
        statements.assumed("pixel values are fractions from 0 to 1: taken as shares of white")
    elif 0 <= lowest and highest <= 65535:
        held = next(one for one in _CAMERA_BITS if highest < 2**one)
        low, high = 0.0, float(2**held - 1)
        statements.assumed(f"{bits}, the largest is {highest:.6g}: white is {high:.0f}, as of a camera of {held} bits")
    else:
        low, high = (float(one) for one in np.percentile(exact, _SHOWN_PERCENT))
        if high <= low:
            low, high = lowest, max(highest, lowest + 1)
        statements.assumed(f"pixel values from {lowest:.6g} to {highest:.6g}: black is {low:.6g}, white is {high:.6g}")
    return np.rint(np.clip((exact - low) * (255.0 / (high - low)), 0, 255)).astype(np.uint8)


def red_green_blue(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return grey values, shape (row, column), or colours, shape (row, column, 3), as colours."""
    if values.ndim == 2:
        return np.repeat(values[:, :, np.newaxis], 3, axis=2)
    return np.ascontiguousarray(values[:, :, :3])


def from_inks(inks: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the colours of inks, shape (row, column, 4): cyan, magenta, yellow and black, 255 where there is most.

    Each ink takes its share of the light, and black a share of all: red = (1 - cyan) (1 - black).
    """
    left = 255 - inks.astype(np.uint16)
    colours: NDArray[np.uint8] = ((left[:, :, :3] * left[:, :, 3:4] + 127) // 255).astype(np.uint8)
    return colours
