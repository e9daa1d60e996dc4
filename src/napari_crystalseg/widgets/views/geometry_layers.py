"""Layers that lay labels over a measured projection, and show them along the rotation axis with the beam."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..layers.connections import Connections
from ..layers.label_layer import class_colormap
from ..layers.layer_record import OVERLAY, RECORD
from .geometry_marks import bounds, corner, marks_picture
from .hidden_layers import HiddenLayers, fit_plane, shelve

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.components import ViewerModel
    from napari.layers import Layer

    from ...calibration.geometry_overlay import GeometryOverlay

PROJECTION, ALONG = "measured projection", "labels along the axis"
MARKS = "outlines, rotation axis and beam"
_NAMES = (PROJECTION, ALONG, MARKS)


class GeometryLayers:
    """Shows one overlay at a time in a viewer; the user's layers are hidden meanwhile.

    Left the projection, with the outlines of the labels, the rotation axis, and the beam that goes away from the
    viewer; right the labels seen along the rotation axis, with the beam. The layers are kept, out of sight, when the
    overlay goes, and there are none of shapes: napari 0.9 dies in OpenGL at a redraw after layers were removed.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Viewer to show it in.
    connections : Connections
        Undone when the dock goes.
    asked_back : callable, optional
        Called with a layer that somebody shows though the overlay hides it.
    """

    def __init__(
        self, viewer: ViewerModel, connections: Connections, asked_back: Callable[[Layer], None] | None = None
    ) -> None:
        self._viewer = viewer
        self._others = HiddenLayers(viewer, asked_back)
        self._shown = False
        connections.add(viewer.layers.events.removed, self._removed)

    def layers(self) -> dict[str, Layer]:
        """Layers of the overlay that is shown, by what they show; empty while there is none."""
        return self._kept() if self._shown else {}

    def show(self, overlay: GeometryOverlay) -> None:
        """Show an overlay in place of the one before."""
        kept = self._kept()
        new = layers_of(overlay)
        if self._shown and len(kept) == len(_NAMES):
            _update(kept, new)
            return
        self._others.hide_all_but([])
        active = self._viewer.layers.selection.active
        self._shown = True
        for name, layer in new.items():
            if name not in kept:
                self._viewer.add_layer(layer)
        _update(kept, new)
        for layer in kept.values():
            layer.visible = True
        # The layer that the user works on stays chosen.
        self._viewer.layers.selection.active = active
        low, high = bounds(overlay)
        fit_plane(self._viewer, low, high)

    def clear(self) -> None:
        """Put the overlay out of sight, and show again what it has hidden."""
        self._shown = False
        for layer in self._kept().values():
            shelve(layer)
        self._others.restore()

    def _kept(self) -> dict[str, Layer]:
        """Layers of the overlay, seen or not."""
        found = {one.metadata.get(RECORD, {}).get(OVERLAY): one for one in self._viewer.layers}
        return {name: found[name] for name in _NAMES if name in found}

    def _removed(self, event: Any) -> None:
        # Deleted by hand: the others go out of sight with it.
        if self._shown and OVERLAY in event.value.metadata.get(RECORD, {}):
            self.clear()


def _update(kept: dict[str, Layer], new: dict[str, Layer]) -> None:
    """Let layers that are there show what others would."""
    for name, layer in kept.items():
        made: Any = new[name]
        shown: Any = layer
        shown.data = made.data
        shown.scale, shown.translate = made.scale, made.translate
        shown.metadata = made.metadata
        if name == PROJECTION:
            shown.contrast_limits = made.contrast_limits


def layers_of(overlay: GeometryOverlay) -> dict[str, Layer]:
    """Make the layers of an overlay, all in µm and in one plane, by what they show."""
    from napari.layers import Image
    from napari.layers import Labels as LabelsLayer

    plane: dict[str, Any] = {"units": ("um",) * 2, "axis_labels": ("row", "column")}
    pixel = overlay.pixel_size_um

    def record(name: str) -> dict[str, Any]:
        return {RECORD: {OVERLAY: name, "angle_deg": overlay.angle_deg}}

    image = Image(
        overlay.projection,
        name=PROJECTION,
        colormap="gray",
        contrast_limits=_contrast(overlay.projection),
        scale=(pixel, pixel),
        metadata=record(PROJECTION),
        **plane,
    )
    along = LabelsLayer(
        overlay.along_axis,
        name=ALONG,
        colormap=class_colormap(),
        opacity=0.75,
        scale=overlay.voxel_size_um,
        translate=corner(overlay) + np.asarray(overlay.voxel_size_um) / 2,
        metadata=record(ALONG),
        **plane,
    )
    along.editable = False
    picture, step = marks_picture(overlay)
    marks = Image(
        picture,
        rgb=True,
        name=MARKS,
        scale=(step, step),
        translate=np.asarray(bounds(overlay)[0]) + step / 2,
        blending="translucent",
        metadata=record(MARKS),
        **plane,
    )
    return {PROJECTION: image, ALONG: along, MARKS: marks}


def _contrast(projection: NDArray[np.float32]) -> tuple[float, float]:
    # Some pixels do: all of a large detector would hold up the window.
    step = max(1, max(projection.shape) // 400)
    low, high = (float(value) for value in np.percentile(projection[::step, ::step], (0.3, 99.7)))
    return (low, high) if high > low else (low, low + 1.0)
