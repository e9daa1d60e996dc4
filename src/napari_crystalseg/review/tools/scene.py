"""What a tool looks at: the labels, where the cursor is, and which class is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...box import Box
from ...checks import checked_shape, checked_voxel_size
from ...errors import InputError
from ...labels import Material
from ...progress import Progress, silent


@dataclass(frozen=True, eq=False)
class Scene:
    """What a tool may use; what is not there is None.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Labels as they are now, codes of :class:`Material`.
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.
    label : Material
        The class that is chosen.
    values : ndarray, shape (z, y, x), optional
        Voxel values of the volume.
    point : (float, float, float), optional
        The cursor, in voxels; (0, 0, 0) is the centre of the first voxel.
    axis : int
        Axis across the slice that is shown, 0 to 2.
    index : int
        Slice that is shown, along that axis.
    other_index : int, optional
        Slice along the same axis that was drawn in before this one.
    path : ndarray, shape (point, 3), optional
        Points (z, y, x) of a stroke, or corners of a polygon, in voxels.
    automatic : ndarray of uint8, shape (z, y, x), optional
        Labels of the automatic segmentation.
    box : (slice, slice, slice), optional
        A box that the user has drawn.
    progress : Progress
        Called by tools that take long; raises :class:`~napari_crystalseg.errors.Cancelled` to end them.

    Raises
    ------
    InputError
        Shapes that do not fit each other, a slice outside, or a voxel size that is not positive.
    """

    labels: NDArray[np.uint8]
    voxel_size_um: tuple[float, float, float]
    label: Material = Material.CRYSTAL
    values: NDArray[Any] | None = None
    point: tuple[float, float, float] | None = None
    axis: int = 0
    index: int = 0
    other_index: int | None = None
    path: NDArray[np.float64] | None = None
    automatic: NDArray[np.uint8] | None = None
    box: Box | None = None
    progress: Progress = silent

    def __post_init__(self) -> None:
        checked_shape(self.labels, "The label volume", ("z", "y", "x"))
        object.__setattr__(self, "voxel_size_um", checked_voxel_size(self.voxel_size_um))
        object.__setattr__(self, "label", Material(self.label))
        for array, what in ((self.values, "The volume"), (self.automatic, "The automatic result")):
            if array is not None and array.shape != self.labels.shape:
                raise InputError(f"{what} has {array.shape} voxels and the labels {self.labels.shape}; open its own.")
        if self.axis not in (0, 1, 2):
            raise InputError(f"The axis across a slice is 0, 1 or 2, not {self.axis}.")
        for index in (self.index, self.other_index):
            if index is not None and not 0 <= index < self.labels.shape[self.axis]:
                raise InputError(f"Slice {index} is outside the {self.labels.shape[self.axis]} of axis {self.axis}.")

    @property
    def required_voxel(self) -> tuple[int, int, int]:
        """Voxel under the cursor.

        Raises
        ------
        InputError
            There is none.
        """
        if self.point is None:
            raise InputError("Point at a place in the labels first.")
        voxel = tuple(int(np.floor(value + 0.5)) for value in self.point)
        if not all(0 <= index < length for index, length in zip(voxel, self.labels.shape, strict=True)):
            raise InputError("The cursor is outside the labels; point at a place in them.")
        z, y, x = voxel
        return z, y, x
