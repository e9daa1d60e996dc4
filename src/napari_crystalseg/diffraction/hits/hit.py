"""Hit: whether an image holds the diffraction of a crystal, and how surely."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .spots import Spots


@dataclass(frozen=True, eq=False)
class Hit:
    """What was found of one image.

    Parameters
    ----------
    probability : float
        Probability that the image is a hit, as the finder states it.
    spots : Spots
        Its spots.
    finder : str
        What said so: ``peaks`` or the name of a network.
    limit : float
        Probability from which on it is called a hit.
    """

    probability: float
    spots: Spots
    finder: str = "peaks"
    limit: float = 0.5

    @property
    def hit(self) -> bool:
        """Whether it is called a hit."""
        return self.probability >= self.limit

    @property
    def n_spots(self) -> int:
        """Spots that are not taken as ice."""
        return len(self.spots) - int(self.spots.on_ring.sum())

    @property
    def margin(self) -> float:
        """Decimal logarithm of the odds for a hit over those at the limit; above 0 for a hit."""
        return _log10_odds(self.probability) - _log10_odds(self.limit)


def _log10_odds(probability: float) -> float:
    bounded = min(max(probability, 1e-15), 1 - 1e-15)
    return math.log10(bounded / (1 - bounded))
