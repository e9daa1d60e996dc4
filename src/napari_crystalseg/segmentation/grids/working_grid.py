"""The working grid: isotropic voxels, few enough of them that the network sees the whole sample, or of each slice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import scipy.sparse
    import torch

WORKING_SIZE = 160


@dataclass(frozen=True)
class WorkingGrid:
    """A grid over the same field as a volume, of isotropic voxels, or of isotropic pixels in the volume's own slices.

    Parameters
    ----------
    shape : (int, int, int)
        Voxels of the volume along (z, y, x).
    working_shape : (int, int, int)
        Voxels of the working grid along (z, y, x).
    """

    shape: tuple[int, int, int]
    working_shape: tuple[int, int, int]

    @classmethod
    def of(
        cls, shape: tuple[int, int, int], voxel_size_um: tuple[float, float, float], longest: int = WORKING_SIZE
    ) -> WorkingGrid:
        """Lay the grid: at most ``longest`` voxels along each axis, and none finer than the volume's finest.

        An axis of one voxel keeps it, and has no say in the others: how thick a single slice is changes nothing in it.
        """
        extents = [count * size for count, size in zip(shape, voxel_size_um, strict=True)]
        wide = [axis for axis, count in enumerate(shape) if count > 1] or [0, 1, 2]
        voxel = max(max(extents[axis] for axis in wide) / longest, min(voxel_size_um[axis] for axis in wide))
        # 1e-6: a rounding error must not resample a grid that already fits.
        working = [
            max(1, round(extent / voxel - 1e-6)) if count > 1 else 1
            for count, extent in zip(shape, extents, strict=True)
        ]
        return cls(shape, (working[0], working[1], working[2]))

    @classmethod
    def of_slices(
        cls, shape: tuple[int, int, int], voxel_size_um: tuple[float, float, float], longest: int = WORKING_SIZE
    ) -> WorkingGrid:
        """Lay the grid in plane only, by the same rule: along z it is the volume's own."""
        _, y, x = cls.of((1, *shape[1:]), (min(voxel_size_um[1:]), *voxel_size_um[1:]), longest).working_shape
        return cls(shape, (shape[0], y, x))

    @property
    def is_the_volumes_own(self) -> bool:
        """Whether nothing needs resampling."""
        return self.shape == self.working_shape

    def average(self, data: NDArray[Any]) -> NDArray[np.float32]:
        """Average the volume over the voxels of the working grid (interpolate along axes that are coarser).

        One slice of the volume is in work at a time.

        Parameters
        ----------
        data : ndarray, shape (z, y, x)
            The volume.

        Returns
        -------
        ndarray of float32, shape :attr:`working_shape`
            The means.
        """
        if self.is_the_volumes_own:
            return np.asarray(data, dtype=np.float32)
        along_z, along_y, along_x = (
            _weights(count, working) for count, working in zip(self.shape, self.working_shape, strict=True)
        )
        result = np.zeros(self.working_shape, dtype=np.float64)
        by_slice = along_z.tocsc()
        for index, section in enumerate(data):
            start, stop = by_slice.indptr[index], by_slice.indptr[index + 1]
            if start == stop:
                continue
            small = along_y @ (along_x @ section.astype(np.float64).T).T
            for target, weight in zip(by_slice.indices[start:stop], by_slice.data[start:stop], strict=True):
                result[target] += weight * small
        return result.astype(np.float32)

    def majority(self, labels: NDArray[np.uint8], classes: int) -> NDArray[np.uint8]:
        """Give each voxel of the working grid the class that fills most of it; ties go to the lower code."""
        if self.is_the_volumes_own:
            return labels
        best = np.zeros(self.working_shape, dtype=np.uint8)
        share = np.full(self.working_shape, -1.0, dtype=np.float32)
        for code in range(classes):
            filled = self.average((labels == code).astype(np.float32))
            better = filled > share + 1e-6
            best[better] = code
            share[better] = filled[better]
        return best

    def interpolate(self, values: torch.Tensor, start: int, stop: int) -> torch.Tensor:
        """Interpolate linearly from the working grid to slices ``start`` to ``stop`` of the volume.

        Parameters
        ----------
        values : tensor of float32, shape (channel, *working_shape)
            Values on the working grid.
        start, stop : int
            Slices of the volume to make.

        Returns
        -------
        tensor of float32, shape (channel, stop - start, y, x)
            Beyond the centres of the outermost voxels the nearest value is kept.
        """
        import torch

        if self.is_the_volumes_own:
            return values[:, start:stop]
        position = (torch.arange(start, stop, dtype=torch.float64) + 0.5) * self.working_shape[0] / self.shape[0] - 0.5
        position = position.clamp(0, self.working_shape[0] - 1)
        below = position.floor().long()
        above = (below + 1).clamp(max=self.working_shape[0] - 1)
        fraction = (position - below).to(values)[None, :, None, None]
        slab = values[:, below.to(values.device)] * (1 - fraction) + values[:, above.to(values.device)] * fraction
        if self.shape[1:] == self.working_shape[1:]:
            return slab
        return torch.nn.functional.interpolate(slab, size=self.shape[1:], mode="bilinear", align_corners=False)


def _weights(count: int, working: int) -> scipy.sparse.csr_matrix:
    """Weights (working, count) that average an axis, or interpolate it linearly where it grows; rows sum to 1."""
    import scipy.sparse

    matrix = scipy.sparse.lil_matrix((working, count))
    for target in range(working):
        if working >= count:
            position = min(max((target + 0.5) * count / working - 0.5, 0.0), count - 1.0)
            first = int(position)
            matrix[target, first] = 1 - (position - first)
            if position > first:
                matrix[target, first + 1] = position - first
            continue
        low, high = target * count / working, (target + 1) * count / working
        for source in range(int(low), min(int(np.ceil(high)), count)):
            overlap = min(high, source + 1) - max(low, source)
            if overlap > 1e-12:
                matrix[target, source] = overlap * working / count
    return matrix.tocsr()
