"""A change of labels that is proposed and not yet made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...absorption.edits.changed_box import changed_box
from ...box import Box, box_of, shape_of
from ...checks import read_only
from ...errors import InputError
from ...labels import checked_codes


@dataclass(frozen=True, eq=False)
class Change:
    """Labels that some voxels of a box would have.

    Tools return it; it is shown as a preview, and :meth:`EditedLabels.apply_edit` makes it.

    Parameters
    ----------
    box : (slice, slice, slice)
        Where, along (z, y, x); starts and stops are given.
    mask : ndarray of bool, shape of the box
        Which voxels of the box.
    labels : ndarray of uint8, shape of the box, or int
        What they would be; codes of :class:`Material`. One number stands for all of them.

    Raises
    ------
    InputError
        Shapes that do not fit each other, or codes other than 0 to 4 in the mask.
    """

    box: Box
    mask: NDArray[np.bool_]
    labels: NDArray[np.uint8]

    def __post_init__(self) -> None:
        shape = shape_of(self.box)
        mask = np.asarray(self.mask, dtype=bool)
        if mask.shape != shape:
            raise InputError(f"A change in a box of {shape} voxels needs a mask of that shape, not {mask.shape}.")
        labels = np.asarray(self.labels)
        if labels.ndim and labels.shape != shape:
            raise InputError(f"A change in a box of {shape} voxels needs labels of that shape, not {labels.shape}.")
        if labels.dtype == bool or not np.issubdtype(labels.dtype, np.integer):
            raise InputError(f"Labels must be integers (uint8), not {labels.dtype}.")
        used = np.broadcast_to(labels, shape)[mask]
        if used.size:
            checked_codes(int(used.min()), int(used.max()))
        object.__setattr__(self, "mask", read_only(mask))
        object.__setattr__(self, "labels", read_only(np.where(mask, labels, 0).astype(np.uint8)))

    @classmethod
    def of_mask(cls, mask: NDArray[np.bool_], label: int) -> Change | None:
        """One class for the voxels of a mask of the whole volume, shape (z, y, x); None where there are none."""
        box = box_of(mask)
        return None if box is None else cls(box, mask[box], np.asarray(int(label)))

    @classmethod
    def between(cls, before: NDArray[np.uint8], after: NDArray[np.uint8]) -> Change | None:
        """What differs between two whole label volumes, shape (z, y, x); None where nothing does."""
        box = changed_box(before, after)
        return None if box is None else cls(box, before[box] != after[box], after[box])

    @property
    def voxels(self) -> int:
        """Number of voxels in the mask."""
        return int(np.count_nonzero(self.mask))
