"""Grids of numbers as they lie in files: axes, scale and units, before they are checked as a Volume or Labels."""
