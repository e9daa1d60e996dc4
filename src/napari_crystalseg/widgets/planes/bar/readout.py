"""What is at a place: class, voxel value and position, in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ....errors import InputError
from ....labels import Material
from ....volume import Quantity
from ...layers.layer_place import finest, voxel_size_um
from ...layers.layer_record import RECORD
from ..picture.placement import placement_of
from ..shown_labels import labels_to_show, volume_to_show

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Layer

    from ...session.session import Session


def readout(viewer: ViewerModel, session: Session, point: tuple[float, ...]) -> str:
    """Say what is at a world point (z, y, x): ``crystal · 0.0123 /µm · 12.3, 45.6, 78.9 µm``.

    Where the voxel size is not known the position is told in voxels.
    """
    labels, volume = labels_to_show(viewer, session), volume_to_show(viewer, session)
    parts = []
    if labels is not None and (code := value_at(labels, viewer, point)) is not None:
        parts.append(class_name(int(code)))
    if volume is not None and (value := value_at(volume, viewer, point)) is not None:
        linear = volume.metadata.get(RECORD, {}).get("quantity") == Quantity.LINEAR_ATTENUATION
        parts.append(f"{float(value):.4g}{' /µm' if linear else ''}")
    place = _place(volume if volume is not None else labels, viewer, point)
    return " · ".join([*parts, place] if place else parts)


def class_name(code: int) -> str:
    """Name of a class; of a code that is none, the code."""
    return Material(code).title if 0 <= code <= max(Material) else f"label {code}"


def value_at(layer: Layer, viewer: ViewerModel, point: tuple[float, ...]) -> Any:
    """Voxel of a layer at a world point (z, y, x); None outside it, and where reading it could take long."""
    placement = placement_of(layer, viewer.dims)
    array = finest(layer)
    if placement is None or not isinstance(array, np.ndarray) or getattr(layer, "rgb", False):
        return None
    voxel = (*placement.lead, *(int(index) for index in np.floor(placement.voxel(point) + 0.5)))
    if any(not 0 <= index < n for index, n in zip(voxel, array.shape, strict=True)):
        return None
    return array[voxel]


def _place(layer: Layer | None, viewer: ViewerModel, point: tuple[float, ...]) -> str:
    placement = None if layer is None else placement_of(layer, viewer.dims)
    if layer is None or placement is None:
        return ""
    voxel = placement.voxel(point)
    try:
        size = voxel_size_um(layer)
    except InputError:
        size = None
    if size is None:
        return f"voxel {', '.join(str(int(index)) for index in np.floor(voxel + 0.5))}"
    # In the world, where the layer may lie anywhere, not along its own axes.
    factor = _um_in_world(layer, placement, size)
    return f"{', '.join(f'{float(place) * factor:.1f}' for place in point[-3:])} µm"


def _um_in_world(layer: Layer, placement: Any, size: tuple[float, float, float]) -> float:
    """Micrometres of a unit of the world."""
    volume_world = 1.0 / abs(float(np.linalg.det(placement.matrix)))
    return float((np.prod(size) / volume_world) ** (1 / 3))
