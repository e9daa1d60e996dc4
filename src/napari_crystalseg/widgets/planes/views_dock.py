"""The views in napari's window, and their keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QDockWidget, QMainWindow

from ...errors import InputError
from .bar.label_look import next_look
from .canvas.canvas import look_at
from .cross import go_to
from .linked_views import NAME, LinkedViews, views_of
from .picture.placement import placement_of

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Layer

VIEWS_KEY, LOOK_KEY = "T", "O"
_HEIGHT = 0.42
"""Part of the window's height that the views take below the canvas."""


def show_views(viewer: Any) -> LinkedViews:
    """Show the planes and 3-D below a viewer's canvas, or return those that are there.

    Raises
    ------
    InputError
        What the viewer shows has no three axes.
    """
    viewer = getattr(viewer, "__wrapped__", viewer)
    bind_keys(viewer)
    found = views_of(viewer)
    if found is not None:
        found.show()
        return found
    if viewer.dims.ndim < 3:
        raise InputError("Three planes take a volume; what is open has two axes. Open a volume in the stage Open.")
    views = LinkedViews(viewer)
    if hasattr(viewer, "window"):
        viewer.window.add_dock_widget(views, name=NAME, area="bottom", add_vertical_stretch=False)
        _place(views)
    return views


def hide_views(viewer: Any) -> None:
    """Take the views away, and free what they hold."""
    viewer = getattr(viewer, "__wrapped__", viewer)
    views = views_of(viewer)
    if views is None:
        return
    views.close_down()
    if hasattr(viewer, "window") and views.parent() is not None:
        viewer.window.remove_dock_widget(views)


def toggle_views(viewer: Any) -> None:
    """Show the views, or take them away."""
    if views_of(viewer) is None:
        show_views(viewer)
    else:
        hide_views(viewer)


def jump(
    viewer: ViewerModel, point: Sequence[float], layer: Layer | None = None, span: Sequence[float] | None = None
) -> tuple[float, float, float]:
    """Have napari's canvas, and all planes and 3-D that are open beside it, show a place in their middle.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Viewer, or napari's proxy of one.
    point : sequence of float
        Place along (z, y, x): in the viewer's world, or, where a layer is given, its voxel index, not rounded.
    layer : napari.layers.Layer, optional
        Layer whose voxels ``point`` and ``span`` count.
    span : sequence of float, optional
        Lengths of the place along (z, y, x), to zoom to; without them the zoom stays.

    Returns
    -------
    (float, float, float)
        World point (z, y, x) of the place.

    Raises
    ------
    InputError
        Fewer or more than three numbers, numbers that are not finite, or a layer without three axes.
    """
    import numpy as np

    viewer = getattr(viewer, "__wrapped__", viewer)
    place = np.asarray(point, dtype=float)
    lengths = None if span is None else np.abs(np.asarray(span, dtype=float))
    if place.shape != (3,) or not np.isfinite(place).all():
        raise InputError(f"A place to jump to takes three finite numbers (z, y, x), not {point!r}.")
    if layer is not None:
        placement = placement_of(layer, viewer.dims)
        if placement is None:
            raise InputError(f"Layer '{layer.name}' has no three axes to jump along.")
        place = placement.world(place)
        if lengths is not None:
            lengths = np.abs(np.linalg.inv(placement.matrix)) @ lengths
    z, y, x = (float(one) for one in place)
    spanned = None if lengths is None else [float(one) for one in lengths]
    views = views_of(viewer)
    if views is not None:
        views.jump((z, y, x), spanned)
    else:
        look_at(viewer, (z, y, x), spanned)
        go_to(viewer, (z, y, x))
    return z, y, x


def bind_keys(viewer: Any) -> None:
    """Bind the keys of the views and of the labels' look to a viewer; they need no dock."""
    viewer.bind_key(VIEWS_KEY, _toggle_by_key, overwrite=True)
    viewer.bind_key(LOOK_KEY, next_look, overwrite=True)


def _toggle_by_key(viewer: Any) -> None:
    try:
        toggle_views(viewer)
    except InputError as error:
        from napari.utils.notifications import show_warning

        show_warning(str(error))


def _place(views: LinkedViews) -> None:
    """Put the views below the canvas alone, so that the docks beside it keep their height."""
    dock = views.parent()
    window = views.window()
    if not isinstance(dock, QDockWidget) or not isinstance(window, QMainWindow):
        return
    window.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
    window.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
    window.resizeDocks([dock], [int(_HEIGHT * window.height())], Qt.Orientation.Vertical)
