"""Evidence for a crystal: by how much bright squares are more probable with one than without."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .bright_squares import LEVELS, BrightSquares

NUMBERS = (2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0)
"""Bright squares that a crystal may make."""

FALLS = (0.4, 0.7, 1.0, 2.0, 6.0)
"""How many times as many of them are at a level as at the one before: crystals of weak and of strong spots."""

WIDTH_UNKNOWN = 0.01
"""How well the width of the noise is known, a part of it; the farther out, the less its tail is."""

STRAYS = 0.4
"""Squares at the last level that come of no crystal, on average: cosmic rays, dust on a window, grains of ice."""


def log10_evidence(squares: BrightSquares) -> float:
    """Return the decimal logarithm of the likelihood of bright squares with a crystal over that without.

    Without one, the numbers at the levels are those of noise, whose mean is uncertain by a part that grows outwards,
    and strays. With one, squares are added: few or many, weak or strong, each way equally probable. The nine tilings
    are averaged as likelihoods. Counted so, noise alone gives 10 to 1 for a crystal in at most one of ten images.

    Parameters
    ----------
    squares : BrightSquares
        What was counted and what noise makes.
    """
    from scipy import special

    deviate = -special.ndtri(LEVELS)
    unknown = WIDTH_UNKNOWN * deviate**2
    strays = np.zeros(len(LEVELS))
    strays[-1] = STRAYS
    without = _log_probability(squares.observed, squares.expected + strays, unknown).sum(axis=1)
    steps = np.arange(len(LEVELS))
    ways = []
    for fall in FALLS:
        share = fall**steps / (fall**steps).sum()
        for number in NUMBERS:
            added = squares.expected + strays + number * share
            # Only the part that noise makes is uncertain.
            part = unknown * (squares.expected + strays) / added
            ways.append(_log_probability(squares.observed, added, part).sum(axis=1))
    with_one = special.logsumexp(np.array(ways), axis=0) - np.log(len(ways))
    ratio = special.logsumexp(with_one - without) - np.log(len(without))
    return float(ratio / np.log(10))


def _log_probability(
    observed: NDArray[np.int64], expected: NDArray[np.float64], unknown: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Of counts whose mean is itself known to a part only: a Poisson distribution averaged, a negative binomial one."""
    from scipy import special

    shape = 1 / np.maximum(unknown, 1e-4) ** 2
    mean = np.maximum(expected, 1e-12)
    log: NDArray[np.float64] = (
        special.gammaln(observed + shape)
        - special.gammaln(shape)
        - special.gammaln(observed + 1)
        + observed * np.log(mean / (mean + shape))
        - shape * np.log1p(mean / shape)
    )
    return log
