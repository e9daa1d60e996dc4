"""Path lengths of rays through labels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...box import Box, box_of
from ...computing.backend import array_module
from ...errors import InputError
from ...labels import Labels, Material

if TYPE_CHECKING:
    from .tracing_gpu import GpuGrid


class TracingGrid:
    """The part of a label volume that is not air, packed for the tracer.

    Parameters
    ----------
    labels : Labels
        Material of each voxel.
    crop : bool
        Leave out the air around the sample, which absorbs nothing.
    backend : {"auto", "numpy", "cupy"}
        ``"cupy"`` traces blocks on a GPU, ``"numpy"`` on the processor, ``"auto"`` on a GPU where one works.

    Raises
    ------
    InputError
        All is air, an unknown backend, or ``"cupy"`` where no GPU works.

    Attributes
    ----------
    origin : ndarray of int, shape (3,)
        Voxel of the label volume at which the part begins.
    voxel_size_um : ndarray of float, shape (3,)
        Voxel size (z, y, x), µm.
    """

    def __init__(self, labels: Labels, *, crop: bool = True, backend: str = "auto") -> None:
        from .tracing_kernel import BRICK, brick_materials

        box = sample_box(labels.data) if crop else tuple(slice(0, n) for n in labels.shape)
        self.origin = np.array([s.start for s in box])
        self.voxel_size_um = np.array(labels.required_voxel_size_um)
        used = [s.stop - s.start for s in box]
        self._part = np.zeros([-(-n // BRICK) * BRICK for n in used], dtype=np.uint8)
        self._part[tuple(slice(0, n) for n in used)] = labels.data[box]
        self._materials = brick_materials(self._part)
        self._gpu: GpuGrid | None = None
        if array_module(backend) is not np:
            from .tracing_gpu import GpuGrid

            self._gpu = GpuGrid(self._part)
        self._octants: dict[tuple[bool, ...], tuple[NDArray[np.int32], NDArray[np.uint8]]] = {}

    def packed(self, mirrored: tuple[bool, ...]) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
        """Return the volume as the compiled functions take it, mirrored along the axes that say so."""
        from .tracing_kernel import pack_octant

        if mirrored not in self._octants:
            turn = tuple(slice(None, None, -1 if m else 1) for m in mirrored)
            self._octants[mirrored] = pack_octant(self._part[turn], self._materials[turn])
        return self._octants[mirrored]

    def trace(
        self, points: NDArray[np.int64], directions: NDArray[np.float64], mu: NDArray[np.float64], out: NDArray[Any]
    ) -> None:
        """Trace a ray from every point along every direction.

        Parameters
        ----------
        points : ndarray of int64, shape (point, 3)
            Voxels (z, y, x) of the label volume, not in the air around the sample; a multiple of 32.
        directions : ndarray of float64, shape (direction, 3)
            Unit vectors (z, y, x).
        mu : ndarray of float64, shape (5,)
            Coefficient of each material, 1/µm.
        out : ndarray of float64, shape (direction, 5, point)
            Filled with the transmission exp(-sum of mu_m L_m) and the lengths in materials 1 to 4, µm.
        """
        from .tracing_kernel import LANES, trace_octant

        # The compiled code does not look.
        if len(points) % LANES or out.shape != (len(directions), 5, len(points)):
            raise ValueError(f"Points come in multiples of {LANES}, here {len(points)}; the result is {out.shape}.")
        if self._gpu is not None:
            self._gpu.trace(points - self.origin, directions / self.voxel_size_um, mu, out)
            return
        for rows, mirrored, steps in self._by_octant(directions):
            places = self._mirror(points, mirrored)
            trace_octant(*self.packed(mirrored), self._part.shape, places, steps, rows, mu, out)

    def trace_single(self, points: NDArray[np.int64], directions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the lengths in materials 1 to 4 of one ray a row, shape (ray, 4), µm."""
        from .tracing_kernel import LANES

        out = np.zeros((len(points), 4))
        mu = np.zeros(len(Material))
        unique, which = np.unique(directions, axis=0, return_inverse=True)
        order = np.argsort(which.reshape(-1), kind="stable")
        for direction, rows in zip(
            unique, np.split(order, np.cumsum(np.bincount(which.reshape(-1)))[:-1]), strict=True
        ):
            filled = np.resize(rows, len(rows) + -len(rows) % LANES)
            block = np.empty((1, 5, len(filled)))
            self.trace(points[filled], direction[np.newaxis], mu, block)
            out[rows] = block[0, 1:, : len(rows)].T
        return out

    def _by_octant(
        self, directions: NDArray[np.float64]
    ) -> Iterator[tuple[NDArray[np.int64], tuple[bool, ...], NDArray[np.float64]]]:
        """Rows of each octant of directions, the axes to mirror there, and voxels crossed a µm."""
        steps = directions / self.voxel_size_um
        backward = steps < 0
        octant = backward @ np.array([4, 2, 1])
        for number in np.unique(octant):
            rows = np.flatnonzero(octant == number)
            mirrored = tuple(bool(b) for b in backward[rows[0]])
            yield rows, mirrored, np.ascontiguousarray(np.abs(steps[rows]))

    def _mirror(self, points: NDArray[np.int64], mirrored: tuple[bool, ...]) -> NDArray[np.int32]:
        """Where voxels of the label volume are in the mirrored part."""
        inside = points - self.origin
        mirror: NDArray[np.int32] = np.where(mirrored, np.array(self._part.shape) - 1 - inside, inside).astype(np.int32)
        return mirror


def sample_box(data: NDArray[Any]) -> Box:
    """Return the box around everything but air (0) in a label array of shape (z, y, x).

    Raises
    ------
    InputError
        All is air.
    """
    box = box_of(data)
    if box is None:
        raise InputError("The labels hold nothing but air; segment the sample first.")
    return box


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
    lengths = np.zeros((len(start), len(Material)))
    steps = heading / np.array(labels.required_voxel_size_um)
    with np.errstate(divide="ignore"):
        faces = np.where(steps > 0, np.array(labels.shape) - start - 0.5, -(start + 0.5)) / steps
    whole = np.where(steps == 0, np.inf, faces).min(axis=1)
    lengths[:, 1:] = TracingGrid(labels, crop=False).trace_single(start, heading)
    lengths[:, Material.AIR] = np.maximum(whole - lengths.sum(axis=1), 0.0)
    return lengths
