"""The box around what edits changed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def changed_box(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> tuple[slice, slice, slice] | None:
    """Return the box around all voxels that differ between two arrays of shape (z, y, x), None where none does."""
    found: tuple[slice, slice, slice] | None = None
    for k, (one, other) in enumerate(zip(before, after, strict=True)):
        found = grown_box(found, k, one != other)
    return found


def grown_box(
    box: tuple[slice, slice, slice] | None, plane: int, differs: NDArray[np.bool_]
) -> tuple[slice, slice, slice] | None:
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
