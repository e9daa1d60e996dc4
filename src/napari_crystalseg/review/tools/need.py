"""What the hand must show a tool before it can propose anything."""

from __future__ import annotations

from enum import StrEnum


class Need(StrEnum):
    """Part of a :class:`~napari_crystalseg.review.tools.scene.Scene` that a tool cannot do without."""

    NOTHING = "nothing"
    """It works on the whole; a cursor may tell it which piece is meant."""
    POINT = "point"
    """The cursor."""
    STROKE = "stroke"
    """Points of a stroke."""
    OUTLINE = "outline"
    """Corners of a polygon in the slice."""
    BOX = "box"
    """A box."""
