"""What a tool asks of the hand, and why it may have nothing to do, in words."""

from __future__ import annotations

from dataclasses import fields

from ...review.tools.facets.facet_tools import SnapToHabit
from ...review.tools.need import Need
from ...review.tools.tool import Tool

ASKS = {
    Need.NOTHING: "",
    Need.POINT: "Click on the place in the canvas.",
    Need.STROKE: "Draw a stroke in the canvas.",
    Need.OUTLINE: "Draw an outline in the canvas; it closes itself.",
    Need.BOX: "Drag a box in the canvas; it is as deep as its shorter side.",
}


def less_than_a_voxel(tool: Tool, voxel_size_um: tuple[float, float, float] | None) -> str:
    """Say so where a size of a tool is smaller than the voxels, which then have nothing to do; else empty.

    Parameters
    ----------
    tool : Tool
        The tool with its parameters.
    voxel_size_um : (float, float, float) or None
        Voxel size along (z, y, x), µm; None where it is not known.
    """
    if voxel_size_um is None:
        return ""
    lengths = [getattr(tool, one.name) for one in fields(tool) if one.name.endswith("_um")]  # type: ignore[arg-type]
    if any(0 < length < max(voxel_size_um) for length in lengths):
        return f" The voxels are {max(voxel_size_um):.3g} µm large: try more than that."
    return ""


def nothing_back(tool: Tool, gained: bool) -> str:
    """Say why a habit may give a crystal nothing back; empty for other tools, and where it wins something.

    Parameters
    ----------
    tool : Tool
        The tool with its parameters.
    gained : bool
        Whether the class that it is asked for would win volume.
    """
    if gained or not isinstance(tool, SnapToHabit):
        return ""
    return (
        f" What was cut off along a face of {tool.habit}, or with a whole end of it, looks as if the crystal had grown "
        "less there: no angle tells. Drag that facet out (Drag facet)."
    )
