"""What a stroke of napari's brush painted: the box around it, and the labels that were there before."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...box import Box, joined


def box_of_stroke(atoms: list[Any], shape: tuple[int, ...]) -> Box | None:
    """Return the box around what one item of a Labels layer's ``events.paint`` painted.

    Parameters
    ----------
    atoms : list
        What the event carries. An atom is (box, mask or None, old values, new value) from napari 0.9, and
        (indices, old values, new value) in older ones and from ``data_setitem``.
    shape : (int, int, int)
        Shape (z, y, x) of the labels.

    Returns
    -------
    (slice, slice, slice) or None
        None where nothing was painted.
    """
    box: Box | None = None
    for atom in atoms:
        one = _box(atom, shape)
        if one is not None:
            box = one if box is None else joined(box, one)
    return box


def before_and_after(
    atoms: list[Any], box: Box, labels: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the labels of a box before its stroke and after it.

    Parameters
    ----------
    atoms : list
        What ``events.paint`` carries.
    box : (slice, slice, slice)
        Box around the stroke, as :func:`box_of_stroke` gives it.
    labels : ndarray of uint8, shape (z, y, x)
        All labels, with the stroke or still without it: napari tells of single edits before it makes them.

    Returns
    -------
    before, after : ndarray of uint8, shape of the box
    """
    before = labels[box].copy()
    low = [side.start for side in box]
    for atom in reversed(atoms):
        _set(before, atom, atom[-2], low, labels.shape)
    after = before.copy()
    for atom in atoms:
        _set(after, atom, atom[-1], low, labels.shape)
    return before, after


def _set(part: NDArray[np.uint8], atom: Any, values: Any, low: list[int], shape: tuple[int, ...]) -> None:
    """Set what an atom changes in a part of the labels that begins at ``low``."""
    if len(atom) == 3:
        part[tuple(np.asarray(place) - a for place, a in zip(atom[0], low, strict=True))] = values
        return
    here = tuple(slice(s.start - a, s.stop - a) for s, a in zip(_slices(atom[0], shape), low, strict=True))
    if atom[1] is None:
        part[here] = values
    else:
        part[here][atom[1]] = values


def _box(atom: Any, shape: tuple[int, ...]) -> Box | None:
    if len(atom) == 4:
        z, y, x = _slices(atom[0], shape)
        return z, y, x
    if not np.size(atom[0][0]):
        return None
    z, y, x = (slice(int(np.min(values)), int(np.max(values)) + 1) for values in atom[0])
    return z, y, x


def _slices(key: tuple[slice, ...], shape: tuple[int, ...]) -> tuple[slice, ...]:
    return tuple(slice(*side.indices(length)[:2]) for side, length in zip(key, shape, strict=True))
