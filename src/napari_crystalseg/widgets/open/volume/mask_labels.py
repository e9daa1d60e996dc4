"""Masks of two values, which open as volumes, taken as labels of one class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ....errors import InputError
from ....labels import Labels, Material
from ...layers.label_layer import labels_layer, volume_of
from ...layers.layer_place import finest, spatial_of

if TYPE_CHECKING:
    from napari.layers import Image
    from napari.layers import Labels as LabelsLayer

_LOOKED_AT = 200_000


def mask_value(layer: Image) -> float | None:
    """Value of the voxels of a mask that are set; None where a layer holds more than zeros and one other value.

    Some of the voxels are looked at, and only where they are in memory.
    """
    data = finest(layer)
    if not isinstance(data, np.ndarray) or data.ndim != 3 or not data.size:
        return None
    step = max(1, round((data.size / _LOOKED_AT) ** (1 / 3)))
    values = np.unique(data[::step, ::step, ::step])
    return float(values[1]) if len(values) == 2 and values[0] == 0 else None


def mask_sentence(layer: Image, value: float) -> str:
    """Say that a volume looks like a mask."""
    return f"'{layer.name}' holds only 0 and {value:g}, as a mask does, and no voxel values to segment."


def labels_of_mask(layer: Image, material: Material) -> LabelsLayer:
    """Make the Labels layer of a mask: what is set is one class, the rest air.

    Raises
    ------
    InputError
        The layer holds other values too, or is turned by an angle that is no multiple of 90°.
    """
    volume = volume_of(layer)
    value = mask_value(layer)
    if value is None or not ((volume.data == 0) | (volume.data == np.float32(value))).all():
        raise InputError(f"'{layer.name}' holds more than two values; only a mask can be taken as labels of one class.")
    data = np.where(volume.data != 0, np.uint8(material), np.uint8(0))
    made = volume.provenance.then("take a mask as labels", value=value, material=material.title)
    labels = Labels(data, volume.voxel_size_um, made)
    return labels_layer(labels, spatial_of(layer), f"{layer.name} as {material.title}")
