"""The page of a tab, whose stage is made when it is first needed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from .stage import Desk, Stage

# What the stages import takes longer than a window may stand still.
_STAGES = (
    "open.open_stage",
    "segment_stage",
    "review.review_stage",
    "check.check_stage",
    "export.export_stage",
    "simulate.simulate_stage",
)


class StagePage(QWidget):
    """What of a stage stays in sight, and below it what scrolls; empty until the stage is made.

    Parameters
    ----------
    make : callable
        Makes the stage at a desk.
    desk : Desk
        What the stage works with.
    """

    def __init__(self, make: Callable[[Desk], Stage], desk: Desk) -> None:
        super().__init__()
        self._make, self._desk = make, desk
        self._stage: Stage | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    @property
    def is_made(self) -> bool:
        """Whether the stage is there."""
        return self._stage is not None

    @property
    def stage(self) -> Stage:
        """The stage, made now if it was not yet."""
        if self._stage is None:
            self._stage = self._make(self._desk)
            self._lay_out(self._stage)
        return self._stage

    def least_width(self) -> int:
        """Width that the stage needs beside its scroll bar; 0 while it is not there."""
        if self._stage is None:
            return 0
        area = self.findChild(QScrollArea)
        bar = area.verticalScrollBar()
        beside = 0 if bar is None else bar.sizeHint().width()
        return int(self._stage.minimumSizeHint().width() + beside)

    def _lay_out(self, stage: Stage) -> None:
        stage.leave_wheel_to_panel()
        stage.watch_hands()
        area = QScrollArea()
        area.setWidget(stage)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        # Where a large font makes a stage wider than the dock, nothing is cut off.
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        if stage.fixed is not None:
            self._column.addWidget(stage.fixed)
        self._column.addWidget(area, 1)


class StageImports:
    """Imports what the stages are made of in a thread, beside the window; nothing of Qt is made there."""

    def __init__(self) -> None:
        self._thread = threading.Thread(target=_import_stages, name="stage-imports", daemon=True)

    def start(self) -> None:
        """Begin, unless that was done already."""
        if self._thread.ident is None:
            self._thread.start()

    @property
    def done(self) -> bool:
        """Whether the stages can be made without waiting for imports."""
        return self._thread.ident is not None and not self._thread.is_alive()


def _import_stages() -> None:
    from importlib import import_module

    try:
        for name in _STAGES:
            import_module(f"..{name}", __package__)
    except Exception:  # whoever makes the stage sees it again
        logging.getLogger(__name__).warning("The stages could not be imported ahead.", exc_info=True)
