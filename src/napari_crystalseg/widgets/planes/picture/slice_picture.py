"""The picture of a plane: all volumes and labels that a viewer shows, in their order."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .colours import lay_image, lay_labels
from .lazy_planes import LazyPlanes
from .pixel_sampling import Window, sampled
from .placement import Placement, placement_of
from .plane import Plane

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Layer

_LONGEST = 1024
"""Of an image of several scales, the finest with no longer side is read."""


def has_voxels(layer: Layer) -> bool:
    """Whether a layer is a volume or labels that planes can be cut through."""
    from napari.layers import Image, Labels

    return isinstance(layer, Image | Labels) and layer.ndim >= 3 and not getattr(layer, "rgb", False)


def slice_picture(viewer: ViewerModel, plane: Plane, lazy: LazyPlanes) -> NDArray[np.uint8]:
    """Draw a plane through the visible volumes and labels of a viewer.

    Returns
    -------
    ndarray of uint8, shape (height, width, 4)
        Blue, green, red and 255, as Qt's RGB32 has them.
    """
    picture = np.zeros((*plane.size, 3), dtype=np.float32)
    for layer in viewer.layers:
        if layer.visible and layer.opacity > 0 and has_voxels(layer):
            try:
                _lay(picture, layer, viewer, plane, lazy)
            except Exception:  # a layer of whatever origin must not keep the others from being seen
                logging.getLogger(__name__).warning("'%s' is not drawn in the planes.", layer.name, exc_info=True)
    coloured = np.empty((*plane.size, 4), dtype=np.uint8)
    np.multiply(picture[..., ::-1], 255.0, out=coloured[..., :3], casting="unsafe")
    coloured[..., 3] = 255
    return coloured


def _lay(picture: NDArray[np.float32], layer: Any, viewer: ViewerModel, plane: Plane, lazy: LazyPlanes) -> None:
    from napari.layers import Labels

    placement = placement_of(layer, viewer.dims)
    if placement is None:
        return
    labels = isinstance(layer, Labels)
    array, placement = _scale_of(layer, placement, coarse=not labels)
    window = window_of(array, placement, plane, lazy)
    if window is not None:
        (lay_labels if labels else lay_image)(picture, layer, window)


def window_of(array: Any, placement: Placement, plane: Plane, lazy: LazyPlanes) -> Window | None:
    """Voxels of an array of three axes or more that a plane shows; None where there are none, or not yet."""
    lead, shape = placement.lead, tuple(int(n) for n in array.shape)
    if len(shape) != len(lead) + 3 or 0 in shape:
        return None
    if any(not 0 <= index < n for index, n in zip(lead, shape, strict=False)):
        return None
    whole = np.asarray(array)[lead] if isinstance(array, np.ndarray) else None

    def read(axis: int, index: int) -> NDArray[Any] | None:
        if whole is None:
            return lazy.plane(array, lead, axis, index)
        where: list[Any] = [slice(None)] * 3
        where[axis] = index
        return np.asarray(whole[tuple(where)])

    z, y, x = shape[-3:]
    return sampled((z, y, x), placement, plane, read, whole)


def _scale_of(layer: Any, placement: Placement, coarse: bool) -> tuple[Any, Placement]:
    if not getattr(layer, "multiscale", False):
        return layer.data, placement
    levels = list(layer.data)
    if not coarse:
        return levels[0], placement
    level = next((one for one in levels if max(one.shape[-3:]) <= _LONGEST), levels[-1])
    factors = np.asarray(level.shape, dtype=float) / np.asarray(levels[0].shape, dtype=float)
    matrix = placement.matrix * factors[-3:, np.newaxis]
    lead = tuple(int(index * factor) for index, factor in zip(placement.lead, factors, strict=False))
    return level, Placement(matrix, placement.offset * factors[-3:], lead)
