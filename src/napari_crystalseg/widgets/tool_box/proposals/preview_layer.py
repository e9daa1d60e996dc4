"""The layer that shows what a tool would change, or what the hand draws for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....box import Box
from ...layers.layer_place import SPATIAL
from ...layers.layer_record import PREVIEW, RECORD
from ...views.hidden_layers import shelve
from .proposal import COLOURS

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Labels as LabelsLayer

NAME = "preview of the tool"
_OPACITY = 0.85


class PreviewLayer:
    """Lies over labels, as large as what would change; is put out of sight, and not removed, when nothing would.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Viewer to show it in.
    """

    def __init__(self, viewer: ViewerModel) -> None:
        self._viewer = viewer
        self._layer: LabelsLayer | None = None

    @property
    def layer(self) -> LabelsLayer | None:
        """The layer, in sight or not; None before it was first needed, and after somebody removed it."""
        if self._layer is not None and self._layer not in self._viewer.layers:
            self._layer = None
        return self._layer

    @property
    def shown(self) -> bool:
        """Whether it is in sight."""
        return self.layer is not None and bool(self.layer.visible)

    def show(self, labels: LabelsLayer, box: Box, picture: NDArray[np.uint8]) -> None:
        """Show a picture, with codes of :data:`.proposal.COLOURS`, over a box of labels."""
        place = _place_of(labels, box)
        layer = self.layer
        if layer is None:
            self._layer = self._add(picture, place)
            return
        layer.data = picture
        for name, value in place.items():
            # Each that is set is drawn.
            if not _same(getattr(layer, name), value):
                setattr(layer, name, value)
        if self._viewer.layers[-1] is not layer:
            self._viewer.layers.move(self._viewer.layers.index(layer), len(self._viewer.layers))
        if not layer.visible:
            layer.visible = True

    def hide(self) -> None:
        """Put it out of sight."""
        layer = self.layer
        if layer is None or not layer.visible:
            return
        # At its place: at the origin of the world the sliders would reach for it.
        place = layer.translate
        shelve(layer)
        layer.translate = place

    def _add(self, picture: NDArray[np.uint8], place: dict[str, Any]) -> LabelsLayer:
        from napari.layers import Labels as LabelsLayer
        from napari.utils.colormaps import DirectLabelColormap

        layer = LabelsLayer(
            picture,
            name=NAME,
            colormap=DirectLabelColormap(color_dict=COLOURS),
            opacity=_OPACITY,
            metadata={RECORD: {PREVIEW: NAME}},
            **place,
        )
        # What is painted would go with the next preview.
        layer.editable = False
        active = self._viewer.layers.selection.active
        self._viewer.add_layer(layer)
        # The keys and the brush are those of the labels.
        self._viewer.layers.selection.active = active
        return layer


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, tuple):
        return bool(one == tuple(other))
    one, other = (getattr(value, "affine_matrix", value) for value in (one, other))
    return np.array_equal(np.asarray(one), np.asarray(other))


def _place_of(labels: LabelsLayer, box: Box) -> dict[str, Any]:
    """Place of a box of labels in the world."""
    place = {name: getattr(labels, name) for name in SPATIAL}
    low = tuple(float(side.start) for side in box)
    moved = np.asarray(labels.data_to_world(low)) - np.asarray(labels.data_to_world((0.0,) * 3))
    place["translate"] = labels.translate + np.linalg.solve(np.asarray(labels.affine.linear_matrix), moved)
    return place
