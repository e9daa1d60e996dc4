"""Drift of the beam's structure across the detector, seen in the air about the sample.

A beam B(r, c) that has moved by (s_r, s_c) since its flat leaves in air the transmission

    ln T = a − s_r ∂ ln B/∂r − s_c ∂ ln B/∂c

to first order: horizontal bands mostly, the structure of a multilayer or mirror. The shift is fitted in each projection
to the pixels that see air at every angle, and the bands are divided out over the whole frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Pixels that the fit uses at most; more tell little more.
_MOST_PIXELS = 20_000
_LEAST_PIXELS = 100
# Mean transmission over the angles within this of the air's, and so at every angle: air; and within this share of what
# the sample absorbs, since a faint sample that turns would pass for a beam that moves.
_AIR, _AIR_SHARE = 0.03, 0.1
# A shift is believed when its root mean square over the scan is so many of its standard errors.
_SIGNIFICANT = 3.0
# And when the air to the left and to the right of the sample tell the same by this share; a sample that turns does not.
_COMMON = 0.5
# Widths of the smoothing, pixels: the pixels' own gains must go, which do not move, and the bands must stay.
_ALONG_BAND, _ACROSS_BAND, _BROAD = 8.0, 1.0, 3.0


@dataclass(frozen=True, eq=False)
class BeamDrift:
    """Shift of the beam in each projection.

    Parameters
    ----------
    slopes : ndarray of float32, shape (2, row, column)
        Change of the logarithm of the beam a pixel, along rows' axis and along columns'.
    shift_px : ndarray of float32, shape (angle, 2)
        How far the beam has moved since the flat, along rows' axis and along columns', pixels.
    standard_error_px : (float, float)
        Standard error of a shift in one projection, pixels.
    """

    slopes: NDArray[np.float32]
    shift_px: NDArray[np.float32]
    standard_error_px: tuple[float, float]

    def at(self, index: Any) -> NDArray[np.float32]:
        """Factor by which the moved beam exceeds its flat, shape (angle, *pixels); ``index`` is for (row, column)."""
        down, across = (slope[index] for slope in self.slopes)
        by_row, by_column = (shift.reshape(-1, *(1,) * down.ndim) for shift in self.shift_px.T)
        drifted: NDArray[np.float32] = np.exp(-(by_row * down + by_column * across))
        return drifted

    def to_dict(self) -> dict[str, Any]:
        """Return the root mean square shift and its standard error, as JSON-ready values."""
        return {
            "shift_px_rms": [round(float(v), 3) for v in np.sqrt((self.shift_px**2).mean(axis=0))],
            "standard_error_px": [round(v, 3) for v in self.standard_error_px],
        }


def log_slopes(gain: NDArray[np.floating]) -> NDArray[np.float32]:
    """Slopes of the logarithm of the beam along both axes, smoothed so that the pixels' own gains drop out.

    Parameters
    ----------
    gain : ndarray, shape (row, column)
        Flat less dark, positive.

    Returns
    -------
    ndarray of float32, shape (2, row, column)
    """
    from scipy.ndimage import gaussian_filter

    logarithm = np.log(gain.astype(np.float64))
    along = gaussian_filter(logarithm, (_ACROSS_BAND, _ALONG_BAND), order=(1, 0), mode="nearest")
    across = gaussian_filter(logarithm, _BROAD, order=(0, 1), mode="nearest")
    return np.stack([along, across]).astype(np.float32)


def air_pixels(mean_over_air: NDArray[np.floating], slopes: NDArray[np.float32]) -> NDArray[np.intp]:
    """Choose pixels that see air at every angle.

    Parameters
    ----------
    mean_over_air : ndarray, shape (row, column)
        Mean transmission over the angles relative to that of the air, NaN at dead pixels.
    slopes : ndarray of float32, shape (2, row, column)
        From :func:`log_slopes`.

    Returns
    -------
    ndarray of int, shape (pixel, 2)
        Row and column, spread evenly; empty where there are too few.
    """
    from scipy.ndimage import uniform_filter

    known = np.isfinite(mean_over_air)
    logarithm = np.log(np.maximum(np.where(known, mean_over_air, 1.0), 1e-3))
    airy = (np.abs(uniform_filter(logarithm, 5, mode="nearest")) < _AIR) & known
    if airy.sum() < _LEAST_PIXELS:
        return np.argwhere(airy)[:0]
    # By how much the beam has moved on average: its bands are no sample.
    fit, _ = _fitted(_design(slopes, np.argwhere(airy)), logarithm[airy][np.newaxis])
    level = uniform_filter(logarithm - fit[0, 0] + np.tensordot(fit[0, 1:], slopes, axes=1), 5, mode="nearest")
    airy &= np.abs(level) < _AIR_SHARE * float(-np.percentile(level, 0.5))
    found = np.argwhere(airy)
    if len(found) < _LEAST_PIXELS:
        return found[:0]
    return found[:: -(-len(found) // _MOST_PIXELS)]


def find_beam_drift(
    air: NDArray[np.floating], pixels: NDArray[np.intp], slopes: NDArray[np.float32]
) -> BeamDrift | None:
    """Fit the shift of the beam to what the projections show of air.

    Parameters
    ----------
    air : ndarray, shape (angle, pixel)
        Transmission of the air pixels over the air's level.
    pixels : ndarray of int, shape (pixel, 2)
        Their rows and columns.
    slopes : ndarray of float32, shape (2, row, column)
        From :func:`log_slopes`.

    Returns
    -------
    BeamDrift or None
        None where no shift can be told from noise, which a correction would only add.
    """
    design = _design(slopes, pixels)
    seen = np.log(np.maximum(air, 1e-3)).astype(np.float64)
    # A thin fibre that crosses some pixels at some angles is no drift.
    _, used = _fitted(design, seen)
    fit, inverse = _least_squares(design[used], seen[:, used])
    noise = np.sqrt(((seen[:, used] - fit @ design[used].T) ** 2).mean())
    error = noise * np.sqrt(np.diag(inverse))[1:]
    shift = fit[:, 1:]
    power = (shift**2).mean(axis=0)
    believed = (np.sqrt(power) > _SIGNIFICANT * error) & (_common(design, seen, used, pixels[:, 1]) > _COMMON * power)
    if not believed.any():
        return None
    shift[:, ~believed] = 0
    return BeamDrift(slopes, shift.astype(np.float32), (float(error[0]), float(error[1])))


def _design(slopes: NDArray[np.float32], pixels: NDArray[np.intp]) -> NDArray[np.float64]:
    """Terms of the fit at some pixels, (pixel, 3): a constant and what a shift by a pixel changes."""
    down, across = -slopes[:, pixels[:, 0], pixels[:, 1]].astype(np.float64)
    return np.stack([np.ones_like(down), down, across], axis=1)


def _fitted(design: NDArray[np.float64], seen: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Coefficients (angle, term), and which pixels follow the fit."""
    used = np.ones(len(design), dtype=bool)
    fit = np.zeros((len(seen), design.shape[1]))
    for _ in range(3):
        fit, _ = _least_squares(design[used], seen[:, used])
        rest = np.sqrt(((seen - fit @ design.T) ** 2).mean(axis=0))
        used = rest <= 3 * np.median(rest)
    return fit, used


def _common(
    design: NDArray[np.float64], seen: NDArray[np.float64], used: NDArray[np.bool_], column: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Mean product of the shifts that pixels on the left tell with those that pixels on the right do, (2,)."""
    right = column > np.median(column[used])
    left_shift, right_shift = (
        _least_squares(design[half], seen[:, half])[0][:, 1:] for half in (used & ~right, used & right)
    )
    return np.asarray((left_shift * right_shift).mean(axis=0))


def _least_squares(
    design: NDArray[np.float64], seen: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coefficients (angle, term) and the inverse of the normal matrix."""
    inverse = np.linalg.pinv(design.T @ design).astype(np.float64)
    return seen @ design @ inverse, inverse
