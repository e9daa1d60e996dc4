"""Class probabilities of a volume, kept on the coarse grids on which the network saw it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...checks import checked_finite, checked_shape, read_only
from ...errors import InputError
from ...labels import Material
from .working_grid import WorkingGrid


@dataclass(frozen=True, eq=False)
class ClassProbabilities:
    """How probable each class is in every voxel of a volume.

    They are kept on the working grids and interpolated slab by slab, so that they take megabytes where five numbers
    for each voxel of the volume would take gigabytes.

    Parameters
    ----------
    grids : tuple of WorkingGrid
        Grids over the volume; what they say is averaged.
    probabilities : tuple of ndarray of float32, shape (class, *working_shape)
        Of the classes in the order of ``codes``, on each grid; they add up to 1.
    spreads : tuple of ndarray of float32, shape working_shape
        Disagreement of the mirror images on each grid: the standard deviation of the class probabilities over the
        images, of all classes together (root of the sum of their variances); 0 where there was one image.
    codes : tuple of int
        Codes of :class:`~napari_crystalseg.labels.Material` that the model knows.

    Raises
    ------
    InputError
        Arrays that do not fit the grids, or that are not finite.
    """

    grids: tuple[WorkingGrid, ...]
    probabilities: tuple[NDArray[np.float32], ...]
    spreads: tuple[NDArray[np.float32], ...]
    codes: tuple[int, ...]

    def __post_init__(self) -> None:
        if not len(self.grids) == len(self.probabilities) == len(self.spreads) > 0:
            raise InputError("Class probabilities need one array and one disagreement for each working grid.")
        kept, spread = [], []
        for grid, values, image_spread in zip(self.grids, self.probabilities, self.spreads, strict=True):
            checked_shape(values, "The class probabilities", ("class", "z", "y", "x"))
            if values.shape != (len(self.codes), *grid.working_shape) or image_spread.shape != grid.working_shape:
                raise InputError(f"The class probabilities have shape {values.shape}, which the grid does not fit.")
            checked_finite(values, "The class probabilities")
            checked_finite(image_spread, "The disagreement of mirror images")
            kept.append(read_only(np.asarray(values, dtype=np.float32)))
            spread.append(read_only(np.asarray(image_spread, dtype=np.float32)))
        object.__setattr__(self, "probabilities", tuple(kept))
        object.__setattr__(self, "spreads", tuple(spread))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels of the volume along (z, y, x)."""
        return self.grids[0].shape

    def slab(self, start: int, stop: int) -> NDArray[np.float32]:
        """Interpolate to slices of the volume.

        Parameters
        ----------
        start, stop : int
            Slices along z.

        Returns
        -------
        ndarray of float32, shape (5, stop - start, y, x)
            Probability of each class, by its code; 0 for a class that the model does not know.
        """
        found = np.zeros((len(Material), stop - start, *self.shape[1:]), dtype=np.float32)
        found[list(self.codes)] = _interpolated(self.grids, self.probabilities, start, stop)
        return found

    def on_one_grid(self) -> NDArray[np.float32]:
        """Bring all grids to the coarsest of them, and average.

        Returns
        -------
        ndarray of float32, shape (5, z', y', x')
            Probability of each class, by its code, over the same field as the volume; 0 for a class that the model
            does not know.
        """
        shape = min((grid.working_shape for grid in self.grids), key=lambda one: (one[0] * one[1] * one[2], one))
        found = np.zeros((len(Material), *shape), dtype=np.float32)
        for grid, values in zip(self.grids, self.probabilities, strict=True):
            average = WorkingGrid(grid.working_shape, shape).average
            for code, one in zip(self.codes, values, strict=True):
                found[code] += average(one) / np.float32(len(self.grids))
        return found

    def spread_slab(self, start: int, stop: int) -> NDArray[np.float32]:
        """Interpolate the disagreement of mirror images to slices of the volume, shape (stop - start, y, x)."""
        spreads = [spread[None] for spread in self.spreads]
        found: NDArray[np.float32] = _interpolated(self.grids, spreads, start, stop)[0]
        return found


def _interpolated(
    grids: tuple[WorkingGrid, ...],
    values: tuple[NDArray[np.float32], ...] | list[NDArray[np.float32]],
    start: int,
    stop: int,
) -> NDArray[np.float32]:
    import torch

    # Copies, as torch will not share arrays that refuse writing without a warning.
    slabs = [
        grid.interpolate(torch.from_numpy(np.array(one)), start, stop) for grid, one in zip(grids, values, strict=True)
    ]
    return np.asarray(torch.stack(slabs).mean(0).numpy(), dtype=np.float32)
