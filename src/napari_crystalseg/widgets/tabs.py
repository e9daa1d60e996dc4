"""The tabs of the dock, by their place."""

OPEN, SEGMENT, CHECK, EXPORT, SIMULATE = range(5)

PROCESS_KEY = "F5"
"""Processes the sample, wherever the keyboard is in napari's window."""
