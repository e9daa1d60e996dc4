"""A window that shows one picture."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtGui import QPixmap
from qtpy.QtWidgets import QDialog, QLabel, QScrollArea, QVBoxLayout, QWidget


class PictureWindow(QDialog):
    """Shows a PNG beside the main window; it scrolls where the screen is smaller.

    Parameters
    ----------
    title : str
        Title of the window.
    png : bytes
        The picture.
    """

    def __init__(self, title: str, png: bytes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.picture = QPixmap()
        self.picture.loadFromData(png)
        label = QLabel()
        label.setPixmap(self.picture)
        area = QScrollArea()
        area.setWidget(label)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(area)
        self.resize(self.picture.width() + 4, min(self.picture.height() + 4, 760))
