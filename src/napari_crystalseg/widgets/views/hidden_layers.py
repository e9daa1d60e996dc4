"""Layers that are out of sight while something else is shown, and the view fitted to what is shown."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..layers.layer_record import LIVE, OVERLAY, PREVIEW, RECORD, SURFACES

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Layer
    from numpy.typing import NDArray

_MARGIN = 0.08

GIVE_WAY_MS = 60
"""Time to draw what has just come: OpenGL in software may crash where a layer goes that was never drawn."""


class HiddenLayers:
    """Hides the layers of a viewer, and shows again those that it has hidden.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Viewer of the layers.
    asked_back : callable, optional
        Called with a layer that is hidden here when somebody else shows it: whoever does wants to see it, and what it
        was hidden for should go.
    """

    def __init__(self, viewer: ViewerModel, asked_back: Callable[[Layer], None] | None = None) -> None:
        self._viewer = viewer
        self._asked_back = asked_back
        self._hidden: list[Layer] = []
        self._ndisplay: int | None = None  # while nothing is hidden
        self._active: Layer | None = None

    def hide_all_but(self, shown: Sequence[Layer], ndisplay: int = 2) -> None:
        """Hide what is visible besides ``shown``, and look at the plane, or at the whole in 3-D."""
        if self._ndisplay is None:
            self._ndisplay = self._viewer.dims.ndisplay
            self._active = self._viewer.layers.selection.active
        for layer in self._viewer.layers:
            if layer.visible and layer.metadata.get(RECORD, {}).get(PREVIEW) == SURFACES:
                # First: the labels that it stands for come back, to be hidden with the others.
                layer.visible = False
        for layer in self._viewer.layers:
            if layer.visible and layer not in shown:
                layer.visible = False
                if layer not in self._hidden:
                    self._hidden.append(layer)
                    layer.events.visible.connect(self._shown_by_hand)
        set_view_dimension(self._viewer, ndisplay)

    def restore(self) -> None:
        """Show again what was hidden and is still there."""
        hidden, self._hidden = self._hidden, []
        for layer in hidden:
            layer.events.visible.disconnect(self._shown_by_hand)
        back = [layer for layer in hidden if layer in self._viewer.layers]
        for layer in back:
            if not layer.visible:  # else its brush would be put down
                layer.visible = True
        if self._ndisplay is not None:
            set_view_dimension(self._viewer, self._ndisplay)
            self._ndisplay = None
        active, self._active = self._active, None
        now = self._viewer.layers.selection.active
        if active in self._viewer.layers and (now is None or not now.visible):
            # What was put away is nothing to work on.
            self._viewer.layers.selection.active = active
        if back:
            fit_view(self._viewer, back)

    def _shown_by_hand(self, event: Any) -> None:
        if event.source.visible and self._asked_back is not None:
            self._asked_back(event.source)


def shelve(layer: Layer) -> None:
    """Put a layer of ours out of sight, with next to no data, so that neither sliders nor views reach for it.

    It is not removed: after layers were removed napari 0.9 may die in OpenGL at the next redraw. Whoever shows it again
    sets its data and its place.
    """
    data: Any = layer.data
    layer.visible = False
    layer.data = data[(slice(1),) * layer.ndim]
    layer.translate = np.zeros(layer.ndim)


def set_view_dimension(viewer: ViewerModel, ndisplay: int) -> None:
    """Look at a plane or at the whole."""
    if ndisplay == 3 and viewer.dims.ndisplay != 3:
        aim_cursor(viewer)
    viewer.dims.ndisplay = ndisplay


def aim_cursor(viewer: ViewerModel) -> None:
    """Give the pointer the line of sight of a view in 3-D.

    Over a pointer that rests, napari asks for the value along a line of sight that it takes from the last move of the
    mouse, and dies where that was made over a plane.
    """
    if hasattr(viewer.cursor, "_view_direction"):
        camera = getattr(viewer, "scene", viewer).camera
        direction = np.zeros(max(viewer.dims.ndim, 3))
        direction[-3:] = camera.view_direction
        viewer.cursor._view_direction = direction


def is_work_layer(layer: Layer) -> bool:
    """Whether a layer that came is a volume or labels to work on, which what hides other layers must make way for."""
    ours = {"scan", LIVE, OVERLAY, PREVIEW} & layer.metadata.get(RECORD, {}).keys()
    return bool(layer.ndim >= 3 and layer.visible and not ours)


def fit_view(viewer: ViewerModel, layers: Sequence[Layer]) -> None:
    """Fit some layers into the canvas; older napari fits all, and none fits fewer axes than the viewer has."""
    if max((layer.ndim for layer in layers), default=0) < viewer.dims.ndim:
        return
    fit = viewer.reset_view
    fit(layers=list(layers)) if "layers" in inspect.signature(fit).parameters else fit()


def follow_volume(viewer: ViewerModel, layer: Layer, before: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """Look at a volume that is worked on from now on, where it spans another field than the one before; return its own.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Viewer of the layer.
    layer : napari.layers.Layer
        The volume.
    before : ndarray of float64, shape (2, 3), or None
        Lowest and highest corner, in world units, of the volume before; None where there was none.
    """
    field = np.asarray(layer.extent.world, dtype=np.float64)
    moved = before is not None and (before.shape != field.shape or not np.allclose(before, field))
    if moved and layer.visible and layer.ndim == viewer.dims.ndim:
        fit_view(viewer, [layer])
        viewer.dims.set_point(0, field[:, 0].mean())
    return field


def fit_plane(viewer: ViewerModel, low: tuple[float, float], high: tuple[float, float]) -> None:
    """Fit a rectangle of the last two axes, in world units, to the canvas.

    napari fits layers that have fewer axes than the viewer only together with all others.
    """
    # Camera and canvas moved below the viewer's scene and canvas in napari 0.9.
    camera = getattr(viewer, "scene", viewer).camera
    canvas = np.asarray(viewer.canvas.size if hasattr(viewer, "canvas") else viewer._canvas_size, dtype=float)
    size = np.maximum(np.subtract(high, low), 1e-9)
    camera.center = (0.0, *((np.add(low, high)) / 2))
    camera.zoom = float((1 - _MARGIN) * (canvas / size).min())
