"""Tables and histogram of absorption factors, as files for other programs."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..factors import Factors
from ..io import replacing

BINS = 40


def write_factors_csv(factors: Factors, path: str | Path) -> None:
    """Write one line a reflection: h, k, l where known, A, its standard error, and the path length in each material."""
    index = factors.miller_index
    header = ["h", "k", "l"] if index is not None else []
    header += ["A", "standard_error", *(f"path_{material.title}_um" for material in factors.path_length_um)]
    columns = [factors.absorption, factors.standard_error, *factors.path_length_um.values()]
    with replacing(path) as partial, partial.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        for row in range(len(factors)):
            hkl = [] if index is None else [int(i) for i in index[row]]
            values = ("" if np.isnan(column[row]) else f"{column[row]:.6g}" for column in columns)
            writer.writerow([*hkl, *values])


def histogram(absorption: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return counts and bin edges of absorption factors, NaN left out; the bins span the values."""
    used = absorption[~np.isnan(absorption)]
    if not used.size:
        return np.zeros(BINS, dtype=np.int64), np.linspace(0, 1, BINS + 1)
    low, high = float(used.min()), float(used.max())
    if high - low < 1e-6:
        low, high = max(0.0, low - 0.005), min(1.0, high + 0.005)
    counts, edges = np.histogram(used, bins=BINS, range=(low, high))
    return counts.astype(np.int64), edges


def write_histogram_csv(factors: Factors, path: str | Path) -> None:
    """Write lower edge, upper edge and count of each bin of the histogram of A."""
    counts, edges = histogram(factors.absorption)
    with replacing(path) as partial, partial.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["A_from", "A_to", "reflections"])
        for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True):
            writer.writerow([f"{low:.6g}", f"{high:.6g}", int(count)])
