"""Labels as a detector would see them: path lengths of each material on the grid of measured projections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..labels import Labels

if TYPE_CHECKING:
    from ..xray.thicknesses.thickness import Corners


@dataclass(frozen=True)
class Orientation:
    """How labels may be turned against a scan.

    Parameters
    ----------
    axis : {0, 1, 2}
        Axis of the label array that is the rotation axis; the others follow in cyclic order, so that nothing is
        mirrored.
    sense : {1, -1}
        1: the rotation of the scan is right-handed, as everywhere in this package; -1: it is reversed. Labels that are
        mirrored along axis 1, or along axis 2 and turned by 180°, look the same as a reversed rotation.
    flipped : bool
        The labels are upside down along the rotation axis.
    offset_deg : float
        Degrees added to the angles (after their sense).
    """

    axis: int = 0
    sense: int = 1
    flipped: bool = False
    offset_deg: float = 0.0

    def angle_of(self, angle_deg: float) -> float:
        """Angle at which the labels are projected for a scan's angle, degrees."""
        return self.sense * angle_deg + self.offset_deg

    @property
    def is_turned_only(self) -> bool:
        """Whether the labels differ by nothing but an offset of the angles."""
        return self.axis == 0 and self.sense == 1 and not self.flipped

    def laid_as(self, other: Orientation) -> bool:
        """Whether it differs from another by nothing but an offset of the angles."""
        return (self.axis, self.sense, self.flipped) == (other.axis, other.sense, other.flipped)

    def described(self) -> str:
        """Say what differs from labels that are as they should be, as the end of a sentence after "when"."""
        said = []
        if self.axis:
            said.append(f"axis {self.axis} of the labels is the rotation axis")
        if self.sense < 0:
            said.append("the rotation is reversed (or the labels are mirrored)")
        if self.flipped:
            said.append("the labels are upside down along the rotation axis")
        turn = (self.offset_deg + 180) % 360 - 180
        if abs(turn) >= 0.05:
            said.append(f"{turn:+.1f}° is added to the angles")
        return " and ".join(said) or "they are as given"


@dataclass(frozen=True, eq=False)
class LabelProjector:
    """Projects labels onto a detector.

    Build it with :meth:`of`. The middle of the label volume lies on the rotation axis, its middle row in the middle
    row of the detector.

    Parameters
    ----------
    corners : Corners
        Outlines of the materials, with the rotation axis first.
    shape : (int, int)
        Rows and columns of the detector.
    pixel_size_um : float
        Detector pixel at the sample, µm.
    """

    corners: Corners
    shape: tuple[int, int]
    pixel_size_um: float

    @classmethod
    def of(cls, labels: Labels, shape: tuple[int, int], pixel_size_um: float, axis: int = 0) -> LabelProjector:
        """Prepare labels, of whose array ``axis`` is the rotation axis, for a detector.

        Raises
        ------
        InputError
            A pixel size that is not positive.
        """
        from ..xray.thicknesses.thickness import Corners

        if not (np.isfinite(pixel_size_um) and pixel_size_um > 0):
            raise InputError(f"The pixel size must be positive in µm, not {pixel_size_um}.")
        if axis:
            order = [(axis + step) % 3 for step in range(3)]
            size = labels.required_voxel_size_um
            labels = Labels(
                np.ascontiguousarray(labels.data.transpose(order)), (size[order[0]], size[order[1]], size[order[2]])
            )
        return cls(Corners.of_labels(labels), (int(shape[0]), int(shape[1])), float(pixel_size_um))

    def path_lengths_um(
        self,
        angle_deg: float,
        centre_px: float,
        row_shift_px: float = 0.0,
        flipped: bool = False,
    ) -> NDArray[np.float64]:
        """Path lengths at one angle.

        Parameters
        ----------
        angle_deg : float
            Rotation angle, degrees.
        centre_px : float
            Detector column of the rotation axis.
        row_shift_px : float
            How many rows further the labels lie.
        flipped : bool
            Turn the labels upside down along the rotation axis.

        Returns
        -------
        ndarray of float64, shape (material, row, column)
            Path lengths of liquor, loop, crystal and other, averaged over each pixel, µm.
        """
        rows, columns = self.shape
        maps = self.corners.project(angle_deg, self.pixel_size_um, columns, centre_px)
        np.maximum(maps, 0.0, out=maps)
        if flipped:
            maps = maps[:, ::-1]
        count = maps.shape[1]
        per_row = self.pixel_size_um / self.corners.voxel_size_um[0]
        if count == rows and row_shift_px == 0 and abs(per_row - 1) < 1e-3:
            return np.ascontiguousarray(maps)
        # Exact overlap of slices and detector rows: differences of the sum up to each detector row's edge.
        total = np.concatenate([np.zeros((maps.shape[0], 1, columns)), np.cumsum(maps, axis=1)], axis=1)
        edges = (np.arange(rows + 1) - rows / 2 - row_shift_px) * per_row + count / 2
        edges = np.clip(edges, 0, count)
        below = np.minimum(edges.astype(int), count - 1)
        share = (edges - below)[:, np.newaxis]
        at_edges = total[:, below] * (1 - share) + total[:, below + 1] * share
        lengths: NDArray[np.float64] = np.diff(at_edges, axis=1) / per_row
        return lengths


def thinned(labels: Labels, most: int) -> Labels:
    """Leave out voxels, the same number between any two, until no side has more than about ``most``.

    The middle of the volume stays within half of an old voxel.
    """
    step = max(1, -(-max(labels.shape) // most))
    if step == 1:
        return labels
    kept = []
    for size in labels.shape:
        count = max(1, size // step)
        kept.append(slice((size - 1 - step * (count - 1)) // 2, None, step))
    z, y, x = (step * size for size in labels.required_voxel_size_um)
    return Labels(np.ascontiguousarray(labels.data[tuple(kept)]), (z, y, x), labels.provenance)
