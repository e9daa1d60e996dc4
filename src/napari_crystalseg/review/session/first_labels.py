"""Labels as they were before the first edit of a timeline."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from .edit_file import voxels_of_codes
from .snapshot import Snapshot


def first_labels(snapshot: Snapshot, automatic: NDArray[np.uint8] | None) -> NDArray[np.uint8] | None:
    """Return the labels that the edits of a snapshot began from.

    Parameters
    ----------
    snapshot : Snapshot
        Edits, and how many of them the labels hold.
    automatic : ndarray of uint8, shape (z, y, x), or None
        What they are thought to be. The edits are made in a copy, to see whether the labels come out.

    Returns
    -------
    ndarray of uint8, shape (z, y, x), or None
        None where it takes a snapshot with labels.

    Raises
    ------
    InputError
        The labels are not as the last edit left them: something else wrote into them.
    """
    made = snapshot.edits[: snapshot.position]
    if snapshot.labels is not None:
        labels = snapshot.labels.copy()
        for edit in reversed(made):
            edit.undo(labels)
        return labels
    if automatic is None or snapshot.forgotten:
        return None
    labels = np.array(automatic, order="C")
    try:
        for edit in made:
            edit.redo(labels)
    except (InputError, IndexError):
        return None
    right = np.array_equal(voxels_of_codes(labels), snapshot.counts)
    return automatic if right else None
