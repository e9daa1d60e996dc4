"""Where the rotation axis and the rows of labels are seen in each projection, and what shifts have in common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Alignment:
    """Where the rotation axis and the rows of the labels are seen in each projection.

    Parameters
    ----------
    columns : ndarray, shape (angle,)
        Detector column of the rotation axis of the labels.
    rows : ndarray, shape (angle,)
        Rows by which the labels are moved.
    """

    columns: NDArray[np.float64]
    rows: NDArray[np.float64]


def turn_basis(angles_deg: NDArray[np.float64]) -> NDArray[np.float64]:
    """How a shift of the axis, and of the labels along axes 2 and 1, moves the columns; shape (angle, 3)."""
    radians = np.deg2rad(angles_deg)
    return np.stack([np.ones_like(radians), np.cos(radians), -np.sin(radians)], axis=1)


def rigid_shift(angles_deg: NDArray[np.float64], columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shift of the axis, and of the labels along axes 2 and 1, that fits column shifts best despite outliers."""
    basis = turn_basis(angles_deg)
    weights = np.ones(len(columns))
    for _ in range(6):
        root = np.sqrt(weights)
        found = np.linalg.lstsq(basis * root[:, np.newaxis], columns * root, rcond=1e-6)[0]
        rest = np.abs(columns - basis @ found)
        weights = 1 / np.maximum(rest, max(0.25, 1.5 * float(np.median(rest))))
    return np.asarray(found)
