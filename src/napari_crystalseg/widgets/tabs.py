"""The tabs of the dock, by their place."""

OPEN, SEGMENT, REVIEW, CHECK, EXPORT, SIMULATE = range(6)

PROCESS_KEY = "F5"
"""Processes the sample, wherever the keyboard is in napari's window."""
