"""How many voxels each class has, kept up to date while the brush paints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..labels import Material
from .label_layer import fingerprint_by_slab


def count_by_slab(data: NDArray[Any]) -> Iterator[tuple[NDArray[np.int64], int]]:
    """Count the classes of a label array slab by slab.

    Parameters
    ----------
    data : ndarray of integer
        Labels.

    Yields
    ------
    counts : ndarray of int64, shape (5,)
        Voxels of each :class:`Material` in the slabs so far; codes that are none are left out.
    check_sum : int
        Check sum of the slabs so far.
    """
    counts = np.zeros(len(Material), dtype=np.int64)
    for slab, check_sum in fingerprint_by_slab(data):
        flat = slab.reshape(-1)
        if flat.dtype != np.uint8:
            flat = flat[(flat >= 0) & (flat < len(Material))].astype(np.uint8)
        counts += np.bincount(flat, minlength=256)[: len(Material)]
        yield counts, check_sum


def change_of(atoms: list[Any]) -> NDArray[np.int64] | None:
    """Change in the counts that one item of a Labels layer's ``events.paint`` makes.

    Parameters
    ----------
    atoms : list
        What the event carries. An atom is (box, mask or None, old values, new value) from napari 0.9, and
        (indices, old values, new value) in older ones and from ``data_setitem``.

    Returns
    -------
    ndarray of int64, shape (5,), or None
        New minus old voxels of each class; None where an atom has another form, so that only a recount can tell.
    """
    change = np.zeros(len(Material), dtype=np.int64)
    for atom in atoms:
        if len(atom) not in (3, 4):
            return None
        old, new = np.asarray(atom[-2]).reshape(-1), np.asarray(atom[-1]).reshape(-1)
        if new.size not in (1, old.size):
            return None
        new = np.broadcast_to(new, old.shape)
        for values, sign in ((old, -1), (new, 1)):
            known = values[(values >= 0) & (values < len(Material))].astype(np.intp)
            change += sign * np.bincount(known, minlength=len(Material))
    return change
