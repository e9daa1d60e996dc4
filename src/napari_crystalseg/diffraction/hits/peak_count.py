"""PeakCountHitFinder: a hit or not by counting peaks of all strengths against those that noise makes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from ...checks import checked_number
from ...experiment import Panel
from .evidence.bright_squares import bright_squares
from .evidence.crystal_evidence import log10_evidence
from .hit import Hit
from .spots import SpotFinder
from .spots.examined_image import ExaminedImage

FARTHEST = 12.0
"""Decimal logarithm of odds beyond which nothing is said: no model of noise is as good as that."""


@dataclass(frozen=True)
class PeakCountHitFinder:
    """Tells hits by peaks of all strengths: those strong enough to be spots, and the many that are too weak for it.

    Parameters
    ----------
    finder : SpotFinder
        Finds the spots.
    hit_rate : float
        Part of the images that are hits, as far as is known before looking; it sets where the probability is 1/2.
    """

    finder: SpotFinder = field(default_factory=SpotFinder)
    hit_rate: float = 0.5

    def __post_init__(self) -> None:
        checked_number(self.hit_rate, "The part of images that are hits", 1e-6, 1 - 1e-6)

    def find(
        self,
        image: ArrayLike,
        mask: ArrayLike | None = None,
        panel: Panel | None = None,
        wavelength_a: float | None = None,
        source_direction: ArrayLike = (0.0, 0.0, 1.0),
    ) -> Hit:
        """Tell whether one image is a hit.

        Parameters
        ----------
        image, mask, panel, wavelength_a, source_direction
            As for :meth:`SpotFinder.find`.

        Returns
        -------
        Hit
            With the probability that it is one, and its spots.

        Raises
        ------
        InputError
            No image, or a mask of another shape.
        """
        return self.of_examined(self.finder.examine(image, mask, panel, wavelength_a, source_direction))

    def of_examined(self, examined: ExaminedImage) -> Hit:
        """Tell whether an image that the spot finder has been through is a hit."""
        evidence = log10_evidence(bright_squares(examined))
        odds = np.clip(evidence + np.log10(self.hit_rate / (1 - self.hit_rate)), -FARTHEST, FARTHEST)
        return Hit(float(1 / (1 + 10.0**-odds)), examined.spots)
