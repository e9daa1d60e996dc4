"""Flats that were taken at several moments of a scan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...scan import Scan


@dataclass(frozen=True, eq=False)
class FlatSeries:
    """Response to the beam, flat less dark, as it changes from one group of flats to the next.

    Flats before and after a scan differ as beam and optics drift; in between, the response is taken to change evenly.

    Parameters
    ----------
    gains : ndarray of float32, shape (group, row, column)
        Mean flat less mean dark of each group.
    positions : ndarray of float64, shape (group,)
        Projections taken before each group, ascending.
    projections : int
        Projections of the scan.
    """

    gains: NDArray[np.float32]
    positions: NDArray[np.float64]
    projections: int

    @classmethod
    def of(cls, scan: Scan, dark: NDArray[np.float64]) -> FlatSeries:
        """Average the flats of a scan that were taken at one moment."""
        given = scan.flat_positions
        positions = np.zeros(len(scan.flats)) if given is None else np.asarray(given)
        moments = np.unique(positions)
        gains = [scan.flats[positions == moment].mean(axis=0, dtype=np.float64) - dark for moment in moments]
        return cls(np.stack(gains).astype(np.float32), moments, len(scan.projections))

    def at(self, index: Any) -> NDArray[np.float32]:
        """Return the response of chosen pixels, shape (1 or angle, *pixels); ``index`` is for (row, column)."""
        chosen = self.gains[(slice(None), *index)]
        if len(self.gains) == 1:
            return chosen
        upper = np.clip(np.searchsorted(self.positions, np.arange(self.projections) + 0.5), 1, len(self.gains) - 1)
        low, high = self.positions[upper - 1], self.positions[upper]
        # Before the first group and after the last one the nearest stands.
        share = np.clip((np.arange(self.projections) + 0.5 - low) / (high - low), 0, 1).astype(np.float32)
        share = share.reshape(-1, *(1,) * (chosen.ndim - 1))
        return chosen[upper - 1] + share * (chosen[upper] - chosen[upper - 1])

    def to_dict(self) -> dict[str, Any]:
        """Return the number of groups and the change from the first to the last, as JSON-ready values."""
        if len(self.gains) == 1:
            return {"flat_groups": 1}
        first, last = self.gains[0], self.gains[-1]
        lit = (first > 0) & (last > 0)
        return {
            "flat_groups": len(self.gains),
            "flat_change": round(float(np.median(np.abs(last[lit] / first[lit] - 1))), 5) if lit.any() else None,
        }
