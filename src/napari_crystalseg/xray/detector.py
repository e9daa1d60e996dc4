"""Detector: from intensity to counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FULL_SCALE = 65535
DARK_OFFSET = 100.0
TAIL_SIGMA_PX = 6.0


def modulation_transfer(frequency_squared: NDArray[np.floating], sigma_px: float, tail: float) -> NDArray[np.floating]:
    """Modulation transfer exp(−2π²σ²f²) of the point spread, with a wide Gaussian tail.

    Parameters
    ----------
    frequency_squared : ndarray, any shape
        Squared spatial frequency, 1/px².
    sigma_px : float
        Standard deviation of the core, px.
    tail : float
        Fraction of the light that scatters into a tail of standard deviation ``TAIL_SIGMA_PX``.
    """
    core = np.exp(-2 * np.pi**2 * sigma_px**2 * frequency_squared)
    wide = np.exp(-2 * np.pi**2 * TAIL_SIGMA_PX**2 * frequency_squared)
    transfer: NDArray[np.floating] = (1 - tail) * core + tail * wide
    return transfer


@dataclass(frozen=True)
class DetectorResponse:
    """What a detector makes of light; a part of :class:`.acquisition.Acquisition`, which checks and explains it.

    Parameters
    ----------
    gain : float
        Counts a photon, on average over the pixels.
    read_noise : float
        Standard deviation of the read noise, counts.
    psf_sigma_px, psf_tail : float
        Core of the point spread (standard deviation, px) and fraction of the light in its wide tail.
    gain_spread : float
        Relative standard deviation of the pixels' gain, the same in flats and projections.
    gain_drift, column_gain_drift : float
        Relative change of each pixel's, each column's gain between flats and projections.
    dead_fraction, hot_fraction : float
        Fractions of pixels that see nothing, or show counts always.
    zinger_rate : float
        Probability of a zinger, a pixel and frame.
    bits : int
        Bits that the detector counts with.
    """

    gain: float
    read_noise: float
    psf_sigma_px: float
    psf_tail: float
    gain_spread: float
    gain_drift: float
    column_gain_drift: float
    dead_fraction: float
    hot_fraction: float
    zinger_rate: float
    bits: int


class PointSpread:
    """Blur of the detector and of the source, for frames of one shape (row, column).

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the frames.
    sigma_px, tail : float
        Point spread of the detector, see :func:`modulation_transfer`.
    source_px : (float, float)
        Standard deviation of the image of the source along rows and columns, px.
    """

    def __init__(
        self, shape: tuple[int, int], sigma_px: float, tail: float, source_px: tuple[float, float] = (0.0, 0.0)
    ) -> None:
        from scipy.fft import next_fast_len

        extent_px = 3 * TAIL_SIGMA_PX if tail > 0 else 0.0
        self._pad = int(np.ceil(max(extent_px, 4 * np.hypot(sigma_px, max(source_px)))))
        self._padded = tuple(next_fast_len(size + 2 * self._pad, real=True) for size in shape)
        rows, columns = np.fft.fftfreq(self._padded[0]), np.fft.rfftfreq(self._padded[1])
        squared = rows[:, np.newaxis] ** 2 + columns**2
        transfer = modulation_transfer(squared, sigma_px, tail)
        for frequency, sigma in ((rows[:, np.newaxis], source_px[0]), (columns, source_px[1])):
            if sigma > 0:
                transfer = transfer * np.exp(-2 * np.pi**2 * sigma**2 * frequency**2)
        self._transfer = transfer.astype(np.float32)

    def __call__(self, intensity: NDArray[np.float32]) -> NDArray[np.float32]:
        """Blur an intensity; the light goes on beyond the edges as it is there."""
        if self._pad == 0:
            return intensity
        from scipy import fft

        pad = self._pad
        rows, columns = intensity.shape
        extra = [(pad, full - size - pad) for full, size in zip(self._padded, intensity.shape, strict=True)]
        padded = np.pad(intensity, extra, mode="edge")
        spectrum = fft.rfft2(padded, workers=1) * self._transfer
        blurred = fft.irfft2(spectrum, s=self._padded, workers=1, overwrite_x=True)
        return np.ascontiguousarray(blurred[pad : pad + rows, pad : pad + columns])


@dataclass(frozen=True, eq=False)
class PixelResponse:
    """What each pixel makes of the light: its gain, and whether it is dead or hot.

    Parameters
    ----------
    gain_flat, gain_scan : ndarray of float32, shape (row, column)
        Counts a photon over the mean, while the flats and while the projections were taken; 0 where dead.
    extra_counts : ndarray of float32, shape (row, column)
        Counts that hot pixels add to every frame.
    """

    gain_flat: NDArray[np.float32]
    gain_scan: NDArray[np.float32]
    extra_counts: NDArray[np.float32]

    @classmethod
    def draw(cls, rng: np.random.Generator, shape: tuple[int, int], response: DetectorResponse) -> PixelResponse:
        """Draw the pixels of a detector of this shape (row, column)."""
        gain = np.maximum(1 + response.gain_spread * rng.standard_normal(shape), 0.1)
        drift = 1 + response.gain_drift * rng.standard_normal(shape)
        drift = drift + response.column_gain_drift * rng.standard_normal(shape[1])
        fate = rng.random(shape)
        heat = rng.uniform(0.1, 1.0, shape) * FULL_SCALE
        dead = fate < response.dead_fraction
        hot = ~dead & (fate < response.dead_fraction + response.hot_fraction)
        gain[dead] = 0.0
        extra = np.where(hot, heat, 0.0)
        return cls(gain.astype(np.float32), (gain * drift).astype(np.float32), extra.astype(np.float32))


def read_out(
    rng: np.random.Generator,
    photons: NDArray[np.float32] | None,
    gain: NDArray[np.float32],
    extra_counts: NDArray[np.float32],
    response: DetectorResponse,
) -> NDArray[np.uint16]:
    """Count photons and digitise.

    Parameters
    ----------
    rng : Generator
        Source of the noise of this frame.
    photons : ndarray of float32, shape (row, column), or None
        Expected photons in each pixel; None without beam.
    gain, extra_counts : ndarray of float32, shape (row, column)
        Response of the pixels, see :class:`PixelResponse`.
    response : DetectorResponse
        The detector; hot pixels and zingers are brighter the more bits it counts with.

    Returns
    -------
    ndarray of uint16, shape (row, column)
        Counts over ``DARK_OFFSET``; what exceeds the full scale 2^bits − 1 stays there.
    """
    full_scale = 2**response.bits - 1
    counts = rng.standard_normal(gain.shape, dtype=np.float32)
    counts *= np.float32(response.read_noise)
    counts += np.float32(DARK_OFFSET)
    counts += extra_counts if response.bits == 16 else extra_counts * np.float32(full_scale / FULL_SCALE)
    if photons is not None:
        counts += np.float32(response.gain) * gain * rng.poisson(photons)
    if response.zinger_rate > 0:
        hits = rng.poisson(response.zinger_rate * counts.size)
        places = rng.integers(0, counts.size, hits)
        np.add.at(counts.reshape(-1), places, rng.exponential(0.3 * full_scale, hits).astype(np.float32))
    return np.clip(np.rint(counts), 0, full_scale).astype(np.uint16)
