"""How real a reconstruction looks, in figures: grey levels, overshoot at edges, rings, noise power spectrum.

Each is a plain function of greys, so that simulated and real tomograms are measured alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..labels import Material

# Terms of the surface taken off a patch before its noise is measured: a plane and its bending.
_TREND_DEGREE = 2


def class_levels(
    greys: NDArray[np.floating], classes: NDArray[np.integer], margin_px: int = 3
) -> dict[Material, float]:
    """Median grey of each class, away from its borders.

    Parameters
    ----------
    greys : ndarray, shape (row, column) or (z, y, x)
        Reconstructed greys.
    classes : ndarray of int, same shape
        Codes of :class:`~napari_crystalseg.labels.Material`; others are left out.
    margin_px : int
        Pixels from any other class that count; fringes and blur reach less far.

    Returns
    -------
    dict of Material to float
        Without classes that are nowhere as thick as two margins.

    Raises
    ------
    InputError
        Classes of another shape.
    """
    from scipy.ndimage import distance_transform_edt

    _same_shape(greys, classes, "classes")
    levels = {}
    for material in Material:
        mask = classes == material
        if not mask.any():
            continue
        # Beyond the edge of the picture the class goes on.
        inner = mask if margin_px == 0 or mask.all() else distance_transform_edt(mask) > margin_px
        if inner.any():
            levels[material] = float(np.median(greys[inner]))
    return levels


def level_ratio(levels: Mapping[Material, float], of: Material, to: Material) -> float | None:
    """Ratio of two levels over that of air: for reconstructions, of the attenuation coefficients.

    Returns
    -------
    float or None
        None where one of the levels, or air, is not known, or ``to`` is as air.
    """
    if not {of, to, Material.AIR} <= levels.keys() or levels[to] == levels[Material.AIR]:
        return None
    return (levels[of] - levels[Material.AIR]) / (levels[to] - levels[Material.AIR])


@dataclass(frozen=True, eq=False)
class EdgeProfile:
    """Mean grey against depth below the air surface.

    Parameters
    ----------
    depth_px : ndarray of int, shape (depth,)
        0 is the outermost layer of pixels of the sample, -1 the innermost of the air.
    grey : ndarray of float64, shape (depth,)
        Mean grey of each layer; NaN where none is counted.
    air, plateau : float
        Mean grey well outside, and well inside.
    """

    depth_px: NDArray[np.intp]
    grey: NDArray[np.float64]
    air: float
    plateau: float

    @property
    def step(self) -> float:
        """Plateau over air."""
        return self.plateau - self.air

    @property
    def relative(self) -> NDArray[np.float64]:
        """Profile with air at 0 and the plateau at 1, shape (depth,)."""
        return (self.grey - self.air) / self.step

    @property
    def overshoot(self) -> float:
        """Brightest layer over the plateau, in parts of the step."""
        return float(np.nanmax(self.relative[self.depth_px >= 0])) - 1

    @property
    def undershoot(self) -> float:
        """Darkest layer of the air below air, in parts of the step."""
        return -float(np.nanmin(self.relative[self.depth_px < 0]))


def edge_profile(
    greys: NDArray[np.floating],
    sample: NDArray[np.bool_],
    counted: NDArray[np.bool_] | None = None,
    plateau_px: tuple[int, int] = (6, 12),
) -> EdgeProfile:
    """Mean grey against depth below the surface of a sample in air.

    Parameters
    ----------
    greys : ndarray, shape (row, column) or (z, y, x)
        Reconstructed greys.
    sample : ndarray of bool, same shape
        What is not air.
    counted : ndarray of bool, same shape, optional
        Pixels to count, as those of one class and of the air before it; all by default.
    plateau_px : (int, int)
        Depths, first and beyond the last, of which the mean is the plateau, and outside the air.

    Returns
    -------
    EdgeProfile
        From ``-plateau_px[1]`` to ``plateau_px[1] - 1``.

    Raises
    ------
    InputError
        Arrays of other shapes, depths in the wrong order, or no counted pixel as deep as the plateau.
    """
    from scipy.ndimage import distance_transform_edt

    _same_shape(greys, sample, "mask of the sample")
    first, beyond = plateau_px
    if not 0 < first < beyond:
        raise InputError(f"The plateau lies between two depths from 1 pixel on, the lower first, not {plateau_px}.")
    sample = np.asarray(sample, dtype=bool)
    if not sample.any() or sample.all():
        raise InputError("An edge needs both sample and air.")
    # A pixel that touches the surface is 1 from the nearest of the other kind.
    inside, outside = (np.floor(distance_transform_edt(mask)).astype(np.intp) for mask in (sample, ~sample))
    depth = np.where(sample, inside - 1, -outside)
    chosen = (depth >= -beyond) & (depth < beyond)
    if counted is not None:
        _same_shape(greys, counted, "mask of what is counted")
        chosen &= counted
    layer = depth[chosen] + beyond
    counts = np.bincount(layer, minlength=2 * beyond)
    sums = np.bincount(layer, weights=greys[chosen].astype(np.float64), minlength=2 * beyond)
    layers = np.arange(-beyond, beyond)
    deep, far = layers >= first, layers < -first
    for part, what in ((deep, "sample"), (far, "air")):
        if not counts[part].any():
            raise InputError(f"No {what} that is counted is {first} pixels from the surface; choose a lesser depth.")
    return EdgeProfile(
        layers,
        np.where(counts > 0, sums / np.maximum(counts, 1), np.nan),
        air=float(sums[far].sum() / counts[far].sum()),
        plateau=float(sums[deep].sum() / counts[deep].sum()),
    )


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
        Greys; each slice has rings of its own.
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
    _same_shape(slices, mask, "mask of what is counted")
    _odd(high_pass_px)
    if slices.ndim == 2:
        slices, mask = slices[np.newaxis], mask[np.newaxis]
    centre = [(n - 1) / 2 for n in slices.shape[1:]] if centre_px is None else centre_px
    y, x = (np.arange(n) - c for n, c in zip(slices.shape[1:], centre, strict=True))
    radius = np.rint(np.hypot(y[:, np.newaxis], x)).astype(np.intp)
    size = int(radius.max()) + 1
    squares, weight = np.zeros(size), np.zeros(size)
    for greys, chosen in zip(slices, mask, strict=True):
        ring, values = radius[chosen], greys[chosen].astype(np.float64)
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
    axis_px: float,
    counted: NDArray[np.bool_] | None = None,
    high_pass_px: int = 11,
) -> RingProfile:
    """Strength of rings in a plane along the rotation axis, where they appear as pairs of dots.

    Rows less their running mean are split into what is even and what is odd about the axis. Rings are even; noise and
    structure have as much of both, and their share is taken off as that of the odd part.

    Parameters
    ----------
    plane : ndarray, shape (row, column)
        Greys; the rotation axis runs along the columns.
    axis_px : float
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
    _same_shape(plane, mask, "mask of what is counted")
    _odd(high_pass_px)
    if not 0 <= axis_px <= plane.shape[1] - 1 or 2 * axis_px != round(2 * axis_px):
        raise InputError(f"The axis must lie in the plane, at a multiple of half a pixel, not at {axis_px}.")
    right = np.arange(int(np.ceil(axis_px)), plane.shape[1])
    left = (2 * axis_px - right).astype(np.intp)
    right, left = right[left >= 0], left[left >= 0]
    no_noise = np.zeros(plane.shape[1])
    even, odd = np.zeros(right.size), np.zeros(right.size)
    weight = np.zeros(right.size)
    for greys, chosen in zip(plane, mask, strict=True):
        high, _ = _high_passed(greys.astype(np.float64), chosen, no_noise, high_pass_px)
        both = chosen[left] & chosen[right]
        even += np.where(both, (high[right] + high[left]) ** 2 / 4, 0)
        odd += np.where(both, (high[right] - high[left]) ** 2 / 4, 0)
        weight += both
    # On the axis itself a pixel is its own mirror image, and nothing is odd.
    weight[right == left] = 0
    rms = np.sqrt(np.clip((even - odd) / np.maximum(weight, 1), 0, None))
    return RingProfile(np.floor(right - axis_px).astype(np.intp), np.where(weight > 0, rms, np.nan), weight)


@dataclass(frozen=True, eq=False)
class NoisePower:
    """Noise power spectrum, averaged over directions and patches.

    Parameters
    ----------
    frequency : ndarray of float64, shape (frequency,)
        Cycles a pixel, to the corner of the square of frequencies.
    power : ndarray of float64, shape (frequency,)
        Squared greys times px²: white noise has its variance at every frequency.
    weight : ndarray of int, shape (frequency,)
        Frequencies of the square that were averaged: ``(power · weight).sum() / weight.sum()`` is the variance.
    variance : float
        Mean square of the patches, less their trends.
    patches : int
        Patches that were averaged.
    """

    frequency: NDArray[np.float64]
    power: NDArray[np.float64]
    weight: NDArray[np.intp]
    variance: float
    patches: int


def noise_power(
    greys: NDArray[np.floating], counted: NDArray[np.bool_] | None = None, patch_px: int = 16
) -> NoisePower | None:
    """Noise power spectrum of slices, from square patches less a bent plane each.

    |DFT|² / n² of patches of n² pixels (Siewerdsen, Cunningham & Jaffray, Med. Phys. 29, 2655, 2002), averaged over
    patches and rings of frequencies. What is taken off as trend is missing at the lowest two frequencies.

    Parameters
    ----------
    greys : ndarray, shape (row, column) or (z, y, x)
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
    mask = np.ones(greys.shape, dtype=bool) if counted is None else np.asarray(counted, dtype=bool)
    _same_shape(greys, mask, "mask of what is counted")
    if greys.ndim == 2:
        greys, mask = greys[np.newaxis], mask[np.newaxis]
    patches = _patches(greys, mask, patch_px)
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


def _patches(greys: NDArray[np.floating], mask: NDArray[np.bool_], size: int) -> NDArray[np.float64]:
    """Squares of slices that lie in a mask and do not overlap, shape (patch, row, column)."""
    found = []
    for one, chosen in zip(greys, mask, strict=True):
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


def _same_shape(greys: NDArray[np.floating], other: NDArray[np.generic], what: str) -> None:
    if greys.ndim not in (2, 3):
        raise InputError(f"Greys have two or three axes, not {greys.ndim}.")
    if other.shape != greys.shape:
        raise InputError(f"The {what} has the shape {other.shape}, the greys {greys.shape}.")


def _odd(high_pass_px: int) -> None:
    if high_pass_px < 3 or high_pass_px % 2 != 1:
        raise InputError(f"The running mean needs an odd number of pixels from 3 on, not {high_pass_px}.")
