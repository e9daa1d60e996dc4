"""The box around what edits changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...box import Box


def changed_box(before: NDArray[np.uint8], after: NDArray[Any]) -> Box | None:
    """Return the box around all voxels that differ between two arrays of shape (z, y, x), None where none does."""
    box: Box | None = None
    for box in growing_box(before, after):  # noqa: B007
        pass
    return box


def growing_box(before: NDArray[np.uint8], after: NDArray[Any]) -> Iterator[Box | None]:
    """Yield the box around what differs so far, plane by plane, so that the caller can pause between planes."""
    box: Box | None = None
    for plane, (one, other) in enumerate(zip(before, after, strict=True)):
        box = _grown(box, plane, one != other)
        yield box


def _grown(box: Box | None, plane: int, differs: NDArray[np.bool_]) -> Box | None:
    """Return a box grown to hold where a plane differs, too; ``plane`` is its place on axis 0."""
    rows = np.flatnonzero(differs.any(axis=1))
    if not rows.size:
        return box
    columns = np.flatnonzero(differs.any(axis=0))
    spans = [(plane, plane + 1), (int(rows[0]), int(rows[-1]) + 1), (int(columns[0]), int(columns[-1]) + 1)]
    if box is not None:
        spans = [(min(a, s.start), max(b, s.stop)) for (a, b), s in zip(spans, box, strict=True)]
    z, y, x = (slice(a, b) for a, b in spans)
    return z, y, x
