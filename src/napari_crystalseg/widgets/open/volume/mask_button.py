"""Button that takes a mask as labels of a class that is chosen."""

from __future__ import annotations

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QMenu, QPushButton, QWidget

from ....labels import Material


class MaskButton(QPushButton):
    """Button with a menu of the classes that a mask may stand for."""

    chosen = Signal(object)
    """The class, a :class:`~napari_crystalseg.labels.Material`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Take the mask as labels of", parent)
        self.setToolTip("Make labels of this mask: what is set becomes the class that you choose.")
        menu = QMenu(self)
        for material in Material:
            if material is not Material.AIR:
                action = menu.addAction(material.title)
                assert action is not None
                action.triggered.connect(lambda checked=False, to=material: self.chosen.emit(to))
        self.setMenu(menu)
