"""Classes with their colours and volumes; a click on one gives it to the brush."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtGui import QColor, QIcon, QPainter, QPixmap
from qtpy.QtWidgets import QButtonGroup, QGridLayout, QLabel, QPushButton, QSizePolicy, QWidget

from ...class_colours import CLASS_COLOURS
from ...labels import Material
from ..layers.connections import Connections
from ..session.session import Session
from .class_keys import class_key
from .label_notes import LabelNotes

if TYPE_CHECKING:
    from napari.components import ViewerModel

_NAME_CHARACTERS = 20


def volume_text(volume_um3: float) -> str:
    """Volume with as many digits as mean something, thousands apart."""
    return f"{volume_um3:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}") if volume_um3 >= 100 else f"{volume_um3:.3g}"


def share_text(share: float) -> str:
    """Part of the sample in per cent, with as many digits as mean something."""
    if 0 < share < 0.001:
        return "< 0.1 %"
    return f"{100 * share:.1f} %"


class ClassTable(QWidget):
    """One row a class: swatch and name (a button), the volume in µm³, and its share of the sample, which is no air."""

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
        layout.setHorizontalSpacing(10)
        for column, text, tip in (
            (1, "µm³", "Volume of the class."),
            (2, "share", "Part of the sample, which is all but air."),
        ):
            heading = QLabel(text)
            heading.setToolTip(tip)
            heading.setAlignment(Qt.AlignmentFlag.AlignRight)
            layout.addWidget(heading, 0, column)
        self.heading = QLabel()
        self.heading.setTextFormat(Qt.TextFormat.PlainText)
        # A long name must not make the dock wider.
        self.heading.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.heading.installEventFilter(self)
        layout.addWidget(self.heading, 0, 0)
        self._group = QButtonGroup(self)
        self.buttons: dict[Material, QPushButton] = {}
        self.volumes: dict[Material, QLabel] = {}
        self.shares: dict[Material, QLabel] = {}
        for row, material in enumerate(Material, start=1):
            button = QPushButton(swatch(material), material.title)
            button.setCheckable(True)
            button.setStyleSheet("text-align: left; padding: 2px 6px;")
            button.setToolTip(
                f"{'Erase: paint' if material is Material.AIR else 'Paint'} {material.title} "
                f"(code {int(material)}, key {class_key(material)})."
            )
            self._group.addButton(button, int(material))
            layout.addWidget(button, row, 0)
            self.buttons[material] = button
            for column, values in ((1, self.volumes), (2, self.shares)):
                value = QLabel("–")
                value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                layout.addWidget(value, row, column)
                values[material] = value
        self.shares[Material.AIR].setText("")
        self.notes = LabelNotes(session, connections)
        layout.addWidget(self.notes, len(Material) + 1, 0, 1, 3)
        layout.setColumnStretch(0, 1)
        self._group.idClicked.connect(self._select_class)
        connections.add(session.events.labels, self._labels_changed)
        connections.add(session.events.volumes_um3, self._show_volumes)
        connections.add_undo(self._stop_watching)
        self._labels_changed()
        self._show_volumes()

    def _select_class(self, code: int) -> None:
        layer = self._session.labels
        if layer is None:
            return
        self._viewer.layers.selection.active = layer
        layer.visible = True  # napari does not paint on a hidden one
        layer.selected_label = code
        layer.mode = "paint"

    def _labels_changed(self, layer: Any = None) -> None:
        self._stop_watching()
        self._watched = self._session.labels
        if self._watched is not None:
            self._watched.events.selected_label.connect(self._show_selected)
            self._watched.events.name.connect(self._show_name)
        self.setEnabled(self._watched is not None)
        self._show_name()
        self._show_selected()

    def _stop_watching(self) -> None:
        if self._watched is not None:
            self._watched.events.selected_label.disconnect(self._show_selected)
            self._watched.events.name.disconnect(self._show_name)
            self._watched = None

    def _show_name(self, event: Any = None) -> None:
        name = "" if self._watched is None else self._watched.name
        metrics = self.heading.fontMetrics()
        width = metrics.horizontalAdvance("n" * _NAME_CHARACTERS)
        if self.heading.isVisible():
            # Themes pad labels, by what only their size tells.
            padding = self.heading.sizeHint().width() - metrics.horizontalAdvance(self.heading.text())
            width = self.heading.width() - metrics.horizontalAdvance("classes of ''") - max(0, padding)
        shown = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, max(0, width))
        self.heading.setText(f"classes of '{shown}'" if name else "classes")
        self.heading.setToolTip(name)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Fit the name to the room that the dock gives it."""
        if event is not None and event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            self._show_name()
        return super().eventFilter(watched, event)

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
        sample = 0.0 if known is None else sum(known.values()) - known[Material.AIR]
        for material, label in self.shares.items():
            if material is not Material.AIR:
                label.setText(share_text(known[material] / sample) if known is not None and sample > 0 else "–")


def swatch(material: Material) -> QIcon:
    """Small square in the colour of a class; air is crossed out."""
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
