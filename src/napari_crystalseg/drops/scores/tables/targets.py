"""The table of dispensing positions."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from ..target import TargetScore
from .table import Table


def target_table(scores: Sequence[TargetScore | None]) -> Table:
    """Return how good dispensing positions are.

    Parameters
    ----------
    scores : sequence of TargetScore or None
        Of each image that truly has a drop; None where no position was given.

    Returns
    -------
    Table
        Numbers of images, and medians over the positions in the drop and beside its crystals: the distance from the
        true best place, pixels, and the part of its clearance that is left.
    """
    given = [one for one in scores if one is not None]
    good = [one for one in given if one.clearance_px > 0]
    distances = [one.distance_px for one in good if one.distance_px is not None]
    parts = [one.clearance_px / one.best_clearance_px for one in good if one.best_clearance_px]
    header = ("drops", "positions", "in the drop", "in a crystal", "distance, px", "clearance, part of the best")
    row = (
        len(scores),
        len(given),
        sum(one.in_drop for one in given),
        sum(one.in_crystal for one in given),
        median(distances) if distances else None,
        median(parts) if parts else None,
    )
    return Table("Dispensing positions (medians of the last two)", header, (row,))
