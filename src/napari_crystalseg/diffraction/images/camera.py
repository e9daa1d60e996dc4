"""Camera: a detector as it counts, with what is wrong with its pixels."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...checks import checked_number
from ...experiment import Detector
from .beam_stop import BeamStop

_LARGEST_RATE = 1.5e9
GAP, DEAD = -1, -2
"""Counts in gaps between modules, and in pixels that are known to be dead, as DECTRIS writes them."""


@dataclass(frozen=True, eq=False)
class Camera:
    """A photon-counting detector.

    Parameters
    ----------
    detector : Detector
        Its panels; ``gaps_px`` are not counted in.
    beam_stop : BeamStop or None
        What throws its shadow on it.
    calibration : float
        Standard deviation of the pixels' sensitivity about 1; the same for every image.
    dead_part, hot_part : float
        Parts of the pixels that count nothing and are known to, and that count ``hot_counts`` an image besides.
    hot_counts : float
        Mean counts of a hot pixel in an image.
    point_spread_px : float
        Standard deviation of the point spread, pixels.
    cutoff : int
        Largest count.
    serial : int
        Seed of what is wrong with its pixels.

    Raises
    ------
    InputError
        A number outside its bounds.
    """

    detector: Detector
    beam_stop: BeamStop | None = field(default_factory=BeamStop)
    calibration: float = 0.03
    dead_part: float = 1e-5
    hot_part: float = 2e-6
    hot_counts: float = 500.0
    point_spread_px: float = 0.3
    cutoff: int = 1_000_000
    serial: int = 0

    def __post_init__(self) -> None:
        checked_number(self.calibration, "The calibration noise of the detector", 0.0, 0.3)
        checked_number(self.dead_part, "The part of dead pixels", 0.0, 0.5)
        checked_number(self.hot_part, "The part of hot pixels", 0.0, 0.5)
        checked_number(self.hot_counts, "The counts of hot pixels", 0.0)
        checked_number(self.point_spread_px, "The point spread, pixels,", 0.0, 20.0)
        checked_number(self.cutoff, "The largest count", 1, 2**31 - 3)

    @cached_property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """Pixels of each panel along (slow, fast)."""
        return tuple(panel.shape for panel in self.detector.panels)

    @cached_property
    def sensitivity(self) -> tuple[NDArray[np.float32], ...]:
        """Sensitivity of each pixel: about 1, and 0 for gaps and dead pixels."""
        rng = np.random.default_rng((self.serial, 1))
        maps = []
        for panel, shape in zip(self.detector.panels, self.shapes, strict=True):
            gain = 1 + np.float32(self.calibration) * rng.standard_normal(shape, dtype=np.float32)
            np.maximum(gain, 0.05, out=gain)
            gain[rng.random(shape, dtype=np.float32) < self.dead_part] = 0
            for left, top, right, bottom in panel.gaps_px:
                gain[top:bottom, left:right] = 0
            maps.append(gain)
        return tuple(maps)

    @cached_property
    def gaps(self) -> tuple[NDArray[np.bool_], ...]:
        """Pixels between modules."""
        maps = []
        for panel, shape in zip(self.detector.panels, self.shapes, strict=True):
            gap = np.zeros(shape, dtype=bool)
            for left, top, right, bottom in panel.gaps_px:
                gap[top:bottom, left:right] = True
            maps.append(gap)
        return tuple(maps)

    @cached_property
    def hot(self) -> tuple[NDArray[np.int64], ...]:
        """Places of hot pixels, counted along rows."""
        rng = np.random.default_rng((self.serial, 2))
        return tuple(
            np.sort(rng.choice(size, rng.binomial(size, self.hot_part), replace=False))
            for size in (slow * fast for slow, fast in self.shapes)
        )

    def shadow(self, source_direction: NDArray[np.float64]) -> tuple[NDArray[np.float32], ...]:
        """Return the part of the photons that the beam stop lets through to each pixel; all without one."""
        key = tuple(float(v) for v in source_direction)
        if key not in self._shadows:
            stop = self.beam_stop
            self._shadows[key] = tuple(
                np.ones(shape, dtype=np.float32) if stop is None else stop.transmission(panel, shape, source_direction)
                for panel, shape in zip(self.detector.panels, self.shapes, strict=True)
            )
        return self._shadows[key]

    @cached_property
    def _shadows(self) -> dict[tuple[float, ...], tuple[NDArray[np.float32], ...]]:
        """Shadows by the direction of the source, as a camera is used for many images."""
        return {}

    def prepare(self, source_direction: NDArray[np.float64]) -> None:
        """Make what all images share, so that threads do not each make it."""
        _ = self.sensitivity, self.gaps, self.hot, self.shadow(source_direction)

    def counted(
        self, photons: tuple[NDArray[np.float32], ...], rng: np.random.Generator, *, noise: bool = True
    ) -> tuple[NDArray[np.int32], ...]:
        """Return what is counted of photons.

        Parameters
        ----------
        photons : tuple of ndarray of float32, shape (slow, fast)
            Photons in each pixel on average, shadows included.
        rng : numpy.random.Generator
            For Poisson's statistics.
        noise : bool
            False for the mean, rounded, without hot pixels.

        Returns
        -------
        tuple of ndarray of int32, shape (slow, fast)
            -1 in gaps and -2 in dead pixels.
        """
        images = []
        for mean, gain, gap, hot in zip(photons, self.sensitivity, self.gaps, self.hot, strict=True):
            # Far above any detector's largest count, and still a number that Poisson's draws can hold.
            rate = np.minimum(mean * gain, np.float32(_LARGEST_RATE))
            if noise:
                flat = rate.reshape(-1)
                flat[hot] += self.hot_counts
                counts = _poisson(rng, rate)
            else:
                counts = np.rint(rate).astype(np.int32)
            np.minimum(counts, self.cutoff, out=counts)
            counts[gain == 0] = DEAD
            counts[gap] = GAP
            images.append(counts)
        return tuple(images)


def _poisson(rng: np.random.Generator, rate: NDArray[np.float32]) -> NDArray[np.int32]:
    # In bands of rows: NumPy makes 64-bit numbers.
    counts = np.empty(rate.shape, dtype=np.int32)
    for start in range(0, len(rate), 256):
        counts[start : start + 256] = rng.poisson(rate[start : start + 256])
    return counts
