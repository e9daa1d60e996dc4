"""Phantoms: crystal habits, mounts and mother liquor, and the labels they fill."""

from .blender_liquor import BlenderLiquor
from .capillary_liquor import CapillaryLiquor
from .composition import Composition
from .crystal import Crack, Crystal, DissolvedFace
from .crystal_ranges import CrystalRanges, grow_crystals
from .drawing import draw_sample
from .fractions import material_fractions
from .habit import PRESETS, Form, Habit
from .mount_catalogue import MOUNTS
from .nylon_loop import NylonLoop
from .pin import MountAssembly, Pin
from .polyhedron import Polyhedron
from .protein import HABITS
from .sample import Sample
from .sheet_mount import MicroMesh, SheetMount
from .variant import Variant
from .variants import draw_variant, make_variant

__all__ = [
    "HABITS",
    "MOUNTS",
    "PRESETS",
    "BlenderLiquor",
    "CapillaryLiquor",
    "Composition",
    "Crack",
    "Crystal",
    "CrystalRanges",
    "DissolvedFace",
    "Form",
    "Habit",
    "MicroMesh",
    "MountAssembly",
    "NylonLoop",
    "Pin",
    "Polyhedron",
    "Sample",
    "SheetMount",
    "Variant",
    "draw_sample",
    "draw_variant",
    "grow_crystals",
    "make_variant",
    "material_fractions",
]
