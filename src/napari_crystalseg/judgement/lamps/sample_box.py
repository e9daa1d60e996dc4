"""The box that holds all that is not air, in which lamps look."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...box import Box, box_of, grown, whole
from ...labels import Labels, Material

_MARGIN_VOXELS = 4


@dataclass(frozen=True, eq=False)
class SampleBox:
    """Labels in a box around the sample, with the box around the crystal.

    Parameters
    ----------
    data : ndarray of uint8, shape (z, y, x)
        Labels in the box.
    box : (slice, slice, slice)
        Where it lies in the field; some voxels of air are about the sample where the field has room.
    shape : (int, int, int)
        Voxels of the field.
    voxel_size : (float, float, float)
        Voxel size along (z, y, x): µm, or 1 each where it is not known.
    sized : bool
        Whether the voxel size is known.
    crystal_box : (slice, slice, slice) or None
        Box around the crystal in ``data``; None without a crystal.
    """

    data: NDArray[np.uint8]
    box: Box
    shape: tuple[int, int, int]
    voxel_size: tuple[float, float, float]
    sized: bool
    crystal_box: Box | None

    @classmethod
    def of(cls, labels: Labels) -> SampleBox:
        """Lay the box about all of the labels that is not air; the whole field where all is."""
        around = box_of(labels.data) or whole(labels.shape)
        box = grown(around, (_MARGIN_VOXELS,) * 3, labels.shape)
        data = labels.data[box]
        size = labels.voxel_size_um
        crystal = box_of(data == Material.CRYSTAL)
        return cls(data, box, labels.shape, size or (1.0, 1.0, 1.0), size is not None, crystal)

    @property
    def origin(self) -> tuple[int, int, int]:
        """First voxel (z, y, x) of the box."""
        z, y, x = (side.start for side in self.box)
        return z, y, x

    def about_crystal(self, voxels: int) -> tuple[NDArray[np.uint8], tuple[int, int, int]] | None:
        """Return labels in the box around the crystal grown by some voxels, and its first voxel in the field."""
        if self.crystal_box is None:
            return None
        inner = grown(self.crystal_box, (voxels,) * 3, self.data.shape)
        z, y, x = (side.start + first for side, first in zip(inner, self.origin, strict=True))
        return self.data[inner], (z, y, x)

    def volume_text(self, voxels: int) -> str:
        """Say how much some voxels are."""
        if not self.sized:
            return f"{voxels:,} voxels"
        return f"{voxels * float(np.prod(self.voxel_size)):,.3g} µm³"

    def ends(self) -> list[tuple[int, int, str]]:
        """Ends of the field that the box reaches: axis, plane in the box, and name; none of an axis of one voxel."""
        found = []
        for axis, (name, side, length) in enumerate(zip("zyx", self.box, self.shape, strict=True)):
            if length == 1:  # of a single slice the ends are no edges, and that it is one is told by itself
                continue
            if side.start == 0:
                found.append((axis, 0, f"start of axis {name}"))
            if side.stop == length:
                found.append((axis, side.stop - side.start - 1, f"end of axis {name}"))
        return found
