"""Scattered wave vectors as detector and beam predict them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...experiment.experiment import Sweep


def scattered_vectors(
    sweeps: tuple[Sweep, ...],
    sweep: NDArray[np.int64],
    panel: NDArray[np.int64] | None,
    mm: NDArray[np.float64] | None,
    px: NDArray[np.float64] | None,
) -> NDArray[np.float64]:
    """Predict s1: from the sample to the position on the panel, 1/wavelength long.

    Parameters
    ----------
    sweeps : tuple of Sweep
        Sweeps of the experiment.
    sweep : ndarray of int, shape (reflection,)
        Place of each reflection's sweep in them, -1 where not known.
    panel : ndarray of int, shape (reflection,), or None
        Panel of each.
    mm, px : ndarray of float64, shape (reflection, 2), or None
        Positions on the panels; pixels serve where millimetres are NaN or not given.

    Returns
    -------
    ndarray of float64, shape (reflection, 3)
        DIALS axes (X, Y, Z), 1/Å (unit vectors where the sweep has no wavelength). NaN where the position, the panel or
        the sweep is not known.
    """
    vectors = np.full((len(sweep), 3), np.nan)
    if panel is None:
        return vectors
    for number, model in enumerate(sweeps):
        own = np.flatnonzero(sweep == number)
        if model.detector is None or not own.size:
            continue
        places = (None if p is None else p[own] for p in (mm, px))
        vectors[own] = model.detector.beams(panel[own], *places) / (model.wavelength or 1.0)
    return vectors


def angles_between_deg(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the angle between the vectors of two tables, row by row, degrees; NaN where one is zero or not known."""
    with np.errstate(invalid="ignore", divide="ignore"):
        a, b = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (a, b))
        # Of the chord, not of the cosine, which cannot tell small angles.
        angles: NDArray[np.float64] = np.degrees(2 * np.arcsin(np.clip(np.linalg.norm(a - b, axis=1) / 2, 0, 1)))
        return angles
