"""Mixed voxels: the shares of the materials where the outlines of a labelled sample pass."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..labels import Labels, Material
from .mounts.mount import Grid
from .sample import Sample, checked_cube, grid_about_middle

# Voxels a side that are looked at together: few enough to stay in a processor's cache with their finer points.
_BLOCK = 8


def mixed_voxels(
    sample: Sample,
    labels: Labels,
    supersampling: int = 2,
    liquor_surface: tuple[NDArray[np.float32], Grid] | None = None,
) -> NDArray[np.float32]:
    """Share of each voxel that each material fills, for the shapes that labels show.

    Points are counted only where a voxel or one of its neighbours has another label: time grows with the surface. A
    detail that shows in no voxel's middle is not found. Liquor, and mounts whose distances the labels interpolate, have
    the very surface that the labels have.

    Parameters
    ----------
    sample : Sample
        Sample as shapes.
    labels : Labels
        What :meth:`Sample.voxelise` made of it, in cubic voxels.
    supersampling : int
        Points along each edge of a voxel.
    liquor_surface : (ndarray of float32, (ndarray, ndarray, ndarray)), optional
        What :meth:`Sample.voxelised_with_liquor` kept of the liquor; otherwise it comes to rest once more.

    Returns
    -------
    ndarray of float32, shape (material, z, y, x)
        Shares in the order of :class:`~napari_crystalseg.labels.Material`, air first; they sum to 1.

    Raises
    ------
    InputError
        A supersampling that is no whole number from 1, or voxels that are not cubes.
    """
    if not (isinstance(supersampling, int | np.integer) and supersampling >= 1):
        raise InputError(f"The supersampling must be a whole number from 1, not {supersampling}.")
    size = checked_cube(labels.required_voxel_size_um)
    out = np.zeros((len(Material), *labels.shape), dtype=np.float32)
    for material in Material:
        np.equal(labels.data, material, out=out[material])
    surfaces = _Surfaces(sample, labels.shape, size, liquor_surface)
    axes = grid_about_middle(labels.shape, size)
    points = ((np.arange(supersampling) + 0.5) / supersampling - 0.5) * size
    for block in _blocks_with_outlines(labels.data):
        finer: Grid = tuple(  # type: ignore[assignment]
            (axis[part][:, np.newaxis] + points).reshape(-1).astype(np.float32)
            for axis, part in zip(axes, block, strict=True)
        )
        found = surfaces.classes(finer)
        cubes = found.reshape([n for axis in finer for n in (axis.size // supersampling, supersampling)])
        for material in Material:
            out[(material, *block)] = (cubes == material).mean(axis=(1, 3, 5), dtype=np.float32)
    return out


class _Surfaces:
    """Surfaces of a sample as labels of a grid show them."""

    def __init__(
        self,
        sample: Sample,
        shape: tuple[int, int, int],
        size: float,
        liquor_surface: tuple[NDArray[np.float32], Grid] | None,
    ) -> None:
        self._sample = sample
        self._mount_nodes = sample.mount_nodes(shape, size)
        self._liquor_nodes = sample.liquor_nodes(shape, size) if liquor_surface is None else liquor_surface

    def classes(self, grid: Grid) -> NDArray[np.uint8]:
        """Class of the material at each point of a grid."""
        sample = self._sample
        mount = None
        if self._mount_nodes is not None:
            mount = _between(*self._mount_nodes, grid)
        elif sample.mount is not None:
            mount = sample.mount.distance(grid)
        liquor = None if self._liquor_nodes is None else _between(*self._liquor_nodes, grid)
        return sample.classes(grid, sample.crystal_distance(grid), mount, liquor)


def _between(values: NDArray[np.float32], nodes: Grid, grid: Grid) -> NDArray[np.float32]:
    """Interpolate values at evenly spaced nodes linearly, axis by axis, with edge values beyond."""
    for axis, (node, place) in enumerate(zip(nodes, grid, strict=True)):
        step = (place.astype(np.float64) - node[0]) / (node[-1] - node[0]) * (node.size - 1)
        low = np.clip(np.floor(step).astype(int), 0, node.size - 2)
        part = np.clip(step - low, 0, 1).astype(np.float32).reshape([-1 if n == axis else 1 for n in range(3)])
        below, above = (np.take(values, low + n, axis=axis) for n in (0, 1))
        values = below + part * (above - below)
    return values


def _blocks_with_outlines(data: NDArray[np.uint8]) -> Iterator[tuple[slice, slice, slice]]:
    """Blocks in which, or at which, more than one label is found."""
    for z in range(0, data.shape[0], _BLOCK):
        for y in range(0, data.shape[1], _BLOCK):
            for x in range(0, data.shape[2], _BLOCK):
                block = tuple(slice(n, min(n + _BLOCK, size)) for n, size in zip((z, y, x), data.shape, strict=True))
                around = data[tuple(slice(max(part.start - 1, 0), part.stop + 1) for part in block)]
                if (around != around[0, 0, 0]).any():
                    yield block  # type: ignore[misc]
