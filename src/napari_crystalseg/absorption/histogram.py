"""Histogram of absorption factors."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import StringIO

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..factors import Factors


@dataclass(frozen=True, eq=False)
class Histogram:
    """Counts of reflections by their absorption factor.

    Parameters
    ----------
    edges : ndarray of float64, shape (bin + 1,)
        Edges of the bins of A_h.
    counts : ndarray of int64, shape (bin,)
        Reflections in each bin.
    """

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]

    def to_csv(self) -> str:
        """Return the table as CSV text with the columns ``A_low``, ``A_high``, ``reflections``."""
        text = StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["A_low", "A_high", "reflections"])
        for low, high, count in zip(self.edges[:-1], self.edges[1:], self.counts, strict=True):
            writer.writerow([f"{low:.6g}", f"{high:.6g}", int(count)])
        return text.getvalue()


def absorption_histogram(factors: Factors, bins: int = 40) -> Histogram:
    """Count reflections by absorption factor, between the smallest and the largest.

    Parameters
    ----------
    factors : Factors
        Absorption factors; those that are NaN are left out.
    bins : int
        Number of bins.

    Raises
    ------
    InputError
        Fewer than one bin, or no reflection with a factor.
    """
    if bins < 1:
        raise InputError(f"A histogram needs at least one bin, not {bins}.")
    values = factors.absorption[np.isfinite(factors.absorption)]
    if not values.size:
        raise InputError("No reflection has an absorption factor.")
    counts, edges = np.histogram(values, bins=bins)
    return Histogram(edges, counts.astype(np.int64))
