"""Path lengths of rays through labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from ..labels import Labels, Material


@dataclass(frozen=True, eq=False)
class TracingGrid:
    """The part of a label volume that is not air, packed for the tracer.

    Parameters
    ----------
    coarse, bricks : ndarray
        From :func:`napari_crystalseg.absorption.tracing_kernel.pack_grid`.
    shape : (int, int, int)
        Voxels of the part along (z, y, x).
    origin : ndarray of int, shape (3,)
        Voxel of the label volume at which the part begins.
    voxel_size_um : ndarray, shape (3,)
        Voxel size (z, y, x), µm.
    """

    coarse: NDArray[np.int32]
    bricks: NDArray[np.uint8]
    shape: tuple[int, int, int]
    origin: NDArray[np.int64]
    voxel_size_um: NDArray[np.float64]

    @classmethod
    def of(cls, labels: Labels, *, crop: bool = True) -> TracingGrid:
        """Pack labels, by default without the air around the sample (which absorbs nothing)."""
        from .tracing_kernel import pack_grid

        box = nonzero_box(labels.data) if crop else tuple(slice(0, n) for n in labels.shape)
        origin = np.array([s.start for s in box])
        part = np.array(labels.data[box], order="C")  # a copy, because the compiled code is for writable arrays
        coarse, bricks = pack_grid(part)
        return cls(coarse, bricks, part.shape, origin, np.array(labels.voxel_size_um))

    @property
    def packed(self) -> tuple[NDArray[np.int32], NDArray[np.uint8], tuple[int, int, int]]:
        """The volume as the compiled functions take it."""
        return self.coarse, self.bricks, self.shape

    def voxels_per_um(self, directions: ArrayLike) -> NDArray[np.float64]:
        """Return unit vectors (z, y, x) as voxels crossed a µm along each axis."""
        return np.ascontiguousarray(np.asarray(directions, dtype=float) / self.voxel_size_um)


def nonzero_box(data: NDArray[Any]) -> tuple[slice, ...]:
    """Return the bounding box of everything but air (0) in a label array of shape (z, y, x).

    Raises
    ------
    InputError
        All is air.
    """
    # Plane by plane: a mask of the whole volume would cost as much as the volume.
    used = np.zeros(data.shape[0], dtype=bool)
    over_z = np.zeros(data.shape[1:], dtype=bool)
    for k, plane in enumerate(data):
        inside = plane != Material.AIR
        used[k] = inside.any()
        over_z |= inside
    spans = []
    for line in (used, over_z.any(axis=1), over_z.any(axis=0)):
        where = np.flatnonzero(line)
        if not where.size:
            raise InputError("The labels hold nothing but air; segment the sample first.")
        spans.append(slice(int(where[0]), int(where[-1]) + 1))
    return tuple(spans)


def path_lengths(labels: Labels, points: ArrayLike, directions: ArrayLike) -> NDArray[np.float64]:
    """Return how long each ray runs in each material, from the centre of a voxel to the outside of the volume.

    Exact for the voxels as they are: every voxel crossed counts with the length inside it.

    Parameters
    ----------
    labels : Labels
        Material of each voxel.
    points : array_like of int, shape (ray, 3) or (3,)
        Voxel indices (z, y, x) at whose centres the rays begin.
    directions : array_like of float, shape (ray, 3) or (3,)
        Directions in array axes (z, y, x), any length but zero.

    Returns
    -------
    ndarray of float64, shape (ray, 5)
        Length in each material, indexed by its code, µm; air counts to the edge of the volume.

    Raises
    ------
    InputError
        Points outside the volume, directions that are zero or not finite, or shapes that do not go together.
    """
    start, heading = np.atleast_2d(np.asarray(points)), np.atleast_2d(np.asarray(directions, dtype=float))
    if start.shape[-1] != 3 or heading.shape[-1] != 3 or start.ndim != 2 or heading.ndim != 2:
        raise InputError("Points and directions are rows of three numbers (z, y, x).")
    if not np.issubdtype(start.dtype, np.integer):
        raise InputError("Points are voxel indices and must be integers.")
    if start.size and ((start < 0).any() or (start >= labels.shape).any()):
        raise InputError("A point lies outside the label volume.")
    norm = np.linalg.norm(heading, axis=1, keepdims=True)
    if not np.isfinite(norm).all() or (norm == 0).any():
        raise InputError("A direction is zero or not finite.")
    try:
        start, heading = np.broadcast_arrays(start, heading / norm)
    except ValueError:
        raise InputError(f"There are {len(start)} points but {len(heading)} directions.") from None
    from .tracing_kernel import trace_pairs

    grid = TracingGrid.of(labels, crop=False)
    lengths = trace_pairs(*grid.packed, np.ascontiguousarray(start, dtype=np.int64), grid.voxels_per_um(heading))
    return lengths[:, : len(Material)]
