"""Tells when anything changes that planes through the layers of a viewer show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal

from ..layers.connections import Connections
from .picture.slice_picture import has_voxels

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Layer

_LOOKS = (
    "visible",
    "opacity",
    "colormap",
    "contrast_limits",
    "gamma",
    "blending",
    "contour",
    "show_selected_label",
    "scale",
    "translate",
    "rotate",
    "shear",
    "affine",
    "units",
)
_VALUES = ("data", "set_data", "paint")  # undo, and other plugins, announce set_data alone; so does a slider
_STROKE = "labels_update"  # a part of a stroke in napari's canvas, before it is announced as a whole


class LayerWatch(QObject):
    """Follows the volumes and labels of a viewer as they come, change and go.

    Signals: ``looks`` of a layer or the list itself changed, ``values`` of a layer changed (the layer), ``stroke`` goes
    on over a layer.
    """

    looks = Signal()
    values = Signal(object)
    stroke = Signal()

    def __init__(self, viewer: ViewerModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._watched: list[Layer] = []
        self._connections = Connections()
        for name in ("inserted", "removed", "reordered"):
            self._connections.add(getattr(viewer.layers.events, name), self._listed)
        self._listed()

    def stop(self) -> None:
        """Let go of all layers."""
        self._connections.close()
        for layer in list(self._watched):
            self._let_go(layer)

    def _listed(self, event: Any = None) -> None:
        now = [layer for layer in self._viewer.layers if has_voxels(layer)]
        for layer in list(self._watched):
            if layer not in now:
                self._let_go(layer)
        for layer in now:
            if layer not in self._watched:
                self._take(layer)
        self.looks.emit()

    def _slots(self, layer: Layer) -> list[tuple[Any, Any]]:
        slots = [(name, self._looked) for name in _LOOKS] + [(name, self._valued) for name in _VALUES]
        found = [(getattr(layer.events, name, None), slot) for name, slot in [*slots, (_STROKE, self._stroked)]]
        return [(signal, slot) for signal, slot in found if signal is not None]

    def _take(self, layer: Layer) -> None:
        self._watched.append(layer)
        for signal, slot in self._slots(layer):
            signal.connect(slot)

    def _let_go(self, layer: Layer) -> None:
        self._watched.remove(layer)
        for signal, slot in self._slots(layer):
            signal.disconnect(slot)

    def _looked(self, event: Any = None) -> None:
        self.looks.emit()

    def _valued(self, event: Any = None) -> None:
        self.values.emit(None if event is None else event.source)

    def _stroked(self, event: Any = None) -> None:
        self.stroke.emit()
