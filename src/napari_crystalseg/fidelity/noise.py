"""Noise: its power spectrum in slices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .same_shape import check_same_shape

# Terms of the surface taken off a patch before its noise is measured: a plane and its bending.
_TREND_DEGREE = 2


@dataclass(frozen=True, eq=False)
class NoisePower:
    """Noise power spectrum, averaged over directions and patches.

    Parameters
    ----------
    frequency : ndarray of float64, shape (frequency,)
        Cycles a pixel, to the corner of the square of frequencies.
    power : ndarray of float64, shape (frequency,)
        Squared voxel values times px²: white noise has its variance at every frequency.
    weight : ndarray of int, shape (frequency,)
        Frequencies of the square that were averaged: ``(power · weight).sum() / weight.sum()`` is the variance.
    variance : float
        Mean square of the patches, less their trends; squared voxel values.
    patches : int
        Patches that were averaged.
    """

    frequency: NDArray[np.float64]
    power: NDArray[np.float64]
    weight: NDArray[np.intp]
    variance: float
    patches: int


def noise_power(
    voxel_values: NDArray[np.floating], counted: NDArray[np.bool_] | None = None, patch_px: int = 16
) -> NoisePower | None:
    """Noise power spectrum of slices, from square patches less a bent plane each.

    |DFT|² / n² of patches of n² pixels (Siewerdsen, Cunningham & Jaffray, Med. Phys. 29, 2655, 2002), averaged over
    patches and rings of frequencies. What is taken off as trend is missing at the lowest two frequencies.

    Parameters
    ----------
    voxel_values : ndarray, shape (row, column) or (z, y, x)
        Slices.
    counted : ndarray of bool, same shape, optional
        Patches must lie in it; all by default.
    patch_px : int
        Pixels along each side of a patch, at least 8.

    Returns
    -------
    NoisePower or None
        None where no patch fits.

    Raises
    ------
    InputError
        A mask of another shape, or patches below 8 pixels.
    """
    if patch_px < 8:
        raise InputError(f"A patch needs at least 8 pixels a side, not {patch_px}.")
    mask = np.ones(voxel_values.shape, dtype=bool) if counted is None else np.asarray(counted, dtype=bool)
    check_same_shape(voxel_values, mask, "mask of what is counted")
    if voxel_values.ndim == 2:
        voxel_values, mask = voxel_values[np.newaxis], mask[np.newaxis]
    patches = _patches(voxel_values, mask, patch_px)
    if not len(patches):
        return None
    flat = patches.reshape(len(patches), -1)
    trend = _trend(patch_px)
    flat = flat - (flat @ trend) @ trend.T
    spectrum = np.abs(np.fft.fft2(flat.reshape(patches.shape))) ** 2
    mean = spectrum.mean(axis=0) / patch_px**2
    frequency = np.fft.fftfreq(patch_px) * patch_px
    ring = np.rint(np.hypot(frequency[:, np.newaxis], frequency)).astype(np.intp).reshape(-1)
    weight = np.bincount(ring)
    return NoisePower(
        np.arange(weight.size) / patch_px,
        np.bincount(ring, weights=mean.reshape(-1)) / np.maximum(weight, 1),
        weight,
        float((flat**2).mean()),
        len(patches),
    )


def _patches(voxel_values: NDArray[np.floating], mask: NDArray[np.bool_], size: int) -> NDArray[np.float64]:
    """Squares of slices that lie in a mask and do not overlap, shape (patch, row, column)."""
    found = []
    for one, chosen in zip(voxel_values, mask, strict=True):
        free = chosen.copy()
        # How many pixels of each square, named by its first corner, are free.
        corners = np.pad(chosen.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
        full = corners[size:, size:] - corners[:-size, size:] - corners[size:, :-size] + corners[:-size, :-size]
        for row, column in np.argwhere(full == size * size):
            square = (slice(row, row + size), slice(column, column + size))
            if free[square].all():
                free[square] = False
                found.append(one[square].astype(np.float64))
    return np.array(found).reshape(-1, size, size)


def _trend(size: int) -> NDArray[np.float64]:
    """Orthonormal polynomials on a square, shape (pixel, term)."""
    y, x = np.meshgrid(*(np.linspace(-1, 1, size),) * 2, indexing="ij")
    terms = [y**i * x**j for i in range(_TREND_DEGREE + 1) for j in range(_TREND_DEGREE + 1 - i)]
    basis, _ = np.linalg.qr(np.stack([term.reshape(-1) for term in terms], axis=1))
    return basis
