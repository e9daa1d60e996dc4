"""Classes with their colours and volumes; a click on one gives it to the brush."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtGui import QColor, QIcon, QPainter, QPixmap
from qtpy.QtWidgets import QButtonGroup, QGridLayout, QLabel, QPushButton, QWidget

from ..class_colours import CLASS_COLOURS
from ..labels import Material
from .connections import Connections
from .label_notes import LabelNotes
from .session import Session

if TYPE_CHECKING:
    from napari.components import ViewerModel

_NAME_CHARACTERS = 20


def volume_text(volume_um3: float) -> str:
    """Volume with as many digits as mean something, thousands apart."""
    return f"{volume_um3:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}") if volume_um3 >= 100 else f"{volume_um3:.3g}"


class ClassTable(QWidget):
    """One row a class: swatch and name (a button), and the volume in µm³."""

    def __init__(
        self, viewer: ViewerModel, session: Session, connections: Connections, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._session = session
        self._watched: Any = None
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(2)
        heading = QLabel("volume, µm³")
        heading.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.heading = QLabel()
        self.heading.setTextFormat(Qt.TextFormat.PlainText)
        layout.addWidget(self.heading, 0, 0)
        layout.addWidget(heading, 0, 1)
        self._group = QButtonGroup(self)
        self.buttons: dict[Material, QPushButton] = {}
        self.volumes: dict[Material, QLabel] = {}
        for row, material in enumerate(Material, start=1):
            button = QPushButton(_swatch(material), material.title)
            button.setCheckable(True)
            button.setStyleSheet("text-align: left; padding: 2px 6px;")
            button.setToolTip(
                f"{'Erase: paint' if material is Material.AIR else 'Paint'} {material.title} (code {int(material)})."
            )
            self._group.addButton(button, int(material))
            value = QLabel("–")
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            layout.addWidget(button, row, 0)
            layout.addWidget(value, row, 1)
            self.buttons[material] = button
            self.volumes[material] = value
        self.notes = LabelNotes(session, connections)
        layout.addWidget(self.notes, len(Material) + 1, 0, 1, 2)
        layout.setColumnStretch(0, 1)
        layout.setColumnStretch(1, 1)
        self._group.idClicked.connect(self._take)
        connections.add(session.events.labels, self._labels_changed)
        connections.add(session.events.volumes_um3, self._show_volumes)
        connections.add_undo(self._let_go)
        self._labels_changed()
        self._show_volumes()

    def _take(self, code: int) -> None:
        layer = self._session.labels
        if layer is None:
            return
        self._viewer.layers.selection.active = layer
        layer.visible = True  # napari does not paint on a hidden one
        layer.selected_label = code
        layer.mode = "paint"

    def _labels_changed(self, layer: Any = None) -> None:
        self._let_go()
        self._watched = self._session.labels
        if self._watched is not None:
            self._watched.events.selected_label.connect(self._show_selected)
            self._watched.events.name.connect(self._show_name)
        self.setEnabled(self._watched is not None)
        self._show_name()
        self._show_selected()

    def _let_go(self) -> None:
        if self._watched is not None:
            self._watched.events.selected_label.disconnect(self._show_selected)
            self._watched.events.name.disconnect(self._show_name)
            self._watched = None

    def _show_name(self, event: Any = None) -> None:
        name = "" if self._watched is None else self._watched.name
        width = self.fontMetrics().horizontalAdvance("n" * _NAME_CHARACTERS)
        shown = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, width)
        self.heading.setText(f"classes of '{shown}'" if name else "classes")
        self.heading.setToolTip(name)

    def _show_selected(self, event: Any = None) -> None:
        code = -1 if self._watched is None else int(self._watched.selected_label)
        self._group.setExclusive(False)
        for material, button in self.buttons.items():
            button.setChecked(material == code)
        self._group.setExclusive(True)

    def _show_volumes(self, volumes: Any = None) -> None:
        known = self._session.volumes_um3
        for material, label in self.volumes.items():
            label.setText("–" if known is None else volume_text(known[material]))


def _swatch(material: Material) -> QIcon:
    pixmap = QPixmap(14, 14)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    red, green, blue, _ = CLASS_COLOURS[material]
    if material is Material.AIR:
        painter.setPen(QColor("#808080"))
        painter.drawRect(0, 0, 13, 13)
        painter.drawLine(0, 13, 13, 0)
    else:
        painter.fillRect(0, 0, 14, 14, QColor.fromRgbF(red, green, blue))
    painter.end()
    return QIcon(pixmap)
