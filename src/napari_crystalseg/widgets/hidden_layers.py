"""Layers that are out of sight while something else is shown, and the view fitted to what is shown."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .label_layer import LIVE, OVERLAY, PREVIEW, RECORD

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Layer

_MARGIN = 0.08


class HiddenLayers:
    """Hides the layers of a viewer, and shows again those that it has hidden.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Viewer of the layers.
    """

    def __init__(self, viewer: ViewerModel) -> None:
        self._viewer = viewer
        self._hidden: list[Layer] = []
        self._ndisplay = 2

    def hide_all_but(self, shown: Sequence[Layer]) -> None:
        """Hide what is visible besides ``shown``, and look at the plane."""
        if not self._hidden:
            self._ndisplay = self._viewer.dims.ndisplay
        for layer in self._viewer.layers:
            if layer.visible and layer not in shown:
                layer.visible = False
                self._hidden.append(layer)
        self._viewer.dims.ndisplay = 2

    def restore(self) -> None:
        """Show again what was hidden and is still there."""
        back = [layer for layer in self._hidden if layer in self._viewer.layers]
        self._hidden = []
        for layer in back:
            layer.visible = True
        if back:
            self._viewer.dims.ndisplay = self._ndisplay
            fit_view(self._viewer, back)


def is_to_be_seen(layer: Layer) -> bool:
    """Whether a layer that came is a volume or labels to work on, which what hides other layers must make way for."""
    ours = {"scan", LIVE, OVERLAY, PREVIEW} & layer.metadata.get(RECORD, {}).keys()
    return bool(layer.ndim >= 3 and layer.visible and not ours)


def fit_view(viewer: ViewerModel, layers: Sequence[Layer]) -> None:
    """Fit some layers into the canvas; older napari fits all, and none fits fewer axes than the viewer has."""
    if max((layer.ndim for layer in layers), default=0) < viewer.dims.ndim:
        return
    fit = viewer.reset_view
    fit(layers=list(layers)) if "layers" in inspect.signature(fit).parameters else fit()


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
