"""How well labels and projections agree, and which labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...calibration.geometry_score import GeometryScore


@dataclass(frozen=True, eq=False)
class CheckedGeometry:
    """A score that knows what it is of.

    Parameters
    ----------
    score : GeometryScore
        How well the labels and the projections of the scan agree.
    fingerprint : int
        Check sum of the labels that were compared, and their voxel size.
    """

    score: GeometryScore
    fingerprint: int

    def edited(self, fingerprint: int | None) -> bool:
        """Whether labels of this check sum are others than were compared; not while it is unknown."""
        return fingerprint is not None and fingerprint != self.fingerprint
