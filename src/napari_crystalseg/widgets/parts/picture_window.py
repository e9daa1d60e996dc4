"""A window that shows one picture."""

from __future__ import annotations

from qtpy.QtCore import QRect, Qt
from qtpy.QtGui import QPainter, QPixmap
from qtpy.QtWidgets import QDialog, QWidget

_LARGEST = (1000, 680)


class PictureWindow(QDialog):
    """Shows a PNG beside the main window, as large as the window is made.

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
        self.resize(self.picture.size().scaled(*_LARGEST, Qt.AspectRatioMode.KeepAspectRatio))

    def paintEvent(self, event: object) -> None:
        """Draw the picture in its proportions."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        size = self.picture.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(0, 0, size.width(), size.height())
        place.moveCenter(self.rect().center())
        painter.drawPixmap(place, self.picture)
