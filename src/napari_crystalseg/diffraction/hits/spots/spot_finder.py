"""SpotFinder: spots of one image by a dispersion threshold."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ....errors import InputError
from ....experiment import Panel
from .examined_image import ExaminedImage
from .rings import crowded_on_ice, on_ice, sharp_ring_limits
from .scattering_angles import pixel_two_theta_rad, spacing_a, two_theta_rad
from .spots import Spots
from .usable_pixels import usable_pixels

COUNTING = 1.3
"""Counts are single photons where their variance is within this factor of their mean."""

WIDE_LEVEL, WIDE_CURVED = 0.3, 1.15
"""Photons a pixel below which spread-out spots are looked for, and what a curved background may add to a square."""

LINE_PX = 6
"""A row or column of so many pixels in one line is one of the detector's, not a spot."""


@dataclass(frozen=True)
class SpotFinder:
    """Finds spots as pixels that vary more than counts do and stand out of their background, joined to components.

    In a square about each pixel counts have a variance like their mean; where they have more, by `sigma_background`
    standard deviations of that ratio, something is there. Of it, a pixel is strong that is `sigma_strong` standard
    deviations above the background, which is taken anew without what stood out at first, from a larger square. These
    are the two steps of DIALS's ``dispersion_extended`` threshold (Winter et al. 2018, Acta Cryst. D74, 85), with its
    usual numbers. Spots too weak for it, as their counts do not vary more than the noise of a high background, are
    found by their sum: a small square that holds more than chance allows, and not by one pixel alone.

    Parameters
    ----------
    box_px : int
        Side of the square, odd.
    sigma_background, sigma_strong : float
        Standard deviations, as above.
    gain : float or None
        Values for each photon; None to measure it from the variance of the image itself, where 1 is taken for counts.
    sum_px : int
        Side of the small square whose sum finds weak spots, odd; 0 leaves them out, as DIALS does.
    lowest_count : float
        Photons that the highest pixel of a spot has at least.
    fewest_pixels, most_pixels : int
        Strong pixels of a spot. Binned images need 1, and then take any hot pixel as a spot.
    separation_px : float
        How far the highest pixel may be from the centroid; in streaks as far as half their length.
    false_spots : float
        Spots of chance that the image may have at the strength of the weakest one: counts of the spot's pixels are
        held against a Poisson distribution about their background, with the pixels of the image as trials.
    """

    box_px: int = 7
    sigma_background: float = 6.0
    sigma_strong: float = 3.0
    gain: float | None = None
    sum_px: int = 3
    lowest_count: float = 2.0
    fewest_pixels: int = 3
    most_pixels: int = 1000
    separation_px: float = 2.0
    false_spots: float = 0.1

    def __post_init__(self) -> None:
        if self.box_px < 3 or self.box_px % 2 == 0:
            raise InputError(
                f"The square of the spot finder needs an odd number of pixels of at least 3, not {self.box_px}."
            )
        if self.sum_px < 0 or (self.sum_px and self.sum_px % 2 == 0):
            raise InputError(
                f"The sum of weak spots is over an odd number of pixels, or 0 for none, not {self.sum_px}."
            )
        if not 1 <= self.fewest_pixels <= self.most_pixels:
            raise InputError(
                f"A spot cannot have at least {self.fewest_pixels} and at most {self.most_pixels} pixels; give two "
                "numbers from 1 up."
            )
        for name in (
            "sigma_background",
            "sigma_strong",
            "separation_px",
            "false_spots",
            *(["gain"] if self.gain is not None else []),
        ):
            if not (math.isfinite(value := getattr(self, name)) and value > 0):
                raise InputError(f"The spot finder's {name} must be a number above 0, not {value}.")

    def find(
        self,
        image: ArrayLike,
        mask: ArrayLike | None = None,
        panel: Panel | None = None,
        wavelength_a: float | None = None,
        source_direction: ArrayLike = (0.0, 0.0, 1.0),
    ) -> Spots:
        """Find the spots of one image.

        Parameters
        ----------
        image : array_like, shape (slow, fast)
            Counts, or values proportional to them.
        mask : array_like of bool, shape (slow, fast), or None
            True where a pixel is not to be used, beside those that say so themselves (:func:`usable_pixels`).
        panel : Panel or None
            Where the pixels lie. With it sharp rings are not taken as spots.
        wavelength_a : float or None
            Wavelength, Å. With it and `panel` spots have a resolution, and crowds of grains of ice are marked.
        source_direction : array_like, shape (3,)
            From the sample to the source, DIALS axes.

        Returns
        -------
        Spots
            The strongest first; of spots equally strong the first in the image.

        Raises
        ------
        InputError
            No image, or a mask of another shape.
        """
        return self.examine(image, mask, panel, wavelength_a, source_direction).spots

    def examine(
        self,
        image: ArrayLike,
        mask: ArrayLike | None = None,
        panel: Panel | None = None,
        wavelength_a: float | None = None,
        source_direction: ArrayLike = (0.0, 0.0, 1.0),
    ) -> ExaminedImage:
        """Find the spots of one image, as :meth:`find`, and keep what was learnt of its pixels on the way."""
        usable = usable_pixels(image, mask)
        pixels = np.asarray(image)
        values = np.where(usable, pixels, 0).astype(np.float64)
        region, strong, spotless, background, noise, gain = self._strong(values, usable)
        ordinary = usable
        angles = None if panel is None else pixel_two_theta_rad(panel, source_direction, pixels.shape)
        if panel is not None and angles is not None:
            step = float(panel.pixel_size_mm.min() / np.linalg.norm(_middle(panel, pixels.shape)))
            limits = sharp_ring_limits(angles, values, usable, step, self.sigma_strong, gain)
            strong &= values > limits
            ordinary = usable & np.isneginf(limits)
        spots = self._spots(values, background, region, strong, gain, int(usable.sum()))
        if angles is not None and wavelength_a is not None and panel is not None and len(spots):
            resolution = spacing_a(two_theta_rad(panel, source_direction, spots.centroid_px), wavelength_a)
            spacings = spacing_a(angles, wavelength_a)
            crowded = crowded_on_ice(resolution, spacings, usable)
            spots = replace(spots, resolution_a=resolution, on_ring=crowded)
            if crowded.any():
                ordinary = ordinary & ~on_ice(spacings)
        return ExaminedImage(values, usable, ordinary, spotless, noise, gain, spots)

    def _strong(
        self, values: NDArray[np.float64], usable: NDArray[np.bool_]
    ) -> tuple[
        NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64], float
    ]:
        """Regions of spots, strong pixels, pixels far from them, background and variance over mean there, the gain."""
        from .box_sums_kernel import box_sums

        half = self.box_px // 2
        n, total, squares = box_sums(values, usable, half)
        # Index of dispersion of n counts: variance over mean, of which (n - 1) times is chi-squared.
        excess = n * squares - total * total
        gain = self.gain or measured_gain(n, total, excess)
        scale = gain * total * (n - 1.0)
        with np.errstate(invalid="ignore"):
            spread = self.sigma_background * gain * total * np.sqrt(2 * np.maximum(n - 1.0, 0))
        varied = usable & (n > 2 * half + 1) & (total > 0) & (excess - scale > spread)
        mean = total / np.maximum(n, 1)
        core = varied & (values > self._limit(mean, gain))
        spotless = usable & ~_grown(core, 3)
        m, sums, squares = box_sums(values, spotless, half + 2)
        # Half a photon more, by which a background of few or no photons is not taken as surely empty (Jeffreys).
        background = np.where(m > 0, (sums + gain / 2) / np.maximum(m, 1), mean)
        strong = varied & (values > self._limit(background, gain))
        noise = _local_gain(m, sums, squares, gain)
        region = strong
        for side, inner, outer in self._sums:
            weak, level = self._weak(values, usable, spotless, strong, noise, gain, side, inner, outer)
            # Held against its frame: nearer to it there is more of the spot itself.
            background = np.where(weak & ~region, level, background)
            region = region | weak
            strong = strong | (weak & usable & (values > background + np.sqrt(noise * np.maximum(background, 0))))
        return region, strong, spotless, background, noise, gain

    @property
    def _sums(self) -> tuple[tuple[int, int, int], ...]:
        """Squares whose sums are looked at: their side, and half the sides of the frame about them, pixels."""
        if not self.sum_px:
            return ()
        wide = 2 * self.sum_px + 1
        return (
            (self.sum_px, self.sum_px // 2 + 1, self.box_px // 2 + 2),
            # Of streaks and of spots that are spread out.
            (wide, wide // 2 + 2, wide // 2 + 6),
        )

    def _weak(
        self,
        values: NDArray[np.float64],
        usable: NDArray[np.bool_],
        spotless: NDArray[np.bool_],
        strong: NDArray[np.bool_],
        noise: NDArray[np.float64],
        gain: float,
        side: int,
        inner_half: int,
        outer_half: int,
    ) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Squares whose sum is that of a spot, where none was found, and the level of their frames.

        `noise` is variance over mean about each pixel.
        """
        from scipy import ndimage, special

        from .box_sums_kernel import box_sums

        n, total, _ = box_sums(values, usable, side // 2)
        # Held against a frame about the square, with room for the rim of the spot between.
        outer, around_it, _ = box_sums(values, spotless, outer_half)
        inner, within_it, _ = box_sums(values, spotless, inner_half)
        frame = outer - inner
        level = (around_it - within_it + gain / 2) / np.maximum(frame, 1)
        expected = n * level
        fits = usable & (frame > 0)
        if side > self.sum_px:
            # A background that curves over so wide a frame is seen where there are many photons.
            fits &= level < WIDE_LEVEL * gain
            expected *= WIDE_CURVED
        noise = noise * (1 + n / np.maximum(frame, 1))
        allowed = self.false_spots / max(int(usable.sum()), 1) / len(self._sums)
        # The tail of a Poisson distribution is longer than that of a normal one, which sorts out most pixels at once.
        gaussian = float(special.ndtri(1 - min(allowed, 0.4)))
        # Wide squares are not to take in a spot that was found.
        near = 3 if side == self.sum_px else side + 2
        likely = fits & ~_grown(self._large(strong), near)
        likely &= total - expected > gaussian * np.sqrt(noise * np.maximum(expected, 0))
        rows, columns = np.nonzero(likely)
        around = range(-(side // 2), side // 2 + 1)
        offsets = [(row, column) for row in around for column in around]
        padded = np.pad(np.where(usable, values, -np.inf), side // 2, constant_values=-np.inf)
        inside = np.stack([padded[rows + side // 2 + down, columns + side // 2 + along] for down, along in offsets])
        at, below = noise[rows, columns], expected[rows, columns]
        tail = special.gammainc(np.maximum(total[rows, columns], 1e-12) / at, below / at)
        kept = (tail <= allowed) & (total[rows, columns] >= self.lowest_count)
        if self.fewest_pixels > 1:
            # Without its highest pixel it is still above chance, or it is a hot pixel.
            rest = total[rows, columns] - inside.max(axis=0, initial=0.0)
            part = below * (1 - 1 / n[rows, columns])
            kept &= special.gammainc(np.maximum(rest, 1e-12) / at, part / at) <= special.ndtr(-self.sigma_strong)
        # Of squares that overlap, the fullest one.
        score = np.full(values.shape, -np.inf)
        score[rows[kept], columns[kept]] = (total - expected)[rows[kept], columns[kept]]
        best = np.isfinite(score) & (
            score == ndimage.maximum_filter(score, 2 * side - 1 if side == self.sum_px else side)
        )
        return _grown(best, side), level

    def _large(self, strong: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Strong pixels of components that have enough of them."""
        from scipy import ndimage

        labels, count = ndimage.label(strong)
        large: NDArray[np.bool_] = (np.bincount(labels.ravel(), minlength=count + 1) >= self.fewest_pixels)[
            labels
        ] & strong
        return large

    def _limit(self, level: NDArray[np.float64], gain: float) -> NDArray[np.float64]:
        limit: NDArray[np.float64] = level + self.sigma_strong * np.sqrt(gain * np.maximum(level, 0))
        return limit

    def _spots(
        self,
        values: NDArray[np.float64],
        background: NDArray[np.float64],
        region: NDArray[np.bool_],
        strong: NDArray[np.bool_],
        gain: float,
        trials: int,
    ) -> Spots:
        from scipy import ndimage, special

        labels, _ = ndimage.label(region)
        rows, columns = np.nonzero(strong)
        number = np.unique(labels[rows, columns], return_inverse=True)[1]
        count = int(number.max(initial=-1)) + 1
        value, below = values[rows, columns], background[rows, columns]

        def total(weights: NDArray[np.float64]) -> NDArray[np.float64]:
            sums: NDArray[np.float64] = np.bincount(number, weights, count).astype(np.float64)
            return sums

        size = np.bincount(number, minlength=count)
        net = value - below
        intensity = total(net)
        x, y = total(net * (columns + 0.5)) / intensity, total(net * (rows + 0.5)) / intensity
        # The last of a spot when sorted by value is its highest pixel; of equal ones the first in the image.
        order = np.lexsort((-np.arange(len(value)), value, number))
        last = order[np.cumsum(size) - 1] if count else order
        peak = value[last]
        apart = np.hypot(columns[last] + 0.5 - x, rows[last] + 0.5 - y)
        wide, high = _extents(columns, number, count), _extents(rows, number, count)
        kept = (size >= self.fewest_pixels) & (size <= self.most_pixels)
        kept &= peak >= self.lowest_count * gain
        # A streak, as a broad band makes it, may be highest anywhere along it.
        kept &= apart <= np.maximum(self.separation_px, np.maximum(wide, high) / 2)
        kept &= ~((np.minimum(wide, high) == 1) & (size >= LINE_PX))
        # The probability of so many counts or more, were there background alone.
        kept &= trials * special.gammainc(total(value) / gain, total(below) / gain) <= self.false_spots
        sigma = np.sqrt(gain * np.maximum(total(value), gain))
        found = Spots(
            np.column_stack([x, y]),
            intensity,
            sigma,
            peak,
            total(below) / np.maximum(size, 1),
            size.astype(np.int64),
            np.full(count, np.nan),
            np.zeros(count, dtype=bool),
        )
        numbers = np.flatnonzero(kept)
        return found.select(numbers[np.argsort(-intensity[numbers], kind="stable")])


def measured_gain(n: NDArray[np.int32], total: NDArray[np.float64], excess: NDArray[np.float64]) -> float:
    """Return values for each photon: the median of variance over mean of the squares; 1 where that is near 1.

    Squares without a count hold as those of single photons do, so that an image that is mostly empty counts photons.
    """
    whole = n == n.max()
    some = whole & (total > 0)
    if not some.any() or 2 * int(some.sum()) < int(whole.sum()):
        return 1.0
    ratio = float(np.median(excess[some] / (total[some] * (n[some] - 1.0))))
    return ratio if ratio > COUNTING or 0 < ratio < 1 / COUNTING else 1.0


def _local_gain(
    n: NDArray[np.int32], total: NDArray[np.float64], squares: NDArray[np.float64], gain: float
) -> NDArray[np.float64]:
    """Variance over mean about each pixel where that is surely above the gain, as uneven calibration makes it."""
    many = np.maximum(n - 1.0, 1)
    ratio = (n * squares - total * total) / np.maximum(total * many, 1e-300)
    local: NDArray[np.float64] = np.where(ratio > gain * (1 + 4 * np.sqrt(2 / many)), ratio, gain)
    return local


def _grown(marked: NDArray[np.bool_], side: int) -> NDArray[np.bool_]:
    """Squares of an odd side about marked pixels, which are few: one after the other costs less than a filter."""
    grown = np.zeros_like(marked)
    rows, columns = np.nonzero(marked)
    if len(rows) * side * side > marked.size:
        from scipy import ndimage

        filtered: NDArray[np.bool_] = ndimage.maximum_filter(marked, side)
        return filtered
    for down in range(-(side // 2), side // 2 + 1):
        for along in range(-(side // 2), side // 2 + 1):
            inside_rows = np.clip(rows + down, 0, marked.shape[0] - 1)
            grown[inside_rows, np.clip(columns + along, 0, marked.shape[1] - 1)] = True
    return grown


def _extents(places: NDArray[np.int64], number: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Pixels along one axis from the first to the last of each component."""
    lowest, highest = np.full(count, np.iinfo(np.int64).max), np.full(count, -1)
    np.minimum.at(lowest, number, places)
    np.maximum.at(highest, number, places)
    extent: NDArray[np.int64] = highest - lowest + 1
    return extent


def _middle(panel: Panel, shape: tuple[int, ...]) -> NDArray[np.float64]:
    middle: NDArray[np.float64] = panel.laboratory_mm(np.array([[shape[1], shape[0]]]) / 2 * panel.pixel_size_mm)[0]
    return middle
