"""Which rows of a table get no factor, and why."""

from __future__ import annotations

import numpy as np

from ....experiment.table.reflections import Reflections
from .completed_rows import CompletedRows


def rows_without_factor(reflections: Reflections, rows: CompletedRows, only: int | None) -> list[str]:
    """Say how many rows have no direction and why, but for those that were told of: s1 elsewhere, other experiments."""
    known = rows.sweep >= 0
    vector = np.isfinite(length := np.linalg.norm(rows.s1, axis=1)) & (length > 0)
    angle = np.isfinite(rows.phi_rad)
    contradicts = np.zeros(len(rows), dtype=bool)
    if reflections.s1 is not None:
        stored = np.linalg.norm(reflections.s1, axis=1)
        contradicts = known & ~vector & np.isfinite(stored) & (stored > 0)
    reasons = {
        "are of no known experiment": ~known if only is None else np.zeros(len(rows), dtype=bool),
        "have neither a scattered vector nor a position": known & ~vector & ~angle & ~contradicts,
        "have neither s1 nor a place on a detector": known & ~vector & angle & ~contradicts,
        "have no position that tells their scan angle": known & vector & ~angle,
    }
    counts = {reason: int(np.count_nonzero(mask)) for reason, mask in reasons.items()}
    told = [f"{count} {reason}" for reason, count in counts.items() if count]
    if not told:
        return []
    return [f"{sum(counts.values())} of {len(rows)} rows get no factor: {', '.join(told)}."]
