"""Paganin's phase retrieval for a sample of one material."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...wavelength import wavelength_um

# Frames filtered together.
_BYTES_AT_ONCE = 128 * 2**20


def paganin(
    transmission: NDArray[np.float32],
    delta_beta: float,
    energy_kev: float,
    distance_mm: float,
    pixel_size_um: float,
) -> NDArray[np.float32]:
    """Undo the edge fringes of propagation, for a sample of one material.

    Divides the spectrum of each frame by ``1 + π λ z (δ/β) f²`` (Paganin et al., J. Microsc. 206 (2002) 33), so that
    minus the logarithm of the result is the line integral of the attenuation, as it was at the sample.

    Parameters
    ----------
    transmission : ndarray of float32, shape (angle, row, column)
        Normalised projections.
    delta_beta : float
        Ratio of refractive index decrement to absorption index of the material.
    energy_kev, distance_mm, pixel_size_um : float
        Photon energy, distance from sample to detector, pixel size.

    Returns
    -------
    ndarray of float32, shape (angle, row, column)
        Transmission as at the sample.

    Raises
    ------
    InputError
        A parameter that is not positive (a distance or ratio of zero changes nothing).
    """
    if not (np.isfinite(delta_beta) and delta_beta >= 0):
        raise InputError(f"delta/beta must not be negative, not {delta_beta}.")
    if not (energy_kev > 0 and distance_mm >= 0 and pixel_size_um > 0):
        raise InputError("Phase retrieval needs a positive energy and pixel size, and a distance that is not negative.")
    from scipy.fft import irfft2, next_fast_len, rfft2

    strength_um2 = np.pi * wavelength_um(energy_kev) * distance_mm * 1e3 * delta_beta
    count, rows, columns = transmission.shape
    # The response falls by e every sqrt(strength) / 2π; pad by several of these with the edge values.
    margin = int(np.clip(np.ceil(6 * np.sqrt(strength_um2) / (2 * np.pi) / pixel_size_um), 1, max(rows, columns)))
    height, width = (next_fast_len(size + 2 * margin, real=True) for size in (rows, columns))
    below, after = height - rows - margin, width - columns - margin
    f_row = np.fft.fftfreq(height, pixel_size_um)[:, np.newaxis]
    f_column = np.fft.rfftfreq(width, pixel_size_um)
    response = (1 / (1 + strength_um2 * (f_row**2 + f_column**2))).astype(np.float32)
    result = np.empty_like(transmission, dtype=np.float32)
    frames = max(1, _BYTES_AT_ONCE // (16 * height * width))
    for first in range(0, count, frames):
        part = transmission[first : first + frames].astype(np.float32)
        padded = np.pad(part, ((0, 0), (margin, below), (margin, after)), mode="edge")
        smooth = irfft2(rfft2(padded) * response, s=(height, width))
        result[first : first + frames] = smooth[:, margin : margin + rows, margin : margin + columns]
    return result
