"""Keys of a layer of strokes: Shift and a digit choose the class to draw."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...labels import Material
from ..layers.strokes_layer import stroke_code

if TYPE_CHECKING:
    from napari.layers import Labels as LabelsLayer


def bind_classes(layer: LabelsLayer) -> None:
    """Let the keys choose a class of the layer; an eraser becomes a brush again."""
    for material in Material:
        layer.bind_key(_key(material), _chooser(material), overwrite=True)


def release_classes(layer: LabelsLayer) -> None:
    """Give the keys back."""
    for material in Material:
        layer.bind_key(_key(material), None, overwrite=True)


def _key(material: Material) -> str:
    return f"Shift-{int(material)}"


def _chooser(material: Material) -> Callable[[Any], None]:
    # A function with a name: napari asks what it binds to a key for theirs.
    def choose(layer: Any) -> None:
        layer.selected_label = stroke_code(material)
        if str(layer.mode) == "erase":
            layer.mode = "paint"

    return choose
