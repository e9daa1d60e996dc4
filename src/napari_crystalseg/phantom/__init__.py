"""Phantoms: crystal habits, mounts and mother liquor, and the labels they fill."""

from .habit import PRESETS, Form, Habit
from .polyhedron import Polyhedron
from .priors import draw_sample
from .sample import Sample

__all__ = ["PRESETS", "Form", "Habit", "Polyhedron", "Sample", "draw_sample"]
