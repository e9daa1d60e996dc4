"""The working grid: isotropic voxels, few enough of them that the network sees the whole sample, or of each slice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...checks import read_only
from ...computing.threads import in_threads
from ...progress import Progress, silent

if TYPE_CHECKING:
    import torch

WORKING_SIZE = 160

_SLAB_VOXELS = 2**26
_CONVERTED_VOXELS = 2**23


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

    def average(self, data: NDArray[Any], progress: Progress = silent) -> NDArray[np.float32]:
        """Average the volume over the voxels of the working grid (interpolate along axes that are coarser).

        The number of threads changes no byte.

        Parameters
        ----------
        data : ndarray, shape (z, y, x)
            The volume, of any real type; it may be mapped from a file, and refuse writing.
        progress : Progress
            Told of every slab.

        Returns
        -------
        ndarray of float32, shape :attr:`working_shape`
            The means; of voxels with a NaN, NaN.
        """
        if self.is_the_volumes_own:
            return np.asarray(data, dtype=np.float32)
        import torch

        from .averaging_kernel import average_slices

        along_z, along_y, along_x = (
            _weights(count, working) for count, working in zip(self.shape, self.working_shape, strict=True)
        )
        # Whole numbers of two bytes are exact in four.
        single = data.dtype.itemsize <= 2 or data.dtype == np.float32
        dtype = np.dtype(np.float32 if single else np.float64)
        as_it_lies = data.dtype == dtype and data[:1].flags.c_contiguous
        slab_voxels = _SLAB_VOXELS if as_it_lies else _CONVERTED_VOXELS
        means = np.empty(self.working_shape, dtype=np.float32)
        slices_each = self.shape[0] / self.working_shape[0]
        at_once = max(1, int(slab_voxels / (slices_each * self.shape[1] * self.shape[2])))
        for start in range(0, self.working_shape[0], at_once):
            stop = min(start + at_once, self.working_shape[0])
            progress(start / self.working_shape[0], "averaging the volume")
            sources = along_z[1][along_z[0][start] : along_z[0][stop]]
            first = int(sources.min())
            block = read_only(np.ascontiguousarray(data[first : int(sources.max()) + 1], dtype=dtype))

            def share(low: int, high: int, block: NDArray[Any] = block, first: int = first) -> None:
                average_slices(block, first, along_z, along_y, along_x, means, low, high)

            in_threads(share, stop, start, threads=torch.get_num_threads())
        return means

    def majority(self, labels: NDArray[np.uint8], classes: int) -> NDArray[np.uint8]:
        """Give each voxel of the working grid the class that fills most of it; ties go to the lower code."""
        if self.is_the_volumes_own:
            return labels
        best = np.zeros(self.working_shape, dtype=np.uint8)
        share = np.full(self.working_shape, -1.0, dtype=np.float32)
        for code in range(classes):
            filled = self.average(labels == code)
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


def _weights(count: int, working: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Weights that average an axis, or interpolate it linearly where it grows, each target's adding up to 1.

    As rows of a sparse matrix (working, count): where the row of each target begins, sources, and their weights.
    """
    rows, sources, weights = [0], [], []
    for target in range(working):
        if working >= count:
            position = min(max((target + 0.5) * count / working - 0.5, 0.0), count - 1.0)
            first = int(position)
            sources.append(first)
            weights.append(1 - (position - first))
            if position > first:
                sources.append(first + 1)
                weights.append(position - first)
        else:
            low, high = target * count / working, (target + 1) * count / working
            for source in range(int(low), min(int(np.ceil(high)), count)):
                overlap = min(high, source + 1) - max(low, source)
                if overlap > 1e-12:
                    sources.append(source)
                    weights.append(overlap * working / count)
        rows.append(len(sources))
    return np.array(rows, dtype=np.int64), np.array(sources, dtype=np.int64), np.array(weights, dtype=np.float64)
