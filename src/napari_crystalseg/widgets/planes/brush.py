"""A stroke of the brush in any plane: the same voxels, events and undo as in napari's canvas."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from .picture.placement import Placement

if TYPE_CHECKING:
    from napari.layers import Labels as LabelsLayer

PAINTING = ("paint", "erase", "fill", "pick")
"""Modes of a Labels layer that a plane takes up; polygons are drawn in napari's canvas."""


class Stroke:
    """One stroke, undone as one.

    The layer itself paints, or writes by ``data_setitem``: it keeps the history and announces what changed.

    Parameters
    ----------
    layer : napari.layers.Labels
        Layer that is painted on, in its mode and with its brush.
    axis : int or None
        Axis of the layer's last three that the plane is normal to, for brushes of two dimensions; None in a plane
        through a layer that is turned.

    Raises
    ------
    InputError
        The layer cannot be painted on, or not in this plane.
    """

    def __init__(self, layer: LabelsLayer, axis: int | None) -> None:
        if not layer.visible:
            raise InputError(f"'{layer.name}' is hidden: show it to paint on it.")
        if not layer.editable or getattr(layer, "multiscale", False):
            raise InputError(f"'{layer.name}' cannot be painted on.")
        if isinstance(layer.data, np.ndarray) and not layer.data.flags.writeable:
            raise InputError(f"'{layer.name}' is read-only: copy it to paint on it (duplicate the layer).")
        self.layer, self.mode = layer, str(layer.mode)
        ball = layer.n_edit_dimensions >= layer.ndim
        if axis is None and not ball and self.mode in ("paint", "erase"):
            raise InputError(
                f"'{layer.name}' is turned: paint in three dimensions (n edit dim), or in napari's canvas."
            )
        self._axis = None if ball or axis is None else axis + layer.ndim - 3
        self._last: NDArray[np.float64] | None = None
        self._open = ExitStack()
        self._open.enter_context(layer.block_history())

    def to(self, voxel: NDArray[np.float64], refresh: bool = True) -> None:
        """Draw on to a voxel index of the layer, all its axes; the canvas is told where ``refresh`` is true.

        Raises
        ------
        InputError
            The array takes no values, or not in this way.
        """
        try:
            self._go(voxel, refresh)
        except InputError:
            raise
        except Exception as error:  # whatever an array of another origin says
            raise InputError(f"'{self.layer.name}' could not be painted on: {error}") from error

    def end(self) -> None:
        """Lift the brush: what was drawn becomes one step that can be undone."""
        self._open.close()

    def _go(self, voxel: NDArray[np.float64], refresh: bool) -> None:
        layer = self.layer
        if self.mode == "pick":
            if _inside(voxel, layer):
                layer.selected_label = int(np.asarray(layer.data[tuple(np.rint(voxel).astype(int))]))
            return
        code = 0 if self.mode == "erase" else int(layer.selected_label)
        if self.mode == "fill":
            if self._last is None and _inside(voxel, layer):
                self._fill(voxel, code, refresh)
            self._last = voxel
            return
        places = _between(self._last, voxel, max(1.0, layer.brush_size / 4))
        for number, place in enumerate(places, start=1):
            self._paint(place, code, refresh and number == len(places))
        self._last = voxel

    def _paint(self, place: NDArray[np.float64], code: int, refresh: bool) -> None:
        layer = self.layer
        if self._axis is None:
            layer.paint(tuple(place), code, refresh=refresh)
            return
        where = disc(place, layer.data.shape, self._axis, layer.brush_size, np.asarray(layer.scale))
        self._set(where, code, refresh)

    def _fill(self, voxel: NDArray[np.float64], code: int, refresh: bool) -> None:
        from skimage.segmentation import flood

        layer = self.layer
        if self._axis is None:
            layer.fill(tuple(voxel), code, refresh=refresh)
            return
        at = np.rint(voxel).astype(int)
        where: list[Any] = [int(index) for index in at]
        painted = _painted(layer.ndim, self._axis)
        for axis in painted:
            where[axis] = slice(None)
        plane = np.asarray(layer.data[tuple(where)])
        seed = tuple(int(at[axis]) for axis in painted)
        if int(plane[seed]) == code:
            return
        mask = flood(plane, seed, connectivity=1) if layer.contiguous else plane == plane[seed]
        self._set(_indices(np.argwhere(mask), at, painted), code, refresh)

    def _set(self, where: tuple[NDArray[np.intp], ...], code: int, refresh: bool) -> None:
        layer = self.layer
        if layer.preserve_labels and len(where[0]):
            # As napari's own brush: only over nothing, and only what is chosen is erased.
            kept = int(layer.selected_label) if code == 0 else 0
            over = np.asarray(layer.data[where]) == kept
            where = tuple(axis[over] for axis in where)
        if len(where[0]):
            layer.data_setitem(where, code, refresh=refresh)


def disc(
    centre: NDArray[np.float64], shape: tuple[int, ...], axis: int, size: float, scale: NDArray[np.float64]
) -> tuple[NDArray[np.intp], ...]:
    """Voxels under a round brush in a plane.

    Parameters
    ----------
    centre : ndarray of float64, shape (n,)
        Voxel index of its middle; the last three axes are z, y, x.
    shape : tuple of int
        Voxels of the array.
    axis : int
        Axis that the plane is normal to.
    size : float
        Diameter in voxels of the plane's shorter edge, as napari has it.
    scale : ndarray of float64, shape (n,)
        Edges of a voxel; only their ratios count.

    Returns
    -------
    tuple of ndarray of int
        Index along each axis, of those within the array.
    """
    painted = _painted(len(shape), axis)
    at = np.rint(centre).astype(int)
    if any(not 0 <= at[one] < shape[one] for one in range(len(shape)) if one not in painted):
        return (np.empty(0, dtype=np.intp),) * len(shape)
    radius = np.floor(size / 2) + 0.5
    edges = np.abs(scale[list(painted)])
    edges = edges / edges.min()
    spans = [
        np.arange(max(0, at[one] - int(radius / edge)), min(shape[one], at[one] + int(radius / edge) + 1))
        for one, edge in zip(painted, edges, strict=True)
    ]
    down, across = np.meshgrid(*spans, indexing="ij")
    far = ((down - at[painted[0]]) * edges[0]) ** 2 + ((across - at[painted[1]]) * edges[1]) ** 2
    within = far <= radius**2
    return _indices(np.stack([down[within], across[within]], axis=1), at, painted)


def voxel_in(layer: LabelsLayer, placement: Placement, point: tuple[float, ...]) -> NDArray[np.float64]:
    """Voxel index along all axes of a layer, of a world point (z, y, x)."""
    return np.concatenate([np.asarray(placement.lead, dtype=float), placement.voxel(point)])


def _painted(ndim: int, axis: int) -> tuple[int, int]:
    first, second = (one for one in range(ndim - 3, ndim) if one != axis)
    return first, second


def _indices(found: NDArray[Any], at: NDArray[np.int_], painted: tuple[int, int]) -> tuple[NDArray[np.intp], ...]:
    indices = [np.full(len(found), index, dtype=np.intp) for index in at]
    for column, axis in enumerate(painted):
        indices[axis] = found[:, column].astype(np.intp)
    return tuple(indices)


def _between(last: NDArray[np.float64] | None, place: NDArray[np.float64], step: float) -> list[NDArray[np.float64]]:
    if last is None:
        return [place]
    number = max(1, int(np.ceil(np.abs(place - last).max() / step)))
    return [last + (place - last) * part / number for part in range(1, number + 1)]


def _inside(voxel: NDArray[np.float64], layer: LabelsLayer) -> bool:
    at = np.rint(voxel)
    return bool(((at >= 0) & (at < np.asarray(layer.data.shape))).all())
