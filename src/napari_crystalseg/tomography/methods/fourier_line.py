"""The spectra of filtered projections, which every Fourier method starts from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .back_projection import angular_weights
from .extrapolation import extrapolated
from .filtering import ramp_response
from .ray_geometry import Geometry


def padded_length(geometry: Geometry) -> int:
    """Samples of a padded projection: twice the extent about the axis, so that the filter's tails do not wrap."""
    from scipy.fft import next_fast_len

    farther = max(geometry.centre_px, geometry.columns - 1 - geometry.centre_px)
    return int(next_fast_len(geometry.columns + 2 * int(np.ceil(farther))))


def line_factors(geometry: Geometry, length: int, centred: bool = True) -> NDArray[np.complex64]:
    """What the spectrum of each projection is multiplied by, (angle, frequency).

    The ramp (Kak & Slaney's discrete one, with its window), the response of linear interpolation (the square of a
    sinc), so that a slice is as sharp and as noisy as a back-projected one, the angle that the projection stands for,
    and the phase that moves the axis from its column to the middle of the slice. That is a voxel for odd W and lies
    between two for even W, where the index of voxels in a Fourier transform, -W/2 to W/2 - 1, is half a voxel off.

    Parameters
    ----------
    geometry : Geometry
        Angles, centre and filter.
    length : int
        Samples of the padded projection.
    centred : bool
        Leave out the phase of the centre if False.
    """
    frequency = np.fft.fftfreq(length)
    ramp = ramp_response(length, geometry.filter_name)[np.abs(np.rint(frequency * length)).astype(int)]
    ramp *= np.sinc(frequency) ** 2
    if length % 2 == 0:
        # The highest frequency has no partner of the other sign, and would mix the two slices of a pair.
        ramp[length // 2] = 0
    radians = np.deg2rad(geometry.angles_deg)
    shift = np.zeros(geometry.angles) if geometry.columns % 2 else 0.5 * (np.cos(radians) - np.sin(radians))
    if centred:
        shift = shift + geometry.centre_px
    weights = angular_weights(geometry.angles_deg) / (length * geometry.pixel_length)
    turn = np.exp(2j * np.pi * frequency * shift[:, np.newaxis])
    factors: NDArray[np.complex64] = (weights[:, np.newaxis] * ramp * turn).astype(np.complex64)
    return factors


def paired(line_integrals: NDArray[np.floating], pairs: int, geometry: Geometry, length: int) -> NDArray[np.complex64]:
    """Two rows each as real and imaginary part, extrapolated beyond the detector, (angle, pair, sample).

    Where there are fewer rows than pairs hold, the rest is zero.
    """
    count, rows, width = line_integrals.shape
    radius = (width - 1) / np.sqrt(2) + 1
    before = max(0, int(np.ceil(radius - geometry.centre_px)))
    after = max(0, int(np.ceil(geometry.centre_px + radius - (width - 1))))
    result = np.zeros((count, pairs, length), dtype=np.complex64)
    extrapolated(
        line_integrals[:, 0::2], before, after, result.real[:, : (rows + 1) // 2], geometry.extrapolated_about_px
    )
    if rows > 1:
        extrapolated(
            line_integrals[:, 1::2], before, after, result.imag[:, : rows // 2], geometry.extrapolated_about_px
        )
    return result
