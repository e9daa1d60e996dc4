"""The ramp filter of filtered back-projection."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from .extrapolation import extrapolated

FILTERS = ("ram-lak", "shepp-logan", "cosine", "hann")


def ramp_response(length: int, filter_name: str = "ram-lak") -> NDArray[np.float64]:
    """Frequency response of the band-limited ramp, for unit pixels.

    The ramp is sampled in space (Kak & Slaney, Principles of Computerized Tomographic Imaging, eq. 3.61) and then
    transformed. A bare |f| would set the zeroth frequency to nothing and lose a few per cent of the attenuation.

    Parameters
    ----------
    length : int
        Number of samples of the padded projection.
    filter_name : {"ram-lak", "shepp-logan", "cosine", "hann"}
        Window on the ramp: none, sinc, cosine or Hann.

    Returns
    -------
    ndarray of float64, shape (length // 2 + 1,)
        Real response at the frequencies of ``rfftfreq(length)``, 1/pixel.

    Raises
    ------
    InputError
        Unknown filter.
    """
    if filter_name not in FILTERS:
        raise InputError(f"There is no filter {filter_name!r}; choose one of {', '.join(FILTERS)}.")
    distance = np.fft.fftfreq(length, 1 / length)
    kernel = np.zeros(length)
    kernel[0] = 0.25
    odd = np.abs(distance).astype(int) % 2 == 1
    kernel[odd] = -1 / (np.pi * distance[odd]) ** 2
    response = np.fft.rfft(kernel).real
    frequency = np.fft.rfftfreq(length)
    if filter_name == "shepp-logan":
        response *= np.sinc(frequency)
    elif filter_name == "cosine":
        response *= np.cos(np.pi * frequency)
    elif filter_name == "hann":
        response *= 0.5 + 0.5 * np.cos(2 * np.pi * frequency)
    return response


def filtered(
    projections: NDArray[np.float32],
    before: int,
    after: int,
    filter_name: str = "ram-lak",
    centre_px: float | None = None,
) -> NDArray[np.float32]:
    """Filter projections along their last axis and extrapolate them beyond the detector.

    The extrapolation, see :func:`~.extrapolation.extrapolated`, spares the circular convolution a step, and a sample
    that is wider than the field a bright rim.

    Parameters
    ----------
    projections : ndarray of float32, shape (..., column)
        Line integrals.
    before, after : int
        Columns of the result before the first and after the last detector column.
    filter_name : str
        One of :data:`FILTERS`.
    centre_px : float, optional
        Column of the rotation axis, about which the projections are extrapolated as those of a cylinder. Without it the
        edge values are held.

    Returns
    -------
    ndarray of float32, shape (..., before + column + after)
        Filtered projections, for unit pixels.
    """
    from scipy.fft import irfft, next_fast_len, rfft

    width = projections.shape[-1]
    extent = width + max(before, after)
    # Twice the extent keeps the wrapped tails of the kernel away from what is returned.
    length = next_fast_len(2 * extent, real=True)
    response = ramp_response(length, filter_name).astype(np.float32)
    padded = np.empty((*projections.shape[:-1], length), dtype=np.float32)
    extrapolated(projections, before, after, padded, centre_px)
    result = irfft(rfft(padded, axis=-1) * response, n=length, axis=-1)
    return np.concatenate((result[..., length - before :], result[..., : width + after]), axis=-1)
