"""The labels that tools work on: their layer, its edits, and the slices that were drawn in by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal

from ...errors import InputError
from ...review.edits.edit import Edit
from ...review.edits.edited_labels import PreparedEdit
from ..label_edits.layer_edits import LayerEdits, edits_of
from .hand.drawn_slices import DrawnSlices
from .hand.seen_slice import SeenSlice, seen_slice

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Labels as LabelsLayer


class HeldLabels(QObject):
    """Follows one layer at a time.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Viewer of the layer.
    parent : QObject
        Whose end it shares.
    """

    touched = Signal()
    """They were edited, or another class was chosen."""
    replaced = Signal()
    """Their array was replaced by one that has other edits, or none."""

    def __init__(self, viewer: ViewerModel, parent: QObject) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self.layer: LabelsLayer | None = None
        self.edits: LayerEdits | None = None
        self.making = False
        """Whether a tool's edit is being made."""
        self._slices = DrawnSlices()
        self._end: Any = None

    def take(self, layer: LabelsLayer | None) -> None:
        """Let go of what it follows, and follow a layer, with its edits where it has any."""
        self.let_go()
        self.edits = edits_of(layer)
        self._slices.forget()
        if self.edits is not None:
            self._end = self.edits.listen(self._edited)
        if layer is not None:
            self.layer = layer
            layer.events.selected_label.connect(self._class_chosen)
            # After the edits have seen to it.
            layer.events.data.connect(self._data_replaced, position="last")

    def let_go(self) -> None:
        """Follow nothing."""
        if self._end is not None:
            self._end()
            self._end = None
        layer, self.layer = self.layer, None
        if layer is not None:
            layer.events.selected_label.disconnect(self._class_chosen)
            layer.events.data.disconnect(self._data_replaced)
        self.edits = None

    def make(self, edits: LayerEdits, prepared: PreparedEdit) -> None:
        """Make an edit of a tool: the hand has not drawn it.

        Raises
        ------
        CrystalSegError
            It can no more be made.
        """
        self.making = True
        try:
            edits.make(prepared)
        finally:
            self.making = False

    def other_slice(self, seen: SeenSlice) -> int | None:
        """Return the slice that was drawn in last besides one, along its axis; None where there is none."""
        return self._slices.other_than(seen.axis, seen.index)

    def _class_chosen(self, event: Any = None) -> None:
        self.touched.emit()

    def _edited(self, edits: LayerEdits, edit: Edit | None) -> None:
        if edit is not None and edits.edited.timeline.next_undo is edit and not self.making:
            try:
                seen = seen_slice(self._viewer, edits.layer)
                self._slices.note(edit.box, seen.axis, seen.index)
            except InputError:  # turned, or out of the viewer
                pass
        self.touched.emit()

    def _data_replaced(self, event: Any = None) -> None:
        if edits_of(self.layer) is not self.edits:
            self.replaced.emit()
