"""What is painted in a layer of strokes, counted as it comes; without Qt."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ...box import Box, box_of, joined
from ...errors import InputError
from ...labels import Material
from ...review.edits.edit import Edit
from ...review.teaching.strokes import Strokes
from ..label_edits.drawn_strokes import drawn_strokes
from ..label_edits.layer_edits import LayerEdits, can_be_edited, edits_of
from ..layers.strokes_layer import AIR_STROKE, UNTOUCHED, stroke_code

if TYPE_CHECKING:
    from napari.layers import Labels as LabelsLayer


class PaintedStrokes:
    """Follows a layer of strokes, which gets a timeline of its own.

    The volume is not looked through at each stroke: edits say where and what changed.

    Parameters
    ----------
    layer : napari.layers.Labels
        Layer of strokes.
    changed : callable
        Called after each change of what is painted.

    Raises
    ------
    InputError
        The layer was changed into one that cannot be edited in place.
    """

    def __init__(self, layer: LabelsLayer, changed: Callable[[], None]) -> None:
        edits = edits_of(layer)
        if edits is None:
            if not can_be_edited(layer):
                raise InputError(f"The layer '{layer.name}' cannot be painted on any more: delete it, and draw again.")
            edits = LayerEdits(layer)
        self.layer, self.edits = layer, edits
        self._changed = changed
        self._codes = np.zeros(256, np.int64)
        self._box: Box | None = None
        self._end = edits.listen(self._edited)
        self._count()

    @property
    def counts(self) -> dict[Material, int]:
        """Voxels with a stroke of each class."""
        return {material: int(self._codes[stroke_code(material)]) for material in Material}

    @property
    def followed(self) -> bool:
        """Whether the layer still tells of its edits: not after its array was exchanged for one of another kind."""
        return edits_of(self.layer) is self.edits

    def strokes(self) -> Strokes:
        """Return the voxels and their classes.

        Raises
        ------
        InputError
            Strokes of fewer than two classes.
        """
        classes = [material for material, count in self.counts.items() if count]
        if self._box is None or len(classes) < 2:
            what = f"All strokes are {classes[0].title}" if classes else "There are no strokes yet"
            raise InputError(
                f"{what}: press 'Draw strokes', and paint a few of at least two classes, one for each that the volume "
                "holds, air too."
            )
        drawn = drawn_strokes(self.edits)
        if drawn is not None and len(drawn.indices) == sum(self.counts.values()):
            return drawn
        part = self.edits.edited.data[self._box]
        inside = np.argwhere((part != UNTOUCHED) & (part <= AIR_STROKE))
        codes = part[tuple(inside.T)] % AIR_STROKE
        return Strokes(inside + [side.start for side in self._box], codes)

    def bring_back(self, strokes: Strokes) -> None:
        """Put strokes that were drawn earlier where nothing is drawn now; undo takes them away again."""
        data = self.edits.edited.data
        strokes.check_within(data.shape)
        free = data[tuple(strokes.indices.T)] == UNTOUCHED
        with self.layer.block_history():  # one step to undo
            for material in strokes.classes:
                of_class = strokes.indices[free & (strokes.labels == material)]
                if len(of_class):
                    self.layer.data_setitem(tuple(of_class.T), stroke_code(material))

    def clear(self) -> None:
        """Wipe all strokes; the layer's undo brings them back."""
        if self._box is not None:
            self.edits.apply(self._box, UNTOUCHED, name="Clear strokes")

    def release(self) -> None:
        """Follow the layer no longer; it keeps its timeline."""
        self._end()

    def _edited(self, edits: LayerEdits, edit: Edit | None) -> None:
        if edit is None:
            self._count()
        else:
            # An undo tells of the same edit.
            new, old = edit.after, edit.before
            if not edit.is_made_in(edits.edited.data):
                new, old = old, new
            self._codes += _voxels(new, edit) - _voxels(old, edit)
            self._box = edit.box if self._box is None else joined(self._box, edit.box)
        self._changed()

    def _count(self) -> None:
        data = self.edits.edited.data
        self._box = box_of(data != UNTOUCHED)
        part = data[:0] if self._box is None else data[self._box]
        self._codes = np.bincount(part.reshape(-1), minlength=256).astype(np.int64)


def _voxels(codes: np.ndarray, edit: Edit) -> np.ndarray:
    return np.bincount(codes, weights=edit.lengths, minlength=256).astype(np.int64)
