"""BrightSquares: how many small squares of an image are bright by chance's measure, and how many chance makes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..spots.box_sums_kernel import box_sums
from ..spots.examined_image import ExaminedImage
from .squares_kernel import compare_with_frames

SQUARE_PX = 3
"""Side of a square, about the size of a spot."""

LEVELS = 10.0 ** -np.array([3.0, 3.5, 4.0, 4.5, 5.0, 6.0, 8.0])
"""Probabilities, in noise alone, of a square as bright; squares are counted between them."""

BULK = 0.05
"""Probability by which the noise itself is checked."""

_FRAME_HALF, _DIM_FRAME_HALF, _DIM = 5, 12, 1.0
_LARGEST = 2500


@dataclass(frozen=True, eq=False)
class BrightSquares:
    """Counts of bright squares in each of the nine ways in which squares of 3 x 3 pixels tile an image.

    Parameters
    ----------
    observed : ndarray of int64, shape (tiling, level)
        Squares that are as improbable as a level of ``LEVELS``, and not as the next.
    expected : ndarray of float64, shape (tiling, level)
        How many of them noise makes.
    """

    observed: NDArray[np.int64]
    expected: NDArray[np.float64]


def bright_squares(image: ExaminedImage) -> BrightSquares:
    """Count bright squares of an image, and what noise would make of it.

    The photons of a square are held against those of a frame about it. Where the background is even over the frame,
    the former have, given the latter, a negative binomial distribution (the background being known no better than the
    frame tells it, with Jeffreys's prior), of whatever rate the background is: nothing is fitted. As squares of a
    tiling share no pixels, their counts do not depend on each other. A square that is bright by one pixel alone is
    left out: it is a hot pixel or a cosmic ray.

    Parameters
    ----------
    image : ExaminedImage
        An image that the spot finder has been through.

    Returns
    -------
    BrightSquares
    """
    from scipy import special

    n, total, _ = box_sums(image.values, image.ordinary, SQUARE_PX // 2)
    clear = image.spotless & image.ordinary
    level = float(image.values[clear].mean() / image.gain) if clear.any() else 0.0
    half = _DIM_FRAME_HALF if level < _DIM else _FRAME_HALF
    outer, around, _ = box_sums(image.values, clear, half)
    inner, within, _ = box_sums(image.values, clear, SQUARE_PX // 2 + 1)
    full = (2 * half + 1) ** 2 - (SQUARE_PX + 2) ** 2
    table = _chance_of_levels(full)
    expected, place, photons, beside = compare_with_frames(
        total, n, around - within, outer - inner, image.noise, table, full, 0.6, SQUARE_PX
    )
    rows, columns = np.divmod(place, image.values.shape[1])
    ratio = SQUARE_PX**2 / full
    mean = ((beside + 0.5) * ratio).astype(np.float64)
    tail = special.betainc(np.maximum(photons, 1e-9), beside + 0.5, ratio / (1 + ratio))
    tail[_by_one_pixel(image, rows, columns, total[rows, columns], image.noise[rows, columns], mean)] = 1.0
    reached = np.searchsorted(-LEVELS, -tail, side="right")
    passed = _passing(rows, columns, reached, image.values.shape)
    bulk = int((tail <= BULK).sum())
    # The noise may be a little wider than that of counts: by how much, its bulk says.
    wider = np.log(max(bulk, 1) / max(float(expected[:, 0].sum()), 1.0))
    deviate = -special.ndtri(np.array([BULK, *LEVELS]))
    if expected[:, 0].sum() > 100 and wider > 0:
        expected = expected * np.exp(wider * (deviate / deviate[0]) ** 2 * 0.8)
    return BrightSquares(passed, _between(expected[:, 1:].astype(np.float64)))


def _passing(
    rows: NDArray[np.int64], columns: NDArray[np.int64], reached: NDArray[np.int64], shape: tuple[int, ...]
) -> NDArray[np.int64]:
    """Numbers of squares by the last level that they pass, shape (tiling, level), those that touch taken as one.

    One spot, or one scratch, is counted once however many squares it covers.
    """
    from scipy import ndimage

    counts = np.zeros((SQUARE_PX**2, len(LEVELS)), np.int64)
    tiling = rows % SQUARE_PX * SQUARE_PX + columns % SQUARE_PX
    size = [length // SQUARE_PX + 1 for length in shape]
    for number in range(SQUARE_PX**2):
        here = (tiling == number) & (reached > 0)
        level = np.zeros(size, np.int64)
        level[rows[here] // SQUARE_PX, columns[here] // SQUARE_PX] = reached[here]
        labels, found = ndimage.label(level, np.ones((3, 3)))
        if found:
            highest = ndimage.maximum(level, labels, np.arange(1, found + 1)).astype(np.int64)
            counts[number] = np.bincount(highest - 1, minlength=len(LEVELS))
    return counts


def _between(passed: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of those that pass each level those that do not pass the next."""
    between: NDArray[np.float64] = passed - np.column_stack([passed[:, 1:], np.zeros(len(passed))])
    return between


def _by_one_pixel(
    image: ExaminedImage,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    total: NDArray[np.float64],
    noise: NDArray[np.float64],
    mean: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Squares of which one pixel has all that is above the background, more than chance puts into it."""
    half = SQUARE_PX // 2
    brightest = np.zeros(len(rows))
    for down in range(-half, half + 1):
        for along in range(-half, half + 1):
            np.maximum(brightest, image.values[rows + down, columns + along], out=brightest)
    each = mean / SQUARE_PX**2
    rest = (total - brightest) / noise - mean * (1 - 1 / SQUARE_PX**2)
    single: NDArray[np.bool_] = (brightest / noise - each > 6 + 6 * np.sqrt(each)) & (rest < 1.5 + 2.5 * np.sqrt(mean))
    return single


@lru_cache(maxsize=4)
def _chance_of_levels(frame_px: int) -> NDArray[np.float64]:
    """Probability that a square is at or beyond BULK and each of LEVELS, by the photons of its frame.

    Photons come in whole numbers, so that the probability is that of the first number that passes a level, and below
    the level itself. Shape (photons + 1, level + 1); the last row holds for more photons than that as well.
    """
    from scipy import special

    ratio = SQUARE_PX**2 / frame_px
    levels = np.array([BULK, *LEVELS])
    table = np.empty((_LARGEST + 1, len(levels)))
    for beside in range(_LARGEST + 1):
        mean = (beside + 0.5) * ratio
        lowest = np.floor(mean)
        photons = lowest + np.arange(int(10 * np.sqrt(mean * (1 + ratio)) + 24))
        tails = special.betainc(np.maximum(photons, 1e-9), beside + 0.5, ratio / (1 + ratio))
        table[beside] = tails[np.argmax(tails[:, np.newaxis] <= levels, axis=0)]
    return table
