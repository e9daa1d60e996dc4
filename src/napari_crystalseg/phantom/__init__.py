"""Phantoms: crystal habits, mounts and mother liquor, and the labels they fill."""

from .crystal import Crack, Crystal, DissolvedFace
from .habit import PRESETS, Form, Habit
from .polyhedron import Polyhedron
from .priors import draw_sample
from .protein import HABITS
from .sample import Sample

__all__ = [
    "HABITS",
    "PRESETS",
    "Crack",
    "Crystal",
    "DissolvedFace",
    "Form",
    "Habit",
    "Polyhedron",
    "Sample",
    "draw_sample",
]
