"""Partial volumes: which share of each voxel a material fills."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..checks import checked_number
from ..errors import InputError
from ..labels import Labels, Material
from .sample import Sample


def material_fractions(
    sample: Sample, shape: tuple[int, int, int], voxel_size_um: float, supersampling: int = 4
) -> NDArray[np.float32]:
    """Share of each voxel that each material fills, by counting the centres of finer voxels.

    Parameters
    ----------
    sample : Sample
        Sample as shapes.
    shape : (int, int, int)
        Voxels along (z, y, x) of a grid centred on the field.
    voxel_size_um : float
        Edge of the cubic voxels, µm.
    supersampling : int
        Finer voxels along each edge, 1 or more. The error of a voxel that a plane cuts falls with its square where the
        plane leans against the grid, and is at most half its inverse where it does not. Memory grows with its cube.

    Returns
    -------
    ndarray of float32, shape (material, z, y, x)
        Shares in the order of :class:`~napari_crystalseg.labels.Material`, air first; they sum to 1.

    Raises
    ------
    InputError
        A supersampling that is no whole number from 1, or a voxel size that is not one positive number.
    """
    if not (isinstance(supersampling, int | np.integer) and supersampling >= 1):
        raise InputError(f"The supersampling must be a whole number from 1, not {supersampling}.")
    voxel_size_um = checked_number(voxel_size_um, "The voxel size in µm")
    factor = int(supersampling)
    fine_shape = (shape[0] * factor, shape[1] * factor, shape[2] * factor)
    return block_fractions(sample.voxelise(fine_shape, voxel_size_um / factor), factor)


def block_fractions(fine: Labels, factor: int) -> NDArray[np.float32]:
    """Share of each block of ``factor`` cubed voxels that each material fills.

    Parameters
    ----------
    fine : Labels
        Labels whose shape is a multiple of ``factor``.
    factor : int
        Voxels a block and axis.

    Returns
    -------
    ndarray of float32, shape (material, z, y, x)

    Raises
    ------
    InputError
        A shape that is no multiple of the factor.
    """
    if not isinstance(factor, int | np.integer) or factor < 1 or any(n % factor for n in fine.shape):
        raise InputError(f"Labels of {fine.shape} voxels cannot be cut into blocks of {factor} a side.")
    z, y, x = (n // factor for n in fine.shape)
    blocks = fine.data.reshape(z, factor, y, factor, x, factor)
    out = np.empty((len(Material), z, y, x), dtype=np.float32)
    for material in Material:
        # One slice of blocks at a time keeps the mask small.
        for row, slab in enumerate(blocks):
            out[material, row] = (slab == material).sum(axis=(0, 2, 4), dtype=np.int64) / factor**3
    return out
