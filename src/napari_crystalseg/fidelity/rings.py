"""Rings: how strong they are at each distance from the rotation axis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .same_shape import check_same_shape


@dataclass(frozen=True, eq=False)
class RingProfile:
    """How strong rings are at each radius.

    Parameters
    ----------
    radius_px : ndarray of int, shape (radius,)
        Distance from the rotation axis.
    rms : ndarray of float64, shape (radius,)
        Root mean square of the rings over slices or rows, the share of the noise taken off; NaN where nothing was
        counted.
    weight : ndarray of float64, shape (radius,)
        Slices or rows that were counted.
    """

    radius_px: NDArray[np.intp]
    rms: NDArray[np.float64]
    weight: NDArray[np.float64]

    def between(self, low_px: float, high_px: float) -> float:
        """Root mean square over radii from ``low_px`` to below ``high_px``; NaN where nothing was counted."""
        chosen = (self.radius_px >= low_px) & (self.radius_px < high_px) & (self.weight > 0)
        if not chosen.any():
            return float("nan")
        return float(np.sqrt(np.average(self.rms[chosen] ** 2, weights=self.weight[chosen])))


def ring_profile(
    slices: NDArray[np.floating],
    counted: NDArray[np.bool_] | None = None,
    centre_px: tuple[float, float] | None = None,
    high_pass_px: int = 11,
    fewest_px: int = 12,
) -> RingProfile:
    """Strength of rings in slices across the rotation axis.

    The mean over each ring, less the running mean over ``high_pass_px`` radii. Noise, which leaves its variance over
    the number of pixels in such a mean, is taken off.

    Parameters
    ----------
    slices : ndarray, shape (row, column) or (z, y, x)
        Voxel values; each slice has rings of its own.
    counted : ndarray of bool, same shape, optional
        Pixels to count, as those away from borders; all by default.
    centre_px : (float, float), optional
        Rotation axis at (row, column); by default the middle, where reconstructions here have it.
    high_pass_px : int
        Radii of the running mean, odd.
    fewest_px : int
        Rings with fewer pixels are left out.

    Returns
    -------
    RingProfile

    Raises
    ------
    InputError
        A mask of another shape, or an even running mean.
    """
    mask = np.ones(slices.shape, dtype=bool) if counted is None else np.asarray(counted, dtype=bool)
    check_same_shape(slices, mask, "mask of what is counted")
    _check_odd(high_pass_px)
    if slices.ndim == 2:
        slices, mask = slices[np.newaxis], mask[np.newaxis]
    centre = [(n - 1) / 2 for n in slices.shape[1:]] if centre_px is None else centre_px
    y, x = (np.arange(n) - c for n, c in zip(slices.shape[1:], centre, strict=True))
    radius = np.rint(np.hypot(y[:, np.newaxis], x)).astype(np.intp)
    size = int(radius.max()) + 1
    squares, weight = np.zeros(size), np.zeros(size)
    for voxel_values, chosen in zip(slices, mask, strict=True):
        ring, values = radius[chosen], voxel_values[chosen].astype(np.float64)
        counts = np.bincount(ring, minlength=size)
        known = counts >= fewest_px
        mean = np.bincount(ring, weights=values, minlength=size) / np.maximum(counts, 1)
        spread = np.bincount(ring, weights=(values - mean[ring]) ** 2, minlength=size)
        noise = spread / np.maximum(counts - 1, 1) / np.maximum(counts, 1)
        high, share = _high_passed(mean, known, noise, high_pass_px)
        squares += np.where(known, high**2 - share, 0)
        weight += known
    rms = np.sqrt(np.clip(squares / np.maximum(weight, 1), 0, None))
    return RingProfile(np.arange(size), np.where(weight > 0, rms, np.nan), weight)


def mirrored_ring_profile(
    plane: NDArray[np.floating],
    centre_px: float,
    counted: NDArray[np.bool_] | None = None,
    high_pass_px: int = 11,
) -> RingProfile:
    """Strength of rings in a plane along the rotation axis, where they appear as pairs of dots.

    Rows less their running mean are split into what is even and what is odd about the axis. Rings are even; noise and
    structure have as much of both, and their share is taken off as that of the odd part.

    Parameters
    ----------
    plane : ndarray, shape (row, column)
        Voxel values; the rotation axis runs along the columns.
    centre_px : float
        Its column, a multiple of one half.
    counted : ndarray of bool, same shape, optional
        Pixels to count, where both of a pair are in it; all by default.
    high_pass_px : int
        Columns of the running mean, odd.

    Returns
    -------
    RingProfile
        Radii are whole pixels; with the axis between two columns, those of its neighbours are 0.

    Raises
    ------
    InputError
        A mask of another shape, an even running mean, or an axis that is outside or not at a multiple of one half.
    """
    mask = np.ones(plane.shape, dtype=bool) if counted is None else np.asarray(counted, dtype=bool)
    check_same_shape(plane, mask, "mask of what is counted")
    _check_odd(high_pass_px)
    if not 0 <= centre_px <= plane.shape[1] - 1 or 2 * centre_px != round(2 * centre_px):
        raise InputError(f"The axis must lie in the plane, at a multiple of half a pixel, not at {centre_px}.")
    right = np.arange(int(np.ceil(centre_px)), plane.shape[1])
    left = (2 * centre_px - right).astype(np.intp)
    right, left = right[left >= 0], left[left >= 0]
    no_noise = np.zeros(plane.shape[1])
    even, odd = np.zeros(right.size), np.zeros(right.size)
    weight = np.zeros(right.size)
    for voxel_values, chosen in zip(plane, mask, strict=True):
        high, _ = _high_passed(voxel_values.astype(np.float64), chosen, no_noise, high_pass_px)
        both = chosen[left] & chosen[right]
        even += np.where(both, (high[right] + high[left]) ** 2 / 4, 0)
        odd += np.where(both, (high[right] - high[left]) ** 2 / 4, 0)
        weight += both
    # On the axis itself a pixel is its own mirror image, and nothing is odd.
    weight[right == left] = 0
    rms = np.sqrt(np.clip((even - odd) / np.maximum(weight, 1), 0, None))
    return RingProfile(np.floor(right - centre_px).astype(np.intp), np.where(weight > 0, rms, np.nan), weight)


def _high_passed(
    values: NDArray[np.float64], known: NDArray[np.bool_], variance: NDArray[np.float64], length: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values less the mean of what is known about them, 0 where unknown; and the variance that noise leaves in them."""
    weight = known.astype(np.float64)
    count = np.maximum(_running_sum(weight, length), 1)
    mean = _running_sum(values * weight, length) / count
    around = _running_sum(variance * weight, length) / count**2
    return np.where(known, values - mean, 0), np.where(known, variance * (1 - 2 / count) + around, 0)


def _running_sum(values: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    return np.convolve(values, np.ones(length))[length // 2 : length // 2 + values.size]


def _check_odd(high_pass_px: int) -> None:
    if high_pass_px < 3 or high_pass_px % 2 != 1:
        raise InputError(f"The running mean needs an odd number of pixels from 3 on, not {high_pass_px}.")
