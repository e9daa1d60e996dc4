"""From labels that a tool has made within a box to the change that it proposes, and what that does to volumes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...box import Box, box_of
from ...labels import Material
from ..edits.change import Change
from .class_box import moved_into


def proposed(labels: NDArray[np.uint8], box: Box, after: NDArray[np.uint8]) -> Change | None:
    """Return what differs within a box.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Labels as they are.
    box : (slice, slice, slice)
        Where the tool has worked.
    after : ndarray of uint8, shape of the box
        What the labels would be there.

    Returns
    -------
    Change or None
        In the box around what differs; None where nothing does.
    """
    differs = labels[box] != after
    inner = box_of(differs)
    return None if inner is None else Change(moved_into(inner, box), differs[inner], after[inner])


def volume_changes_um3(
    labels: NDArray[np.uint8], change: Change | None, voxel_size_um: tuple[float, float, float]
) -> dict[Material, float]:
    """Return how much volume each class would win or lose, µm³.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Labels as they are.
    change : Change or None
        What a tool proposes.
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.

    Returns
    -------
    dict of Material to float
        For every class; they sum to 0.
    """
    if change is None:
        return dict.fromkeys(Material, 0.0)
    won = np.bincount(change.labels[change.mask], minlength=len(Material))
    lost = np.bincount(labels[change.box][change.mask], minlength=len(Material))
    voxel_um3 = float(np.prod(voxel_size_um))
    return {material: (int(won[material]) - int(lost[material])) * voxel_um3 for material in Material}
