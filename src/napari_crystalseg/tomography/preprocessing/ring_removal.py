"""Stripes in sinograms, which become rings in slices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from .dead_stripes import bridge_dead_stripes

STRIPE_METHODS = ("median", "sorting", "all", "none")


def remove_stripes(
    line_integrals: NDArray[np.float32], method: str = "median", size_px: int = 9
) -> NDArray[np.float32]:
    """Remove stripes that keep their column over all angles.

    Parameters
    ----------
    line_integrals : ndarray of float32, shape (angle, row, column)
        Minus the logarithm of the transmission.
    method : {"median", "sorting", "all", "none"}
        ``"median"`` bridges dead stripes and takes from each column the one number by which it stands out, as a wrong
        flat leaves it: the values of each column are sorted over the angles and compared with the median over
        neighbouring columns (after Vo, Atwood & Drakopoulos, Opt. Express 26 (2018) 28396, algorithm 3, which takes
        that median as the result), and the median of the difference is taken away, so that strongly absorbing features,
        which move from column to column, cause no streaks. ``"sorting"`` and ``"all"`` are
        ``remove_stripe_based_sorting`` and ``remove_all_stripe`` of algotom, from the same article: for stripes that
        change over the angles, and for all kinds together; the second wants many angles.
    size_px : int
        Columns of the median; stripes narrower than half of it go.

    Returns
    -------
    ndarray of float32, shape (angle, row, column)
        A new array, or with ``"none"`` the one given.

    Raises
    ------
    InputError
        An unknown method.
    """
    if method not in STRIPE_METHODS:
        raise InputError(f"Stripes are removed by one of {', '.join(STRIPE_METHODS)}, not {method!r}.")
    if method == "none":
        return line_integrals
    if method == "median":
        return _without_medians(bridge_dead_stripes(line_integrals), size_px)
    from algotom.prep import removal

    clean = removal.remove_stripe_based_sorting if method == "sorting" else removal.remove_all_stripe
    result = np.empty_like(line_integrals)
    for row in range(line_integrals.shape[1]):
        result[:, row] = clean(line_integrals[:, row].copy())
    return result


def _without_medians(line_integrals: NDArray[np.float32], size_px: int) -> NDArray[np.float32]:
    from .stripe_kernel import excess_over_median

    # Angles last: contiguous values sort many times faster.
    in_order = np.sort(np.ascontiguousarray(line_integrals.transpose(1, 2, 0), dtype=np.float32), axis=2)
    excess = np.empty_like(in_order)
    excess_over_median(in_order, size_px, excess)
    return (line_integrals - np.median(excess, axis=2)).astype(np.float32, copy=False)
