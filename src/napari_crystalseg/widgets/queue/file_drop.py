"""Files that are dropped on the dock: one is opened, several become a queue."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from qtpy.QtCore import QEvent, QObject
from qtpy.QtGui import QDropEvent
from qtpy.QtWidgets import QWidget


class FileDrop(QObject):
    """Takes files that are dropped on a widget, or on what lies in it and takes none itself.

    Parameters
    ----------
    widget : QWidget
        Where they are dropped.
    take : callable
        Called with their paths.
    """

    def __init__(self, widget: QWidget, take: Callable[[list[Path]], None]) -> None:
        super().__init__(widget)
        self._take = take
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Accept files, and hand them on."""
        if not isinstance(event, QDropEvent):  # what enters and moves is one, too
            return False
        data = event.mimeData()
        paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()] if data is not None else []
        if not paths:
            return False
        event.acceptProposedAction()
        if event.type() == QEvent.Type.Drop:
            self._take(paths)
        return True
