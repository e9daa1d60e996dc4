"""Strokes that teach the labels of a review, as its record holds them; without Qt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from weakref import ref

from ...review.session.kept_strokes import strokes_record
from ...review.teaching.strokes import Strokes
from ..label_edits.drawn_strokes import drawn_strokes
from ..label_edits.layer_edits import edits_of
from ..layers.strokes_layer import is_strokes

if TYPE_CHECKING:
    from napari.layers import Labels as LabelsLayer

    from ..session.sample_ties import SampleTies


class DrawnStrokesRecord:
    """Calling it returns the record of the strokes on the volume of some labels; it keeps neither alive.

    Parameters
    ----------
    viewer : weak reference to napari.components.ViewerModel
        Viewer of the layers.
    ties : SampleTies
        Which strokes and labels are of which volume.
    layer : napari.layers.Labels
        The labels.
    """

    def __init__(self, viewer: Any, ties: SampleTies, layer: LabelsLayer) -> None:
        self._viewer, self._ties, self._layer = viewer, ties, ref(layer)
        self._last: tuple[Strokes | None, Mapping[str, Any]] = (None, {})

    def __call__(self) -> Mapping[str, Any] | None:
        """Return the record: empty where strokes were wiped, None where there is no layer of strokes of the volume."""
        viewer, layer = self._viewer(), self._layer()
        image = None if layer is None else self._ties.volume_of(layer)
        if viewer is None or image is None:
            return None
        of_image = (one for one in viewer.layers if is_strokes(one) and self._ties.volume_of(one) is image)
        edits = next((found for one in of_image if (found := edits_of(one)) is not None), None)
        if edits is None:
            return None
        strokes = drawn_strokes(edits)
        if strokes is not self._last[0]:
            self._last = strokes, {} if strokes is None else strokes_record(strokes, edits.edited.data.shape)
        return self._last[1]
