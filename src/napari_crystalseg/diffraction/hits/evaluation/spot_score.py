"""SpotScore: precision and recall of spots that are matched within two pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..examples.hit_example import HitExample

WITHIN_PX = 2.0
STRONG = 5.0
"""Intensity over its standard deviation from which on a reflection is to be found."""


@dataclass(frozen=True)
class SpotScore:
    """Spots found, and reflections to be found, over some images.

    Parameters
    ----------
    found, true : int
        Spots that were found, and those of them at a reflection.
    wanted, seen : int
        Reflections with an I/sigma of five or more, and those of them that were found.
    """

    found: int = 0
    true: int = 0
    wanted: int = 0
    seen: int = 0

    @property
    def precision(self) -> float:
        """Part of the spots that are reflections; NaN without spots."""
        return self.true / self.found if self.found else float("nan")

    @property
    def recall(self) -> float:
        """Part of the strong reflections that were found; NaN without any."""
        return self.seen / self.wanted if self.wanted else float("nan")

    def with_image(self, example: HitExample, flux: float, found_px: NDArray[np.float64]) -> SpotScore:
        """Return the score with one more image, of which `found_px`, shape (spot, 2), was found."""
        column, row = (
            np.clip(example.spots_px[:, axis].astype(int), 0, example.background.shape[1 - axis] - 1) for axis in (0, 1)
        )
        photons = example.photons * flux
        background = example.background[row, column] * flux
        # Over nine pixels, and only where there are pixels.
        strength = photons / np.sqrt(np.maximum(photons + 9 * background, 1e-12))
        wanted = (strength >= STRONG) & (example.camera.sensitivity[0][row, column] > 0)
        places = example.spots_px[photons > 1]
        near = _distance(found_px, places) <= WITHIN_PX
        seen = _distance(example.spots_px[wanted], found_px) <= WITHIN_PX
        return SpotScore(
            self.found + len(found_px),
            self.true + int(near.sum()),
            self.wanted + int(wanted.sum()),
            self.seen + int(seen.sum()),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {
            "spots_found": self.found,
            "strong_reflections": self.wanted,
            "precision": self.precision if self.found else None,
            "recall": self.recall if self.wanted else None,
        }


def _distance(places: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.spatial import cKDTree

    if not len(others) or not len(places):
        return np.full(len(places), np.inf)
    return np.asarray(cKDTree(others).query(places)[0], dtype=np.float64)
