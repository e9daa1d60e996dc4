"""The layer that strokes are drawn in: which voxels a person gave which class, and which nobody touched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...class_colours import CLASS_COLOURS, UNKNOWN_COLOUR
from ...errors import InputError
from ...labels import Material
from .layer_place import shape_of, spatial_of
from .layer_record import PREVIEW, RECORD

if TYPE_CHECKING:
    from napari.layers import Image, Layer
    from napari.layers import Labels as LabelsLayer

STROKES = "strokes"
"""Name of the layer, and what ``PREVIEW`` is in its record: no stage takes it for labels."""

UNTOUCHED = 0
"""Code of voxels without a stroke in the layer, as napari draws nothing there and its eraser leaves it."""

AIR_STROKE = len(Material)
"""Code of a stroke of air in the layer; the other classes have their own."""

_BRUSH_VOXELS = 3
_OPACITY = 0.9


def stroke_code(material: Material) -> int:
    """Return the code of a class in the layer of strokes."""
    return AIR_STROKE if material is Material.AIR else int(material)


def stroke_class(code: int) -> Material | None:
    """Return the class of a code in the layer of strokes; None where it is none."""
    if code == AIR_STROKE:
        return Material.AIR
    return Material(code) if UNTOUCHED < code < AIR_STROKE else None


def is_strokes(layer: Layer) -> bool:
    """Whether a layer is one of strokes."""
    return bool(layer.metadata.get(RECORD, {}).get(PREVIEW) == STROKES)


def strokes_layer(image: Image) -> LabelsLayer:
    """Make the layer of strokes of a volume: on its voxels, in its place, with a disc of three voxels as a brush.

    Raises
    ------
    InputError
        A volume of other axes than three.
    """
    from napari.layers import Labels as LabelsLayer
    from napari.utils.colormaps import DirectLabelColormap

    colours: dict[int | None, Any] = {None: UNKNOWN_COLOUR, UNTOUCHED: (0.0, 0.0, 0.0, 0.0)}
    colours |= {stroke_code(m): CLASS_COLOURS[m] for m in Material if m is not Material.AIR}
    # The colour of air, which is none, would not be seen.
    colours[AIR_STROKE] = (1.0, 1.0, 1.0, 1.0)
    layer = LabelsLayer(
        np.zeros(strokes_shape(image), np.uint8),
        name=STROKES,
        colormap=DirectLabelColormap(color_dict=colours),
        opacity=_OPACITY,
        metadata={RECORD: {PREVIEW: STROKES}},
        **spatial_of(image),
    )
    set_stroke_brush(layer)
    return layer


def strokes_shape(image: Image) -> tuple[int, ...]:
    """Voxels of the strokes of a volume, along (z, y, x).

    Raises
    ------
    InputError
        A volume of other axes than three.
    """
    shape = shape_of(image)
    if len(shape) != 3:
        raise InputError(f"'{image.name}' has {len(shape)} axes; strokes need a volume of three (z, y, x).")
    return shape


def set_stroke_brush(layer: LabelsLayer) -> None:
    """Give a layer of strokes the brush to begin with: crystal, a disc in the slice."""
    layer.n_edit_dimensions = 2
    layer.brush_size = _BRUSH_VOXELS
    layer.selected_label = stroke_code(Material.CRYSTAL)
