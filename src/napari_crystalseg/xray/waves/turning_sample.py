"""Turning sample: line integrals of a labelled sample in the pose of one projection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from ...computing.backend import Array
from ...labels import Labels
from ..thicknesses.slabs import Slabs
from ..thicknesses.thickness import Corners
from .wave_arrays import at_middles, rows_at, sharpening, shifted_rows

# Largest smear of a tilted sample within one slab, voxels.
TILT_SMEAR = 0.1


@dataclass(frozen=True)
class SamplePose:
    """How the sample stands in one projection.

    Parameters
    ----------
    angle_deg : float
        Rotation angle.
    row_shift, column_shift : float
        Where the middle of the volume falls, voxels from the middle of the detector.
    size : float
        Ratio of its size to that of the labels.
    tilt_deg : float
        Tilt of the rotation axis along the beam: what is nearer to the source by v is seen v sin(tilt) rows further.
    roll_deg : float
        Turn of the rotation axis in the plane of the detector: a row further along the axis is seen sin(roll) columns
        further.
    """

    angle_deg: float
    row_shift: float = 0.0
    column_shift: float = 0.0
    size: float = 1.0
    tilt_deg: float = 0.0
    roll_deg: float = 0.0


class TurningSample:
    """Line integrals of a labelled sample, on a grid of its voxels.

    The sample is never resampled within its slices: turning, shifts along columns, shrinking and roll move the corners
    of its outlines. Rows are moved linearly, where the pose moves them at all.

    Parameters
    ----------
    labels : Labels
        Sample, in cubic voxels.
    values : ndarray of float64, shape (4, channel)
        What a µm of materials 1 to 4 counts in each channel.
    codes : ndarray of int32, shape (z, y, x), optional
        Which of the values counts in each voxel, as in :meth:`Corners.of_labels`; there may then be more than 4.
    mixed : bool
        Whether voxels on the outlines hold mixtures of what meets there, rather than one of them: line integrals are
        then brought to the middles of the voxels, see :func:`.wave_arrays.at_middles`.

    Attributes
    ----------
    depth_um : float
        Diameter of the cylinder about the rotation axis that holds the sample.
    """

    def __init__(
        self,
        labels: Labels,
        values: NDArray[np.float64],
        codes: NDArray[np.int32] | None = None,
        mixed: bool = False,
    ) -> None:
        self._labels = labels
        self._values = values
        self._codes = codes
        self._mixed = mixed
        self._corners = Corners.of_labels(labels, values, codes)
        self._cut: Slabs | None = None
        self.shape = (labels.shape[0], labels.shape[2])
        self.voxel_size_um = labels.required_voxel_size_um[2]
        self.depth_um = 2 * self._corners.radius_um * (1 + 1e-6)

    def rows(self, start: int, stop: int) -> TurningSample:
        """Return some of the slices as a sample of their own."""
        codes = None if self._codes is None else self._codes[start:stop]
        return TurningSample(
            replace(self._labels, data=self._labels.data[start:stop]), self._values, codes, self._mixed
        )

    def prepare_slabs(self) -> None:
        """List what slabs are made from, once and before threads ask for them."""
        if self._cut is None:
            self._cut = Slabs.of_labels(self._labels, self._corners, self._values, self._codes)

    def maps(self, pose: SamplePose, xp: ModuleType = np) -> Array:
        """Line integrals through all of the sample, shape (channel, row, column), float64."""
        (maps,) = self.slab_maps(pose, 1, xp)
        return maps

    def slab_maps(self, pose: SamplePose, count: int, xp: ModuleType = np) -> Iterator[Array]:
        """Yield the line integrals through each of ``count`` slabs of ``depth_um`` together, as the beam meets them."""
        columns = self.shape[1]
        axis = (columns - 1) / 2 + pose.column_shift
        tilt, roll_sine = float(np.sin(np.radians(pose.tilt_deg))), float(np.sin(np.radians(pose.roll_deg)))
        smear = abs(tilt) * self.depth_um / self.voxel_size_um
        parts = max(1, int(np.ceil(smear / TILT_SMEAR / count)))
        alone = count * parts == 1 or self.depth_um == 0
        sharper = None
        if alone or self._mixed:
            maps = self._corners.project(pose.angle_deg, self.voxel_size_um, columns, axis, pose.size, roll_sine, xp)
            if alone:
                maps = at_middles(xp, maps) if self._mixed else maps
                for _ in range(count):
                    yield self._placed(maps, pose, 0.0, axis)
                return
            sharper = sharpening(xp, maps)
        self.prepare_slabs()
        assert self._cut is not None
        total = None
        slabs = self._cut.project(
            pose.angle_deg,
            self.voxel_size_um,
            columns,
            count * parts,
            self.depth_um,
            axis,
            pose.size,
            roll_sine,
            xp,
        )
        for number, slab in enumerate(slabs):
            before_axis = (0.5 - (number + 0.5) / (count * parts)) * self.depth_um / self.voxel_size_um
            placed = self._placed(slab if sharper is None else slab * sharper, pose, before_axis * tilt, axis)
            total = placed if total is None else total + placed
            if (number + 1) % parts == 0:
                yield total
                total = None

    def _placed(self, maps: Array, pose: SamplePose, tilt_rows: float, axis: float) -> Array:
        """Move the rows as the pose says."""
        shift = pose.row_shift + tilt_rows
        if pose.size == 1.0 and pose.roll_deg == 0.0:
            return shifted_rows(maps, shift) if shift else maps
        rows, columns = self.shape
        place = np.arange(rows, dtype=np.float64)
        if pose.roll_deg:
            across = (np.arange(columns) - axis) * np.sin(np.radians(pose.roll_deg))
            place = place[:, np.newaxis] + across
        middle = (rows - 1) / 2
        return rows_at(maps, middle + (place - middle - shift) / pose.size)
