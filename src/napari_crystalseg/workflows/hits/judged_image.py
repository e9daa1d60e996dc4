"""JudgedImage: one image of a file, whether it is a hit, and what its header states."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...diffraction.hits import Hit
from ...diffraction.hits.header.parameter_check import ParameterCheck


@dataclass(frozen=True, eq=False)
class JudgedImage:
    """What was found of one image.

    Parameters
    ----------
    path : Path
        Its file.
    number, count : int
        Which image of the file, from 1, and how many it has.
    hit : Hit
        Probability and spots.
    header_energy_kev, header_distance_mm : float or None
        What the header states.
    check : ParameterCheck or None
        Whether that agrees with the image; None where the header states too little, or nobody asked.
    """

    path: Path
    number: int
    count: int
    hit: Hit
    header_energy_kev: float | None = None
    header_distance_mm: float | None = None
    check: ParameterCheck | None = None

    @property
    def resolution_a(self) -> float | None:
        """Spacing, Å, beyond which one in twenty of the spots lies; None where the geometry is not known."""
        spacings = self.hit.spots.crystal.resolution_a
        spacings = spacings[np.isfinite(spacings)]
        return float(np.quantile(spacings, 0.05)) if len(spacings) else None

    @property
    def list_line(self) -> str:
        """The image as CrystFEL's lists of images have it: images of stacks are counted from 0."""
        return f"{self.path} //{self.number - 1}" if self.count > 1 else str(self.path)

    def to_dict(self) -> dict[str, Any]:
        """Return it as a row of JSON-ready values."""
        ring = None if self.check is None else self.check.ring
        known = ring is not None and ring.verdict != "cannot tell"
        return {
            "file": str(self.path),
            "image": self.number,
            "hit": self.hit.hit,
            "probability": self.hit.probability,
            "log10_odds": self.hit.margin,
            "finder": self.hit.finder,
            "spots": self.hit.n_spots,
            "ice_spots": int(self.hit.spots.on_ring.sum()),
            "resolution_a": self.resolution_a,
            "header_energy_kev": self.header_energy_kev,
            "header_distance_mm": self.header_distance_mm,
            "header_check": None if self.check is None else self.check.verdict,
            "energy_kev_at_this_distance": ring.energy_kev if ring is not None and known else None,
            "distance_mm_at_this_energy": ring.distance_mm if ring is not None and known else None,
        }
