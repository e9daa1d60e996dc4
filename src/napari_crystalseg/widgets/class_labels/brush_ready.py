"""Labels that are chosen look and paint alike, wherever they came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import numpy as np
from qtpy.QtCore import QObject, QTimer

from ...labels import Material
from ..layers.label_layer import class_colormap

if TYPE_CHECKING:
    from napari.layers import Labels as LabelsLayer

# Of layers that were made ready once: what the user sets afterwards stays.
_ready: WeakSet[Any] = WeakSet()


class BrushReady(QObject):
    """Gives labels the colours of the classes and a brush that paints balls of crystal, when they are first chosen."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._layer: LabelsLayer | None = None
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._set_brush)

    def take(self, layer: LabelsLayer | None) -> None:
        """Make labels ready that were chosen."""
        if layer is None or layer in _ready or layer.ndim != 3:
            return
        _ready.add(layer)
        ours = class_colormap()
        if not _same_colours(layer.colormap, ours):
            layer.colormap = ours
        self._layer = layer
        self._set_brush()
        # Once more: napari's layer controls set it back to 2 while they are made.
        self._layer = layer
        self._later.start(0)

    def stop(self) -> None:
        """Forget what was still to be done."""
        self._later.stop()
        self._layer = None

    def _set_brush(self) -> None:
        layer, self._layer = self._layer, None
        if layer is None:
            return
        layer.n_edit_dimensions = 3
        if layer.selected_label == 1:  # nobody has chosen yet
            layer.selected_label = int(Material.CRYSTAL)


def _same_colours(one: Any, other: Any) -> bool:
    colours = getattr(one, "color_dict", None)
    if colours is None or set(colours) != set(other.color_dict):
        return False
    return all(np.allclose(colours[code], other.color_dict[code]) for code in other.color_dict)
