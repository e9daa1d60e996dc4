"""Where to dispense into a drop: the place that is farthest from its crystals and its edge."""

from .dispensing_position import DispensingPosition
from .dispensing_target import DispensingTarget
from .find_target import LOWEST_SCORE, dispensing_position, dispensing_target, dispensing_targets
from .target_grid import TargetGrid

__all__ = [
    "LOWEST_SCORE",
    "DispensingPosition",
    "DispensingTarget",
    "TargetGrid",
    "dispensing_position",
    "dispensing_target",
    "dispensing_targets",
]
