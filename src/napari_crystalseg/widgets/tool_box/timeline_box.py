"""Undo and redo by name, and a list of the last edits to go back to."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QHBoxLayout, QMenu, QPushButton, QSizePolicy, QWidget

from ...review.edits.edit import Edit
from ..label_edits.layer_edits import LayerEdits, edits_of
from ..parts.stage import Desk

_LISTED = 25


class TimelineBox(QWidget):
    """Two buttons that say what they would take back or make again, and a drop-down of moments.

    Parameters
    ----------
    desk : Desk
        Whose labels are edited.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._edits: LayerEdits | None = None
        self._end: Any = None
        self._target: int | None = None
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        self.undo_button, self.redo_button = QPushButton("Undo"), QPushButton("Redo")
        for button in (self.undo_button, self.redo_button):
            # Long names must not make the dock wider.
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            line.addWidget(button, 1)
        self.undo_button.clicked.connect(self._undo)
        self.redo_button.clicked.connect(self._redo)
        self.moments = QPushButton("Edits")
        self.moments.setToolTip("The last edits: go back to one of these moments, or forth again.")
        self.menu = QMenu(self.moments)
        self.menu.aboutToShow.connect(self.fill_menu)
        self.moments.setMenu(self.menu)
        line.addWidget(self.moments)
        # One edit a turn of the event loop: many, or large ones, take longer than a window may stand still.
        self._step = QTimer(self)
        self._step.setInterval(0)
        self._step.timeout.connect(self._step_on)
        desk.connections.add(desk.session.events.labels, self._labels_changed)
        desk.connections.add_undo(self._let_go)
        self._labels_changed()

    def fill_menu(self) -> None:
        """List the last edits, the newest first; those that were taken back stand above the one that is made."""
        self.menu.clear()
        if self._edits is None:
            return
        timeline = self._edits.edited.timeline
        edits, position = timeline.edits, timeline.position
        last = min(len(edits), position + _LISTED // 2)
        for number in range(last, max(0, last - _LISTED) - 1, -1):
            text = edit_text(edits[number - 1]) if number else "Before the first edit"
            if number == 0 and timeline.forgotten:
                text = f"Before these ({timeline.forgotten} older cannot be taken back)"
            action = self.menu.addAction(f"{number + timeline.forgotten}  {text}")
            if action is None:
                continue
            action.setCheckable(True)
            action.setChecked(number == position)
            action.triggered.connect(lambda checked=False, number=number: self.go_to(number))

    def go_to(self, position: int) -> None:
        """Take back edits, or make them again, until the labels hold so many of them."""
        self._target = position
        self._step.start()

    def _undo(self) -> None:
        if self._edits is not None:
            self._edits.undo()

    def _redo(self) -> None:
        if self._edits is not None:
            self._edits.redo()

    def _step_on(self) -> None:
        edits, target = self._edits, self._target
        if edits is None or target is None:
            self._stop_stepping()
            return
        timeline = edits.edited.timeline
        before = timeline.position
        if before > target:
            edits.undo()
        elif before < target:
            edits.redo()
        if timeline.position in (before, target):
            self._stop_stepping()

    def _stop_stepping(self) -> None:
        self._step.stop()
        self._target = None

    def _labels_changed(self, layer: Any = None) -> None:
        self._let_go()
        self._edits = edits_of(self._desk.session.labels)
        if self._edits is not None:
            self._end = self._edits.listen(lambda edits, edit: self._show())
        self._show()

    def _let_go(self) -> None:
        self._stop_stepping()
        if self._end is not None:
            self._end()
            self._end = None
        self._edits = None

    def _show(self) -> None:
        timeline = None if self._edits is None else self._edits.edited.timeline
        for button, word, keys, edit in (
            (self.undo_button, "Undo", "Ctrl+Z", None if timeline is None else timeline.next_undo),
            (self.redo_button, "Redo", "Ctrl+Shift+Z", None if timeline is None else timeline.next_redo),
        ):
            button.setEnabled(edit is not None)
            button.setText(word if edit is None else f"{word}: {edit.name}")
            button.setToolTip(f"{word} ({keys})." if edit is None else f"{word}: {edit_text(edit)} ({keys}).")
        self.moments.setEnabled(timeline is not None and bool(timeline.edits))


def edit_text(edit: Edit) -> str:
    """Name of an edit, and how many voxels it changed."""
    count = f"{edit.voxels:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return f"{edit.name} ({count} {'voxel' if edit.voxels == 1 else 'voxels'})"
