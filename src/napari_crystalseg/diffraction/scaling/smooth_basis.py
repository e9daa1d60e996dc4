"""Smooth basis: what varies slowly with the scan angle, as weights of parameters at even steps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

AVERAGED = 3
"""Nearest parameters that a value is the weighted mean of (dials.scale)."""

WIDTH = 0.65
"""Standard deviation of the Gaussian weights, in steps (dials.scale)."""


def smooth_basis(angle_deg: NDArray[np.float64], interval_deg: float) -> NDArray[np.float64]:
    """Return the weights of the parameters of a curve that is smooth in the scan angle.

    Parameters lie at even steps of at most the interval, half a step beyond the ends; each value is the mean of the
    nearest three, weighted by a Gaussian of their distance: the smoother of dials.scale (Beilsten-Edmands et al. 2020,
    Acta Cryst. D76, 385-399).

    Parameters
    ----------
    angle_deg : ndarray, shape (observation,)
        Scan angles of one sweep, degrees.
    interval_deg : float
        Largest step between parameters, degrees.

    Returns
    -------
    ndarray of float64, shape (observation, parameter)
        Weights, which add up to 1 in each row.
    """
    low, high = float(angle_deg.min()), float(angle_deg.max())
    steps = max(int(np.ceil((high - low) / interval_deg - 1e-9)), 1)
    if high == low:
        return np.ones((len(angle_deg), 1))
    position = (angle_deg - low) / (high - low) * steps
    places = np.arange(steps + 2) - 0.5
    distance = np.abs(position[:, np.newaxis] - places)
    weights = np.exp(-0.5 * np.square(distance / WIDTH))
    kept = np.argsort(distance, axis=1, kind="stable")[:, : min(AVERAGED, len(places))]
    mask = np.zeros_like(weights, dtype=bool)
    np.put_along_axis(mask, kept, True, axis=1)
    weights[~mask] = 0
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))
