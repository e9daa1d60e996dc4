"""The ways in which labels become wrong, for scripts that run beside this file."""

from napari_crystalseg.testing.damage import KINDS, damaged, drawn_kinds

__all__ = ["KINDS", "damaged", "drawn_kinds"]
