"""Spots: what was found in one image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Spots:
    """Spots of one image, the strongest first.

    Parameters
    ----------
    centroid_px : ndarray of float64, shape (spot, 2)
        Centroid of the counts above the background, pixels along (fast, slow); the centre of the first pixel is
        (0.5, 0.5), as in DIALS.
    intensity : ndarray of float64, shape (spot,)
        Counts above the background, in units of the image.
    sigma : ndarray of float64, shape (spot,)
        Their standard deviation by counting statistics, the same units.
    peak : ndarray of float64, shape (spot,)
        Highest pixel.
    background : ndarray of float64, shape (spot,)
        Mean background of a pixel below the spot.
    pixels : ndarray of int64, shape (spot,)
        Pixels above the threshold.
    resolution_a : ndarray of float64, shape (spot,)
        Bragg spacing at the centroid, Å; NaN where the geometry is not known.
    on_ring : ndarray of bool, shape (spot,)
        Whether it is one of many crowded at the spacing of a ring of ice, and so taken as ice.
    """

    centroid_px: NDArray[np.float64]
    intensity: NDArray[np.float64]
    sigma: NDArray[np.float64]
    peak: NDArray[np.float64]
    background: NDArray[np.float64]
    pixels: NDArray[np.int64]
    resolution_a: NDArray[np.float64]
    on_ring: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.intensity)

    @property
    def signal_to_noise(self) -> NDArray[np.float64]:
        """Intensity over its standard deviation, shape (spot,)."""
        return self.intensity / self.sigma

    def select(self, keep: NDArray[np.bool_] | NDArray[np.int64]) -> Spots:
        """Return those of a mask or of numbers, shape (spot,) or (n,)."""
        return Spots(*(getattr(self, name)[keep] for name in self.__dataclass_fields__))

    @property
    def crystal(self) -> Spots:
        """Those that are not taken as ice."""
        return self.select(~self.on_ring)
