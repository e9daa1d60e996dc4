"""How unsure labels are that strokes taught; it comes and goes with the edit that teaching made."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...review.edits.edit import Edit
from ..class_labels.segmented_layers import SegmentedLayers
from ..label_edits.layer_edits import LayerEdits
from ..layers.layer_place import finest
from ..layers.layer_record import RECORD
from ..parts.stage import Desk

if TYPE_CHECKING:
    from napari.layers import Image
    from napari.layers import Labels as LabelsLayer


class TaughtUncertainty:
    """Puts the uncertainty of taught labels in place of what was known, and back when the edit is taken back.

    Of several rounds the last one is followed: each holds an array as large as the volume.

    Parameters
    ----------
    desk : Desk
        Viewer and session.
    layers : SegmentedLayers
        Adds the hidden layer where there is none yet.
    """

    def __init__(self, desk: Desk, layers: SegmentedLayers) -> None:
        self._desk, self._layers = desk, layers
        self._end: Callable[[], object] | None = None

    def take(self, uncertainty: NDArray[np.uint8], edits: LayerEdits, edit: Edit | None, place: dict[str, Any]) -> None:
        """Show the uncertainty of labels that an edit made.

        Parameters
        ----------
        uncertainty : ndarray of uint8, shape (z, y, x)
            255 times the probability that the label is wrong.
        edits : LayerEdits
            Edits of the labels.
        edit : Edit or None
            What teaching changed; None where the labels stayed.
        place : dict
            Place of a layer on their grid.
        """
        self.forget()
        layer, known = edits.layer, self._desk.session.uncertainty
        before, shown = known.get(layer), self._shown(layer)
        shown_before = None if shown is None else shown.data
        if shown is None:
            self._layers.add_uncertainty(uncertainty, layer, place)
        else:
            shown.data = uncertainty
        known[layer] = uncertainty
        if edit is None:
            return

        def edited(of: LayerEdits, told: Edit | None) -> None:
            if told is not edit:
                return
            made = edit.is_made_in(of.edited.data)
            now, picture = (uncertainty, uncertainty) if made else (before, shown_before)
            if now is None:
                known.pop(layer, None)
            else:
                known[layer] = now
            there = self._shown(layer)
            if there is not None and picture is not None:
                there.data = picture
            elif there is not None:
                there.visible = False  # nothing was known of these labels

        self._end = edits.listen(edited)

    def forget(self) -> None:
        """Follow the edit no longer."""
        if self._end is not None:
            self._end()
            self._end = None

    def _shown(self, labels: LabelsLayer) -> Image | None:
        """Return the layer of uncertainty in the place of labels, in sight or not."""
        for one in self._desk.viewer.layers:
            if not one.metadata.get(RECORD, {}).get("uncertainty") or finest(one).shape != labels.data.shape:
                continue
            if all(np.allclose(getattr(one, field), getattr(labels, field)) for field in ("scale", "translate")):
                found: Image = one
                return found
        return None
