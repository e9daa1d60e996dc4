"""A change kept to what lies near the cursor."""

from __future__ import annotations

from dataclasses import replace

from ..edits.change import Change
from .class_box import with_margin
from .proposed_change import proposed
from .scene import Scene
from .strokes.ball import ball_stroke
from .tool import Tool


def near_cursor(tool: Tool, scene: Scene, about_um: float, margin_um: float) -> Change | None:
    """Return what a tool proposes near the cursor, looking no further than it needs to.

    Parameters
    ----------
    tool : Tool
        The tool, which is not kept to the cursor itself.
    scene : Scene
        What it looks at.
    about_um : float
        Distance from the cursor within which labels may change, µm.
    margin_um : float
        What the tool needs to see about that, µm.

    Returns
    -------
    Change or None

    Raises
    ------
    InputError
        There is no cursor, or it is outside the labels.
    """
    z, y, x = scene.labels.shape
    at = scene.required_voxel
    ball = ball_stroke(at, about_um, 0, (z, y, x), scene.voxel_size_um)
    if ball is None:
        return None
    box = with_margin(ball.box, margin_um, scene.voxel_size_um, scene.labels.shape)
    here = scene.labels[box]
    at_z, at_y, at_x = (float(index - side.start) for index, side in zip(at, box, strict=True))
    part = replace(
        scene,
        labels=here,
        values=None if scene.values is None else scene.values[box],
        point=(at_z, at_y, at_x),
        index=0,
        other_index=None,
        path=None,
        automatic=None,
        box=None,
    )
    change = tool.propose(part)
    if change is None:
        return None
    after = here.copy()
    after[change.box][change.mask] = change.labels[change.mask]
    inner = tuple(slice(a.start - b.start, a.stop - b.start) for a, b in zip(ball.box, box, strict=True))
    kept = scene.labels[ball.box].copy()
    kept[ball.mask] = after[inner][ball.mask]
    return proposed(scene.labels, ball.box, kept)
