"""Strokes that teach the labels of a whole volume."""
