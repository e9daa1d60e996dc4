"""Napari's own canvas: its widget, its camera, and how to bring a place into its middle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QWidget

if TYPE_CHECKING:
    from napari.components import ViewerModel

SPAN = 3.0
"""A place that is jumped to takes about one part in so many of a picture."""


def canvas_widget(viewer: Any) -> QWidget | None:
    """Qt widget of a viewer's canvas; None without a window, and where napari has it elsewhere."""
    window = getattr(viewer, "window", None)
    native = getattr(getattr(getattr(window, "_qt_viewer", None), "canvas", None), "native", None)
    return native if isinstance(native, QWidget) else None


def camera_of(viewer: ViewerModel) -> Any:
    """Camera of a viewer; napari 0.9 moved it below the scene."""
    return getattr(viewer, "scene", viewer).camera


def look_at(viewer: ViewerModel, point: Sequence[float], span: Sequence[float] | None = None) -> None:
    """Bring a world point (z, y, x) into the middle of napari's canvas, and zoom to a place of such lengths."""
    dims, camera = viewer.dims, camera_of(viewer)
    if dims.ndim < 3:
        return
    if dims.ndisplay == 3:
        camera.center = tuple(float(place) for place in point)
        return
    shown = [axis - (dims.ndim - 3) for axis in dims.displayed]
    if min(shown) < 0:
        return
    camera.center = (0.0, *(float(point[axis]) for axis in shown))
    canvas = getattr(viewer, "canvas", None)
    size = getattr(canvas, "size", None) or getattr(viewer, "_canvas_size", None)
    if span is not None and size is not None:
        camera.zoom = float(min(size)) / (SPAN * max(*span, 1e-9))
