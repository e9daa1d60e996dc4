"""The tools that the dock offers, in the order of their buttons."""

from __future__ import annotations

from .clicks.click_tools import ClickHere, ClickNotHere
from .copy_automatic import CopyAutomatic
from .facets.convex import MakeConvex
from .facets.facet_tools import DragFacet, MoveFacet, SnapToFacets, SnapToHabit
from .pieces.holes import FillHoles
from .pieces.islands import KeepLargest, RemoveIslands
from .pieces.necks import SplitAtNecks
from .pieces.relabel import RelabelPiece, SwapClasses
from .regions.region_grow import RegionGrow
from .regions.resegment_box import ResegmentBox
from .strokes.ball import PaintBall
from .strokes.interpolation import InterpolateSlices
from .strokes.scissors import Scissors
from .surfaces.edge_snap import SnapToEdges
from .surfaces.grow import Grow, Shrink
from .surfaces.joint_smoothing import SmoothJointly
from .surfaces.smooth import SmoothClass
from .tool import Tool

TOOLS: tuple[type[Tool], ...] = (
    ClickHere,
    ClickNotHere,
    RegionGrow,
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
    SnapToEdges,
    MakeConvex,
    SnapToFacets,
    SnapToHabit,
    MoveFacet,
    DragFacet,
    CopyAutomatic,
    ResegmentBox,
)
