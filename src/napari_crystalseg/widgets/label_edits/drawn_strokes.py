"""What is drawn in a layer of strokes, told from its edits: the volume need not be looked through; without Qt."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from ...review.edits.edit import Edit
from ...review.teaching.strokes import Strokes
from ..layers.strokes_layer import AIR_STROKE, UNTOUCHED
from .layer_edits import LayerEdits

_last: WeakKeyDictionary[LayerEdits, tuple[Any, Strokes | None]] = WeakKeyDictionary()


def drawn_strokes(edits: LayerEdits) -> Strokes | None:
    """Return the strokes that the edits of a layer of strokes have left; None where there are none.

    What is in the layer without an edit is not among them, nor what was drawn before edits that memory has forgotten.
    """
    timeline = edits.edited.timeline
    revision, known = _last.get(edits, (None, None))
    if revision == timeline.revision:
        return known
    data = edits.edited.data
    found = None
    if timeline.position:
        places = np.unique(np.concatenate([_voxels(edit) for edit in timeline.edits[: timeline.position]]))
        codes = data.reshape(-1)[places]
        drawn = (codes != UNTOUCHED) & (codes <= AIR_STROKE)
        if drawn.any():
            indices = np.stack(np.unravel_index(places[drawn], data.shape), axis=1)
            found = Strokes(indices, codes[drawn] % AIR_STROKE)
    _last[edits] = timeline.revision, found
    return found


def _voxels(edit: Edit) -> np.ndarray:
    """Numbers of the voxels that an edit has changed, in C order."""
    ends = np.cumsum(edit.lengths)
    first = np.repeat(edit.starts - (ends - edit.lengths), edit.lengths)
    return np.asarray(first + np.arange(len(first)))
