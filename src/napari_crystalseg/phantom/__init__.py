"""Phantoms: crystal habits, mounts and mother liquor, and the labels they fill."""

from .crystals.crystal import Crack, Crystal, DissolvedFace
from .crystals.habit import PRESETS, Form, Habit
from .crystals.habits import HABITS
from .crystals.polyhedron import Polyhedron
from .drawing.crystal_ranges import CrystalRanges, grow_crystals
from .drawing.sample_drawing import draw_sample
from .fractions import material_fractions
from .liquors.blender_liquor import BlenderLiquor
from .liquors.capillary_liquor import CapillaryLiquor
from .liquors.composition import Composition
from .mounts.mount_catalogue import MOUNTS
from .mounts.nylon_loop import NylonLoop
from .mounts.pin import MountAssembly, Pin
from .mounts.sheet_mount import MicroMesh, SheetMount
from .sample import Sample
from .variants.variant import Variant
from .variants.variants import draw_variant, make_variant

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
