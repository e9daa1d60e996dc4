"""The ramp filter of filtered back-projection."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

FILTERS = ("ram-lak", "shepp-logan", "cosine", "hann")

# Columns at either side whose mean continues a projection beyond the detector: one alone would smear its noise.
_EDGE_COLUMNS = 4


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
    projections: NDArray[np.float32], before: int, after: int, filter_name: str = "ram-lak"
) -> NDArray[np.float32]:
    """Filter projections along their last axis and continue them beyond the detector.

    Beyond the detector a projection keeps its edge value and fades linearly into that of the other side, so that
    the circular convolution meets no step: zero where air is at both sides, and no bright rim where the sample is
    wider than the field.

    Parameters
    ----------
    projections : ndarray of float32, shape (..., column)
        Line integrals.
    before, after : int
        Columns of the result before the first and after the last detector column.
    filter_name : str
        One of :data:`FILTERS`.

    Returns
    -------
    ndarray of float32, shape (..., before + column + after)
        Filtered projections, for unit pixels.
    """
    from scipy.fft import irfft, next_fast_len, rfft

    width = projections.shape[-1]
    reach = width + max(before, after)
    # Twice the reach keeps the wrapped tails of the kernel away from what is returned.
    length = next_fast_len(2 * reach, real=True)
    response = ramp_response(length, filter_name).astype(np.float32)
    padded = np.empty((*projections.shape[:-1], length), dtype=np.float32)
    continued(projections, before, after, padded)
    result = irfft(rfft(padded, axis=-1) * response, n=length, axis=-1)
    return np.concatenate((result[..., length - before :], result[..., : width + after]), axis=-1)


def continued(projections: NDArray[np.floating], before: int, after: int, out: NDArray[np.float32]) -> None:
    """Continue projections beyond the detector, periodically: what follows the last column also precedes the first.

    Each edge is held over the columns that are looked at, and fades into the other between them.

    Parameters
    ----------
    projections : ndarray, shape (..., column)
        Line integrals.
    before, after : int
        Columns over which the first and the last are held.
    out : ndarray of float32, shape (..., sample)
        Filled with the projections, from sample 0, and their continuation.
    """
    width, length = projections.shape[-1], out.shape[-1]
    edge = min(_EDGE_COLUMNS, width)
    left = projections[..., :edge].mean(axis=-1, keepdims=True)
    right = projections[..., -edge:].mean(axis=-1, keepdims=True)
    out[..., :width] = projections
    fade = np.zeros(length - width, dtype=np.float32)
    hold_right, hold_left = min(after, fade.size), min(before, max(fade.size - after, 0))
    between = fade.size - hold_right - hold_left
    fade[hold_right : hold_right + between] = (np.arange(between) + 0.5) / max(between, 1)
    fade[hold_right + between :] = 1
    out[..., width:] = right + (left - right) * fade
