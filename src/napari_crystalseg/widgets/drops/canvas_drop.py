"""CanvasDrop: folders and images that are dropped on napari's canvas while the widget is open."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from qtpy.QtCore import QEvent, QObject
from qtpy.QtGui import QDropEvent

_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp")


class CanvasDrop(QObject):
    """Takes photographs, and folders that hold some; all else is left to napari and its readers.

    Parameters
    ----------
    viewer : napari.Viewer
        One without a window is left alone.
    take : callable
        Called with the paths.
    """

    def __init__(self, viewer: Any, take: Callable[[list[Path]], None]) -> None:
        super().__init__()
        self._take = take
        self._watched = getattr(getattr(viewer, "window", None), "_qt_viewer", None)
        if self._watched is not None:
            self._watched.installEventFilter(self)

    def close(self, *arguments: object) -> None:
        """Leave all to napari again."""
        watched, self._watched = self._watched, None
        if watched is not None:
            try:
                watched.removeEventFilter(self)
            except RuntimeError:
                pass  # the window is gone

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Take what is dropped."""
        if self._watched is None or not isinstance(event, QDropEvent) or event.type() != QEvent.Type.Drop:
            return False
        data = event.mimeData()
        paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()] if data is not None else []
        if not paths or not all(_is_ours(path) for path in paths):
            return False
        event.acceptProposedAction()
        self._take(paths)
        return True


def _is_ours(path: Path) -> bool:
    if path.is_dir():
        try:
            return any(one.suffix.lower() in _SUFFIXES for one in path.iterdir())
        except OSError:
            return False
    return path.suffix.lower() in _SUFFIXES
