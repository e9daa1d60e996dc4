"""Edits of a Labels layer: strokes, tools, undo and redo in one timeline."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import ReferenceType, WeakKeyDictionary, ref

import numpy as np
from numpy.typing import NDArray

from ...box import Box
from ...errors import InputError
from ...labels import Material
from ...review.edits.change import Change
from ...review.edits.edit import Edit
from ...review.edits.edited_labels import EditedLabels, PreparedEdit
from ...review.edits.policy import EVERYTHING, EditPolicy
from ...review.edits.timeline import Timeline
from ..layers.layer_place import finest
from ..layers.orientation import orientation_of
from .stroke import before_and_after, box_of_stroke

if TYPE_CHECKING:
    from napari.layers import Image
    from napari.layers import Labels as LabelsLayer

_NAMES = {"paint": "Brush", "erase": "Eraser", "fill": "Fill", "polygon": "Polygon"}
_SINGLE_EDITS = ("paint", "fill", "paint_polygon", "data_setitem")

# By the layer that keeps them alive.
_taken: WeakKeyDictionary[Any, ReferenceType[LayerEdits]] = WeakKeyDictionary()


class LayerEdits:
    """Ties a Labels layer to :class:`~napari_crystalseg.review.edits.edited_labels.EditedLabels`.

    Strokes of napari's brush, fills and polygons are taken up when they end, and what the policy forbids in them is put
    back. Undo and redo
    of the layer, by key or by call, are those of the timeline.

    Parameters
    ----------
    layer : napari.layers.Labels
        Labels that :func:`can_be_edited` says yes to.
    volume : napari.layers.Image, optional
        Volume that they belong to, for windows of voxel values.
    timeline : Timeline, optional
        Edits that led to the labels of the layer.
    """

    def __init__(self, layer: LabelsLayer, volume: Image | None = None, timeline: Timeline | None = None) -> None:
        self.layer = layer
        self.policy: EditPolicy = EVERYTHING
        """What brush and tools may touch."""
        self.edited = EditedLabels(layer.data, values=_values(layer, volume), timeline=timeline)
        self.showing = False
        """Whether the layer says that it changed because an edit, which was told, is being shown."""
        self._listeners: list[Callable[[LayerEdits, Edit | None], None]] = []
        _take_undo(layer, self)
        _take_single_edits(layer)
        layer.events.paint.connect(self._painted)
        layer.events.data.connect(self._replaced)
        _taken[layer] = ref(self)

    def listen(self, listener: Callable[[LayerEdits, Edit | None], None]) -> Callable[[], None]:
        """Call a function after each edit, undo and redo, with what changed; None when the whole array was replaced.

        Returns
        -------
        callable
            Ends it.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def apply(
        self, change: Change | NDArray[np.bool_] | Box, label: int | None = None, name: str = "Edit"
    ) -> Edit | None:
        """Make a change, as far as the policy allows, and show it.

        Returns
        -------
        Edit or None
            None where nothing changed.

        Raises
        ------
        InputError
            As :meth:`EditedLabels.apply_edit`.
        """
        return self._done(self.edited.apply_edit(change, label, self.policy, name))

    def make(self, prepared: PreparedEdit) -> Edit | None:
        """Make a change that :meth:`EditedLabels.prepare` has worked out, such as in a thread, and show it.

        Raises
        ------
        InputError
            The labels were edited since.
        """
        return self._done(self.edited.make(prepared))

    def undo(self) -> None:
        """Take the last edit back."""
        self._step(self.edited.undo)

    def redo(self) -> None:
        """Make the edit again that was taken back last."""
        self._step(self.edited.redo)

    def use_volume(self, volume: Image | None) -> None:
        """Take windows of voxel values from this volume from now on."""
        self.edited.values = _values(self.layer, volume)

    def release(self) -> None:
        """Let go of the layer, whose undo is napari's own again."""
        if edits_of(self.layer) is not self:
            return
        self.layer.events.paint.disconnect(self._painted)
        self.layer.events.data.disconnect(self._replaced)
        _give_undo_back(self.layer)
        del _taken[self.layer]
        self._listeners.clear()

    def _step(self, step: Callable[[], Edit | None]) -> None:
        try:
            self._done(step())
        except InputError as error:
            _warn(error)

    def _painted(self, event: Any) -> None:
        data = self.edited.data
        box = box_of_stroke(event.value, data.shape)
        _forget_history(self.layer)
        if box is None:
            return
        before, painted = before_and_after(event.value, box, data)
        name = _NAMES.get(str(self.layer.mode), "Edit")
        if self.policy.limits_anything and np.array_equal(data[box], painted):
            # As if it had not been painted, and then through the door: what is forbidden is not there any more.
            data[box] = before
            classes = painted <= max(Material)
            change = Change(box, (before != painted) & classes, np.where(classes, painted, 0))
            try:
                allowed = self.policy.allowed(change, data, self.edited.values)
            except InputError as error:
                # Such as a window of voxel values whose volume was closed: nothing is known to be allowed.
                allowed = np.zeros(change.mask.shape, dtype=bool)
                _warn(error)
            data[box] = painted = np.where(allowed, painted, before)
            self._refresh()
        self._tell(self.edited.record(name, box, before, painted))

    def _replaced(self, event: Any = None) -> None:
        data = self.layer.data
        if data is self.edited.data:
            return
        if not can_be_edited(self.layer):
            self.release()
            return
        values = self.edited.values if data.shape == self.edited.data.shape else None
        timeline = None
        if data.shape == self.edited.data.shape:
            whole = tuple(slice(0, length) for length in data.shape)
            box = (whole[0], whole[1], whole[2])
            edit = Edit.between("Replaced", box, self.edited.data, data, data.shape)
            timeline = self.edited.timeline
            if edit is not None:
                timeline.add(edit)
        self.edited = EditedLabels(data, values=values, timeline=timeline)
        self._tell(None)

    def _done(self, edit: Edit | None) -> Edit | None:
        if edit is not None:
            self._refresh()
            self._tell(edit)
        return edit

    def _refresh(self) -> None:
        self.showing = True
        try:
            self.layer.refresh()
        finally:
            self.showing = False

    def _tell(self, edit: Edit | None) -> None:
        for listener in tuple(self._listeners):
            listener(self, edit)


def edits_of(layer: LabelsLayer | None) -> LayerEdits | None:
    """Return the edits of a layer that was taken, None where it was not."""
    found = None if layer is None else _taken.get(layer)
    return None if found is None else found()


def can_be_edited(layer: LabelsLayer) -> bool:
    """Whether a layer's array can be edited as it is: uint8 in memory, (z, y, x) in C order and as it is seen."""
    data = finest(layer)
    if layer.multiscale or not isinstance(data, np.ndarray) or data.ndim != 3 or not data.size:
        return False
    if data.dtype != np.uint8 or not data.flags.c_contiguous or not data.flags.writeable:
        return False
    try:
        return orientation_of(layer).is_plain
    except InputError:
        return False


def _warn(error: InputError) -> None:
    from napari.utils.notifications import show_warning

    show_warning(str(error))


def _values(layer: LabelsLayer, volume: Image | None) -> Any:
    """Voxel values of a volume in the order of labels, which lie as they are seen; None where it is of another grid."""
    if volume is None or volume.ndim != 3:
        return None
    values = finest(volume)
    try:
        orientation = orientation_of(volume)
    except InputError:
        return None
    if not orientation.is_plain:
        # Arrays of files alone cannot be turned without reading them.
        values = orientation.seen(values if hasattr(values, "transpose") else np.asarray(values))
    return values if tuple(values.shape) == tuple(layer.data.shape) else None


def _take_undo(layer: LabelsLayer, edits: LayerEdits) -> None:
    # By whatever key, menu or call: napari's own would replay its strokes into labels that tools changed since.
    layer.undo = edits.undo
    layer.redo = edits.redo


def _take_single_edits(layer: LabelsLayer) -> None:
    """Let single edits be strokes of their own, such as those of the polygon tool and of programs.

    napari tells of strokes when they were made, and of single edits before: no policy could put anything back.
    """
    for name in _SINGLE_EDITS:
        edit = getattr(layer, name, None)
        if edit is not None:
            setattr(layer, name, _as_stroke(layer, edit))


def _as_stroke(layer: LabelsLayer, edit: Callable[..., Any]) -> Callable[..., Any]:
    def stroke(*arguments: Any, **named: Any) -> Any:
        # Within a stroke of the mouse it is a part of that.
        if getattr(layer, "_block_history", False):
            return edit(*arguments, **named)
        with layer.block_history():
            return edit(*arguments, **named)

    return stroke


def _give_undo_back(layer: LabelsLayer) -> None:
    for name in ("undo", "redo", *_SINGLE_EDITS):
        layer.__dict__.pop(name, None)


def _forget_history(layer: LabelsLayer) -> None:
    """Let napari forget the strokes that the timeline holds, as it would hold each of them twice."""
    reset = getattr(layer, "_reset_history", None)
    if reset is not None:
        reset()
