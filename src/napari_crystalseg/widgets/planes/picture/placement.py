"""Where the voxels of a layer lie in the world of its viewer, whatever its scale, units or rotation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from napari.components import Dims
    from napari.layers import Layer

_ALIGNED = 1e-3
"""Part of a voxel's edge that may lie along another axis of the world before a layer counts as turned."""


@dataclass(frozen=True, eq=False)
class Placement:
    """The last three axes of a layer in the last three axes of the world.

    Parameters
    ----------
    matrix : ndarray of float64, shape (3, 3)
        Voxels along the layer's axes for a step along the world's.
    offset : ndarray of float64, shape (3,)
        Voxel index of the world's origin.
    lead : tuple of int
        Index along each axis of the layer before the last three, as the sliders stand.
    """

    matrix: NDArray[np.float64]
    offset: NDArray[np.float64]
    lead: tuple[int, ...] = ()

    def voxel(self, point: NDArray[np.float64] | tuple[float, ...]) -> NDArray[np.float64]:
        """Voxel index, not rounded, of a world point (z, y, x)."""
        return np.asarray(self.matrix @ np.asarray(point, dtype=float)[-3:] + self.offset)

    def world(self, voxel: NDArray[np.float64] | tuple[float, ...]) -> NDArray[np.float64]:
        """World point (z, y, x) of a voxel index."""
        return np.asarray(np.linalg.solve(self.matrix, np.asarray(voxel, dtype=float)[-3:] - self.offset))

    @property
    def axes(self) -> tuple[int, int, int] | None:
        """Axis of the layer's last three that lies along each axis of the world; None where it is turned or sheared."""
        strongest = np.abs(self.matrix).argmax(axis=0)
        if len(set(strongest.tolist())) < 3:
            return None
        rest = np.abs(self.matrix) / np.abs(self.matrix).max(axis=1, keepdims=True)
        rest[strongest, np.arange(3)] = 0.0
        return None if rest.max() > _ALIGNED else (int(strongest[0]), int(strongest[1]), int(strongest[2]))


def placement_of(layer: Layer, dims: Dims) -> Placement | None:
    """Place a layer in the world of a viewer.

    Parameters
    ----------
    layer : napari.layers.Layer
        A layer with voxels; of several scales, those of the finest.
    dims : napari.components.Dims
        The viewer's axes, their units (napari 0.9) and where its sliders stand.

    Returns
    -------
    Placement or None
        None for a layer of fewer than three axes, or one whose scale is zero along an axis.
    """
    n = layer.ndim
    if n < 3 or dims.ndim < n:
        return None
    origin = np.asarray(layer.data_to_world((0.0,) * n), dtype=float)
    edges = np.stack([np.asarray(layer.data_to_world(tuple(row)), dtype=float) - origin for row in np.eye(n)], axis=1)
    try:
        inverse = np.linalg.inv(edges)
    except np.linalg.LinAlgError:
        return None
    if not np.isfinite(inverse).all():
        return None
    factors = _units_of_world_in_layer(layer, dims)
    matrix = inverse * factors  # columns: along the world
    offset = -inverse @ origin
    point = np.asarray(dims.point, dtype=float)
    before = matrix[:, : n - 3] @ point[dims.ndim - n : dims.ndim - 3]
    lead = np.rint(before[: n - 3] + matrix[: n - 3, n - 3 :] @ point[-3:] + offset[: n - 3]).astype(int)
    return Placement(matrix[n - 3 :, n - 3 :], (offset + before)[n - 3 :], tuple(int(index) for index in lead))


def _units_of_world_in_layer(layer: Layer, dims: Dims) -> NDArray[np.float64]:
    n = layer.ndim
    world, own = getattr(dims, "units", None), getattr(layer, "units", None)
    if world is None or own is None or tuple(world[-n:]) == tuple(own):
        return np.ones(n)
    return np.array([_factor(a, b) for a, b in zip(world[-n:], own, strict=True)])


def _factor(unit: Any, other: Any) -> float:
    import pint

    try:
        return float((1.0 * unit).to(other).magnitude)
    except pint.DimensionalityError:  # pixels beside micrometres: napari takes them for the same
        return 1.0
