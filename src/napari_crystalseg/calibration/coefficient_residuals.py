"""What the measurement of coefficients leaves unexplained, as figures for a plot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..absorption.attenuation_fit import AttenuationFit
from .blurred_attenuation import BlurredModel, Observations
from .projection_alignment import Alignment

_MOST_POINTS = 20_000


@dataclass(frozen=True, eq=False)
class ResidualPictures:
    """What is left of −ln T where the fit is taken off.

    Parameters
    ----------
    angle_deg : float
        Angle of the projection shown.
    measured, predicted : ndarray of float32, shape (row, column)
        Blurred −ln T of that projection; level and fringe terms are with the prediction, which is NaN where
        pixels were left out.
    pixel_size_um : float
        Pixel of the pictures, µm.
    path_um, residual : ndarray of float32, shape (observation,)
        Path length in the sample and residual of a thinned set of pixels at all angles.
    angles_deg, rms : ndarray, shape (angle,)
        Root mean square of the residuals at each angle.
    """

    angle_deg: float
    measured: NDArray[np.float32]
    predicted: NDArray[np.float32]
    pixel_size_um: float
    path_um: NDArray[np.float32]
    residual: NDArray[np.float32]
    angles_deg: NDArray[np.float64]
    rms: NDArray[np.float64]


def residual_pictures(
    model: BlurredModel,
    seen: Observations,
    fit: AttenuationFit,
    per_um: NDArray[np.float64],
    alignment: Alignment,
    pixel_size_um: float,
) -> ResidualPictures:
    """Collect the residuals of a fit; the projection shown is the one whose residuals are in the middle."""
    count = len(model.angles_deg)
    squares = np.bincount(seen.group, fit.residuals**2, count)
    rms = np.sqrt(squares / np.maximum(np.bincount(seen.group, minlength=count), 1))
    typical = int(np.argsort(rms)[count // 2])
    measured, predicted, terms, own = model.image(typical, per_um, alignment)
    predicted = predicted + terms @ fit.nuisances + own @ fit.group_nuisances[typical]
    used = model.pixels(typical, model.maps(alignment)[typical])
    predicted = np.where(used, predicted, np.nan)
    chosen = np.linspace(0, len(seen.group) - 1, min(_MOST_POINTS, len(seen.group))).astype(int)
    return ResidualPictures(
        float(model.angles_deg[typical]),
        measured.astype(np.float32),
        predicted.astype(np.float32),
        pixel_size_um,
        seen.lengths_um.sum(axis=1)[chosen].astype(np.float32),
        fit.residuals[chosen].astype(np.float32),
        model.angles_deg,
        rms,
    )
