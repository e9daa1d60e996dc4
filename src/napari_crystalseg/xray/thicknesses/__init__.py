"""Thickness of each material along the beam."""
