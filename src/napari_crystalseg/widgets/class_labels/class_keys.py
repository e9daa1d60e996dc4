"""Keys that choose the class to paint: Shift with its code."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import ref

from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import QShortcut, QWidget

from ...labels import Material
from ..layers.connections import Connections
from ..layers.strokes_layer import stroke_code
from ..session.session import Session

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Labels as LabelsLayer


def class_key(material: Material) -> str:
    """Return the key of a class as the dock writes it."""
    return f"Shift+{int(material)}"


class ClassKeys:
    """Shift+0 to Shift+4 in the window of the dock, wherever the keyboard is but in a text.

    They are shortcuts of Qt, since what the canvas is told of Shift with a digit depends on the layout of the keyboard;
    and keys of the labels, for a canvas elsewhere.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Viewer of the dock.
    session : Session
        Whose labels get the class.
    connections : Connections
        Undone when the dock goes.
    window : QWidget
        A widget that is always visible in the window.
    """

    def __init__(self, viewer: ViewerModel, session: Session, connections: Connections, window: QWidget) -> None:
        self._viewer = ref(viewer)
        self._session = session
        self._bound: LabelsLayer | None = None
        for material in Material:
            shortcut = QShortcut(QKeySequence(class_key(material)), window)
            shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
            shortcut.activated.connect(partial(self._pressed, material))
        connections.add(session.events.labels, self._labels_changed)
        connections.add_undo(self._let_go)
        self._labels_changed()

    def choose(self, material: Material) -> None:
        """Give a class to the brush, that of strokes while they are drawn; an eraser becomes a brush."""
        strokes = self._session.strokes
        layer = self._session.labels if strokes is None else strokes
        if layer is not None:
            layer.selected_label = int(material) if strokes is None else stroke_code(material)
            if str(layer.mode) == "erase":
                layer.mode = "paint"

    def _pressed(self, material: Material) -> None:
        # A layer that is worked on beside the labels may have keys of its own, such as that of strokes to teach by.
        viewer = self._viewer()
        active = None if viewer is None else viewer.layers.selection.active
        own = {} if active is None else {str(key): call for key, call in active.keymap.items()}
        call = own.get(class_key(material))
        if call is not None:
            call(active)
        else:
            self.choose(material)

    def _labels_changed(self, layer: Any = None) -> None:
        self._let_go()
        self._bound = self._session.labels
        if self._bound is not None:
            for material in Material:
                self._bound.bind_key(f"Shift-{int(material)}", self._on_key(material), overwrite=True)

    def _on_key(self, material: Material) -> Callable[[Any], None]:
        # A function with a name: napari asks what it binds to a key for theirs.
        def choose(layer: Any) -> None:
            self.choose(material)

        return choose

    def _let_go(self) -> None:
        bound, self._bound = self._bound, None
        if bound is not None:
            for material in Material:
                bound.bind_key(f"Shift-{int(material)}", None)
