"""Where strokes are kept in a viewer: one layer for each volume, reused once its volume is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..label_edits.layer_edits import edits_of
from ..layers.layer_place import spatial_of
from ..layers.strokes_layer import is_strokes, set_stroke_brush, strokes_layer, strokes_shape
from ..session.sample_ties import SampleTies
from ..views.hidden_layers import shelve

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Image
    from napari.layers import Labels as LabelsLayer


class StrokesPlace:
    """Finds, makes and puts away the layer of strokes of a volume.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Viewer of the layers.
    ties : SampleTies
        Remembers the volume of each layer of strokes.
    """

    def __init__(self, viewer: ViewerModel, ties: SampleTies) -> None:
        self._viewer, self._ties = viewer, ties

    def of(self, image: Image | None) -> LabelsLayer | None:
        """Return the strokes of a volume; None where there are none on its voxels."""
        if image is None or image.ndim != 3:
            return None
        return next((one for one in self._of(image) if one.data.shape == tuple(strokes_shape(image))), None)

    def made_for(self, image: Image) -> LabelsLayer:
        """Return the strokes of a volume, made if there are none.

        Raises
        ------
        InputError
            A volume of other axes than three.
        """
        found = self.of(image)
        if found is not None:
            return found
        shape = strokes_shape(image)
        spare = next((one for one in self._viewer.layers if is_strokes(one) and self._is_spare(one)), None)
        if spare is None:
            spare = strokes_layer(image)
            self._ties.tie(spare, image)
            self._viewer.add_layer(spare)
            # Only now: napari's layer controls set the selected class while they are made.
            set_stroke_brush(spare)
            return spare
        spare.data = np.zeros(shape, np.uint8)
        for name, value in spatial_of(image).items():
            setattr(spare, name, value)
        self._ties.tie(spare, image)
        return spare

    def leave(self, image: Image) -> None:
        """Put the strokes of a volume that is gone out of sight and out of memory."""
        for layer in self._of(image):
            edits = edits_of(layer)
            if edits is not None:
                edits.release()
            shelve(layer)
            layer.data = np.zeros((1, 1, 1), np.uint8)

    def _of(self, image: Image) -> list[LabelsLayer]:
        return [one for one in self._viewer.layers if is_strokes(one) and self._ties.volume_of(one) is image]

    def _is_spare(self, layer: LabelsLayer) -> bool:
        volume = self._ties.volume_of(layer)
        return volume is None or volume not in self._viewer.layers
