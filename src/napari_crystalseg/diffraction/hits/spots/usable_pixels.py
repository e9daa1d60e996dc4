"""Which pixels of an image hold a measurement."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ....errors import InputError

FULL_LEVEL = 0.9
"""Mean counts of a pixel from which on zeros in a row begin to say something."""

EXPECTED_COUNTS = 25.0
"""Counts that a run of zeros would hold if it were measured, from which on it was not: chance makes exp(-25)."""

MARKS = 8
"""Different negative numbers by which a detector may mark pixels."""

SHORTEST_RUN_PX, BLOCK_PX = 3, 16

UNEVEN = 2.0
"""Variance over mean of blocks from which on (or below its inverse) values are not single photons."""


def usable_pixels(image: ArrayLike, mask: ArrayLike | None = None) -> NDArray[np.bool_]:
    """Find the pixels that hold a measurement.

    Not so are pixels that are masked, that are not finite, that hold what detectors write for gaps and dead pixels
    (negative numbers where values are signed integers, the highest number where they are unsigned), and runs of zeros
    among pixels that have counts, as gaps are where they were written as zero.

    Parameters
    ----------
    image : array_like, shape (slow, fast)
        Counts, or values proportional to them.
    mask : array_like of bool, shape (slow, fast), or None
        True where a pixel is not to be used, as CBF, NeXus and napari's labels have it.

    Returns
    -------
    ndarray of bool, shape (slow, fast)
        True where a pixel is used.

    Raises
    ------
    InputError
        No image, or a mask of another shape.
    """
    pixels = np.asarray(image)
    if pixels.ndim != 2 or not pixels.size or pixels.dtype.kind not in "iufb":
        raise InputError(
            f"Spots are found in an image of one number a pixel (slow, fast), not in an array of shape {pixels.shape} "
            f"and type {pixels.dtype}."
        )
    if pixels.dtype.kind == "i":
        usable = pixels >= 0
        # Of many different ones, they are values below a pedestal and not marks.
        if len(np.unique(pixels[~usable])) > MARKS:
            usable[:] = True
    elif pixels.dtype.kind == "u":
        usable = pixels != np.iinfo(pixels.dtype).max
    elif pixels.dtype.kind == "f":
        usable = np.isfinite(pixels)
    else:
        usable = np.ones(pixels.shape, dtype=bool)
    if mask is not None:
        masked = np.asarray(mask)
        if masked.shape != pixels.shape:
            raise InputError(f"The mask has the shape {masked.shape} and the image {pixels.shape}; they must be alike.")
        usable &= masked == 0
    return usable & ~_unmeasured(pixels, usable)


def _unmeasured(pixels: NDArray[np.generic], usable: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Zeros in runs too long for the counts about them."""
    from scipy import ndimage

    from .zero_runs_kernel import zero_runs

    empty = usable & (pixels == 0)
    if not empty.any() or empty.sum() > usable.sum() / 2:
        return np.zeros(pixels.shape, bool)
    runs = zero_runs(empty)
    measured = usable & (runs < SHORTEST_RUN_PX)
    values = np.where(measured, pixels, 0).astype(np.float64)
    blocks = [np.arange(0, size, BLOCK_PX) for size in pixels.shape]

    def about(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        sums = np.add.reduceat(np.add.reduceat(weights, blocks[0], axis=0), blocks[1], axis=1)
        smoothed: NDArray[np.float64] = ndimage.uniform_filter(sums, 3, mode="constant")
        return smoothed

    counts, number = about(values), about(measured.astype(np.float64))
    some = (number > 0.5) & (counts > 0)
    if not some.any():
        return np.zeros(pixels.shape, bool)
    # Values for each photon, as variance over mean; of counts it is 1.
    gain = float(np.median((about(values**2)[some] - counts[some] ** 2 / number[some]) / counts[some]))
    mean = np.where(number > 0.5 / 9, counts / np.maximum(number, 1e-9), np.median(counts[some] / number[some]))
    photons = mean / (gain if gain > UNEVEN or 0 < gain < 1 / UNEVEN else 1.0)
    local = np.repeat(np.repeat(photons, BLOCK_PX, axis=0), BLOCK_PX, axis=1)[: pixels.shape[0], : pixels.shape[1]]
    unmeasured: NDArray[np.bool_] = (runs > 0) & (local >= FULL_LEVEL) & (runs * local >= EXPECTED_COUNTS)
    return unmeasured
