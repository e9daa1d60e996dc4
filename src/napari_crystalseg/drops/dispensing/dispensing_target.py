"""DispensingTarget: one drop, and where to dispense into it, or why nowhere."""

from __future__ import annotations

from dataclasses import dataclass

from ..objects import DropObject
from .dispensing_position import DispensingPosition


@dataclass(frozen=True, eq=False)
class DispensingTarget:
    """What was found for one drop.

    Parameters
    ----------
    position : DispensingPosition or None
        Where to dispense; None where there is no place for it.
    reason : str
        Why there, or why nowhere: a clause for the user, without a full stop.
    drop : DropObject or None
        The drop; None where none was found.
    crystals : int
        Crystals of the image that reach the lowest score.
    """

    position: DispensingPosition | None
    reason: str
    drop: DropObject | None
    crystals: int = 0
