"""The tools that the dock offers, in the order of their buttons."""

from __future__ import annotations

from .copy_automatic import CopyAutomatic
from .pieces.holes import FillHoles
from .pieces.islands import KeepLargest, RemoveIslands
from .pieces.necks import SplitAtNecks
from .pieces.relabel import RelabelPiece, SwapClasses
from .strokes.ball import PaintBall
from .strokes.interpolation import InterpolateSlices
from .strokes.scissors import Scissors
from .surfaces.grow import Grow, Shrink
from .surfaces.joint_smoothing import SmoothJointly
from .surfaces.smooth import SmoothClass
from .tool import Tool

TOOLS: tuple[type[Tool], ...] = (
    PaintBall,
    InterpolateSlices,
    Scissors,
    KeepLargest,
    RemoveIslands,
    FillHoles,
    RelabelPiece,
    SplitAtNecks,
    SwapClasses,
    Grow,
    Shrink,
    SmoothClass,
    SmoothJointly,
    CopyAutomatic,
)
