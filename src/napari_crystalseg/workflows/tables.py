"""Table of absorption factors, as a file for other programs."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from ..factors import Factors
from ..io import replacing


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
