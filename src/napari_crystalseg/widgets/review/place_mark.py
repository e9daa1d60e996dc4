"""The outline of the place that is looked at, in the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...review.places.place import Place
from ..layers.connections import Connections
from ..layers.layer_place import finest
from ..layers.layer_record import PREVIEW, RECORD
from ..layers.orientation import orientation_of, voxel_edges

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Labels as LabelsLayer

NAME = "place"
_WHITE = (1.0, 1.0, 1.0, 1.0)
_MARGIN = 2


class PlaceMark:
    """A layer a little larger than the place, moved from one to the next and hidden between them.

    The outline lies on the voxels about the place: many places are as thin as a line, which would hide what they are.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Where it is shown.
    connections : Connections
        It is removed when they are closed.
    """

    def __init__(self, viewer: ViewerModel, connections: Connections) -> None:
        self._viewer = viewer
        self.layer: LabelsLayer | None = None
        connections.add_undo(self.remove)

    def show(self, place: Place | None, labels: Any) -> None:
        """Outline a place of a layer of labels, or nothing."""
        if place is None:
            self.hide()
            return
        layers = self._viewer.layers
        if self.layer is None or self.layer not in layers:
            self._add(labels)
        assert self.layer is not None
        # Places are of the labels as they are seen; the layer lies as the labels do.
        orientation = orientation_of(labels)
        mask = orientation.stored(place.mask)
        low = np.subtract(orientation.stored_start(place.box, finest(labels).shape), _MARGIN)
        # A voxel about the place, and one more, so that the outline is closed there.
        self.layer.data = _grown(np.pad(mask, _MARGIN)).astype(np.uint8)
        self.layer.units = labels.units
        matrix = np.eye(4)
        matrix[:3, :3] = voxel_edges(labels).T
        matrix[:3, 3] = labels.data_to_world(low)
        self.layer.affine = matrix
        self.layer.visible = True

    def hide(self) -> None:
        """Outline nothing until the next place is gone to."""
        if self.layer is not None:
            self.layer.visible = False

    def remove(self) -> None:
        """Take the layer away."""
        if self.layer is not None and self.layer in self._viewer.layers:
            self._viewer.layers.remove(self.layer)
        self.layer = None

    def _add(self, labels: Any) -> None:
        from napari.layers import Labels as LabelsLayer
        from napari.utils.colormaps import DirectLabelColormap

        chosen = set(self._viewer.layers.selection)
        colours = DirectLabelColormap(color_dict={None: (0, 0, 0, 0), 0: (0, 0, 0, 0), 1: _WHITE})
        self.layer = LabelsLayer(
            np.zeros((1, 1, 1), np.uint8),
            name=NAME,
            colormap=colours,
            opacity=1.0,
            metadata={RECORD: {PREVIEW: NAME}},
            # Those of other layers beside it would make napari draw none in its units.
            units=labels.units,
        )
        self.layer.contour = 1
        self._viewer.add_layer(self.layer)
        self._viewer.layers.selection = chosen  # the brush stays with what it painted


def _grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A mask and the voxels that share a face with it."""
    grown = mask.copy()
    for axis in range(mask.ndim):
        low = [slice(None)] * mask.ndim
        high = list(low)
        low[axis], high[axis] = slice(None, -1), slice(1, None)
        grown[tuple(low)] |= mask[tuple(high)]
        grown[tuple(high)] |= mask[tuple(low)]
    return grown
