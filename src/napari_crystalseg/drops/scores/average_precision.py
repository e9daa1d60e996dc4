"""AveragePrecision: the twelve figures of COCO for boxes or for outlines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Figure = float | None
FIGURES = (
    *("ap", "ap_50", "ap_75", "ap_small", "ap_medium", "ap_large"),
    *("ar_1", "ar_10", "ar_100", "ar_small", "ar_medium", "ar_large"),
)
"""In the order of pycocotools' ``stats``."""


@dataclass(frozen=True)
class AveragePrecision:
    """Average precision and recall as COCO defines them, 0 to 1; None where the truth has nothing to find.

    Parameters
    ----------
    ap : float or None
        Mean over the overlaps 0.5, 0.55 … 0.95 (intersection over union), areas of all sizes, 100 detections an image.
    ap_50, ap_75 : float or None
        At the overlaps 0.5 and 0.75.
    ap_small, ap_medium, ap_large : float or None
        As `ap`, of objects below 32², up to 96², and above 96² pixels.
    ar_1, ar_10, ar_100 : float or None
        Average recall, mean over the overlaps, with 1, 10 and 100 detections an image.
    ar_small, ar_medium, ar_large : float or None
        As `ar_100`, of objects of those sizes.
    truths, found : int
        Objects in the truth, without crowds, and detections.
    classes : mapping of str to AveragePrecision
        The same of each class; empty in these.
    """

    ap: Figure
    ap_50: Figure
    ap_75: Figure
    ap_small: Figure
    ap_medium: Figure
    ap_large: Figure
    ar_1: Figure
    ar_10: Figure
    ar_100: Figure
    ar_small: Figure
    ar_medium: Figure
    ar_large: Figure
    truths: int = 0
    found: int = 0
    classes: Mapping[str, AveragePrecision] = field(default_factory=dict)

    @property
    def stats(self) -> tuple[Figure, ...]:
        """The twelve figures in the order of pycocotools' ``stats``."""
        return tuple(getattr(self, name) for name in FIGURES)

    def to_dict(self) -> dict[str, Any]:
        """Return all figures as JSON-ready values."""
        plain: dict[str, Any] = {name: getattr(self, name) for name in (*FIGURES, "truths", "found")}
        return (
            {**plain, "classes": {name: one.to_dict() for name, one in self.classes.items()}} if self.classes else plain
        )
