"""Labels filled, as outlines, or out of sight: one key goes round."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from ...session.session import session_of
from ..shown_labels import labels_to_show

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Labels as LabelsLayer

LOOKS = ("filled", "outlined", "hidden")

# Brushes of layers that were hidden here: napari puts them down with the layer.
_brushes: WeakKeyDictionary[Any, str] = WeakKeyDictionary()


def look_of(layer: LabelsLayer) -> str:
    """How a Labels layer is seen: one of :data:`LOOKS`."""
    if not layer.visible:
        return "hidden"
    return "outlined" if layer.contour > 0 else "filled"


def set_look(layer: LabelsLayer, look: str) -> None:
    """Show a Labels layer filled or outlined, or hide it; its brush is taken up again when it comes back."""
    if look == "hidden":
        if layer.visible:
            _brushes[layer] = str(layer.mode)
            layer.visible = False
        return
    layer.contour = 1 if look == "outlined" else 0
    if not layer.visible:
        layer.visible = True
        layer.mode = _brushes.pop(layer, str(layer.mode))


def next_look(viewer: ViewerModel) -> None:
    """Go on from filled to outlined, hidden, and filled again, with the labels that are worked on."""
    layer = labels_to_show(viewer, session_of(viewer))
    if layer is not None:
        set_look(layer, LOOKS[(LOOKS.index(look_of(layer)) + 1) % len(LOOKS)])
