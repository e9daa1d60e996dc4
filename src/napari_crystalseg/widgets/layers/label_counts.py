"""How many voxels each class has, kept up to date while the brush paints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...labels import Material
from .check_sum import sums_by_slab

CODES = 256
"""Codes that are counted one by one; all others are counted together after them."""

MEND_BUTTON = "Make them a class"
_MOST_CODES = 6


def count_by_slab(data: NDArray[Any]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.uint32]]]:
    """Count the classes of a label array slab by slab.

    Parameters
    ----------
    data : array-like of integer, shape (z, y, x)
        Labels, in memory or lazy.

    Yields
    ------
    counts : ndarray of int64, shape (257,)
        Voxels of each code from 0 to 255 in the slabs so far, and at the end of all others.
    sums : ndarray of uint32, shape (z,)
        Check sums of the planes so far.
    """
    counts = np.zeros(CODES + 1, dtype=np.int64)
    for slab, sums in sums_by_slab(data):
        counts = counts + counts_of(slab)
        yield counts, sums


def counts_of(values: NDArray[Any]) -> NDArray[np.int64]:
    """Voxels of each code from 0 to 255, and at the end of all others."""
    flat = values.reshape(-1)
    if flat.dtype != np.uint8:
        flat = np.where((flat < 0) | (flat >= CODES), CODES, flat).astype(np.intp)
    return np.bincount(flat, minlength=CODES + 1)


def other_codes(counts: NDArray[np.int64]) -> dict[int | None, int]:
    """Voxels of the codes that are no :class:`Material`; None stands for codes below 0 or above 255."""
    first = len(Material)
    found: dict[int | None, int] = {
        int(code) + first: int(counts[first + code]) for code in np.flatnonzero(counts[first:CODES])
    }
    if counts[CODES]:
        found[None] = int(counts[CODES])
    return found


def change_of(atoms: list[Any]) -> NDArray[np.int64] | None:
    """Change in the counts that one item of a Labels layer's ``events.paint`` makes.

    Parameters
    ----------
    atoms : list
        What the event carries. An atom is (box, mask or None, old values, new value) from napari 0.9, and
        (indices, old values, new value) in older ones and from ``data_setitem``.

    Returns
    -------
    ndarray of int64, shape (257,), or None
        New minus old voxels of each code, as :func:`counts_of` has them; None where an atom has another form, so that
        only a recount can tell.
    """
    change = np.zeros(CODES + 1, dtype=np.int64)
    for atom in atoms:
        if len(atom) not in (3, 4):
            return None
        old, new = np.asarray(atom[-2]).reshape(-1), np.asarray(atom[-1]).reshape(-1)
        if new.size not in (1, old.size):
            return None
        new = np.broadcast_to(new, old.shape)
        change += counts_of(new) - counts_of(old)
    return change


def other_codes_text(codes: dict[int | None, int]) -> str:
    """Which codes are no class, and how many voxels have them, in words."""
    named = [
        f"{'codes beyond 255 or below 0' if code is None else code} ({count} {'voxel' if count == 1 else 'voxels'})"
        for code, count in codes.items()
    ]
    more = f" and {len(named) - _MOST_CODES} more" if len(named) > _MOST_CODES else ""
    shown = ", ".join(named[:_MOST_CODES]) + more
    return (
        f"Voxels of no class, drawn red, by code: {shown}. Absorption takes none of them: press '{MEND_BUTTON}' below "
        "the classes in the stage Segment or Check."
    )
