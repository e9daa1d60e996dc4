"""Crystals: habits, polyhedra, and how they come out of the drop."""
