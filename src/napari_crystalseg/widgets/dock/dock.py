"""The dock: five stages, a tab to simulate, and a foot that runs their jobs."""

from __future__ import annotations

import weakref
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

from qtpy.QtCore import QEvent, QSize, Qt
from qtpy.QtGui import QCloseEvent, QHideEvent, QKeyEvent, QKeySequence, QShowEvent
from qtpy.QtWidgets import QAbstractButton, QShortcut, QVBoxLayout, QWidget

from ..class_labels.first_use import first_labels_are_prepared
from ..keeping.recovery import Recovery
from ..keeping.recovery_bar import RecoveryBar
from ..keeping.review_keeper import ReviewKeeper
from ..keeping.strokes_keeper import StrokesKeeper
from ..layers.connections import Connections
from ..parts.job_bar import JobBar, WorkerHolder
from ..parts.levels import background_of, style_sheet
from ..parts.stage import Desk
from ..process.processing import Processing
from ..queue.file_drop import FileDrop
from ..queue.queue_runner import QueueRunner
from ..queue.sample_queue import SampleQueue
from ..session.session import Session, session_of
from ..tabs import CHECK, EXPORT, OPEN, PROCESS_KEY, REVIEW, SEGMENT, SIMULATE
from ..views.hidden_layers import follow_volume
from .foot_words import FootWords
from .label_followers import LabelFollowers
from .layer_follower import LayerFollower
from .stage_tabs import StageTabs
from .warm_up import WarmUp

if TYPE_CHECKING:
    import napari
    from napari.layers import Layer

    from ..check.check_stage import CheckStage
    from ..export.export_stage import ExportStage
    from ..open.open_stage import OpenStage
    from ..review.review_stage import ReviewStage
    from ..segment_stage import SegmentStage
    from ..simulate.simulate_stage import SimulateStage
    from ..tasks.process import ProcessedSample

# What the stages need at napari's usual font size, and the most that a large font may take of a window.
_LEAST_WIDTH, _MOST_WIDTH = 352, 450

# Docks that are open, by their viewers; neither is kept alive.
_docks: WeakKeyDictionary[Any, weakref.ref[CrystalSegDock]] = WeakKeyDictionary()


def dock_of(viewer: Any) -> CrystalSegDock | None:
    """Return the dock that is open in a viewer, None where there is none."""
    found = None if viewer is None else _docks.get(getattr(viewer, "__wrapped__", viewer))
    return None if found is None else found()


class CrystalSegDock(QWidget):
    """Open · Segment · Review · Check · Export, and Simulate beside them.

    Parameters
    ----------
    napari_viewer : napari.viewer.Viewer
        Viewer that the dock works in.
    """

    def __init__(self, napari_viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        # napari hands plugins a proxy whose layers are proxies too, so that `is` never holds between two of them.
        viewer = getattr(napari_viewer, "__wrapped__", napari_viewer)
        self._viewer = weakref.ref(viewer)
        self.session = session_of(viewer)
        _docks[viewer] = weakref.ref(self)
        self._connections = Connections()
        self._connections.add_undo(partial(_docks.pop, viewer, None))
        self.bar = JobBar(self.session, not_yet=first_labels_are_prepared)
        self._connections.add_undo(LayerFollower(self.session, viewer, self.bar.warn).stop)
        self.followers = LabelFollowers(viewer, self.session, self._connections, self)

        desk = Desk(viewer, self.session, self.bar, self._connections)
        self.processing = Processing(desk, self._settle, self)
        # After the labels have got their timeline.
        self.keeper = ReviewKeeper(desk, self)
        self._connections.add(self.session.events.labels, self.keeper.take)
        self.keeper.take(self.session.labels)
        self._connections.add(self.session.events.review, self.keeper.take_review)
        self._connections.add_undo(self.session.leaving.ask_first(self.keeper.leave))
        self.strokes_keeper = StrokesKeeper(desk, self)
        self.recovery = Recovery(desk, self.keeper, self)
        self.recovery.went_on.connect(self._go_on_with_places)
        self.queue = SampleQueue()
        self.runner = QueueRunner(self.queue, self.session, self)
        # What is called when the widget is gone must not touch it.
        self._connections.add_undo(self.runner.holder.close)
        self._connections.add_undo(self.queue.let_go)
        self.tabs = StageTabs(desk, self.processing, self.queue, self.runner, self.keeper)
        self.tabs.made.connect(self._fit_width)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.tabs, 1)
        # Below all stages: whichever is open, it is to be seen.
        self.recovery_bar = RecoveryBar(self.recovery)
        column.addWidget(self.recovery_bar)
        column.addWidget(self.bar)
        self.setMinimumWidth(_LEAST_WIDTH)
        self._show_theme()
        self._connections.add(viewer.events.theme, self._show_theme)

        self._warm_up = WarmUp(self.bar, self)
        self.tabs.currentChanged.connect(self._warm_up.simulation)
        self._connections.add(self.session.events.image, self._warm_up.network)
        self._field: Any = None  # that the last volume spans
        self._connections.add(self.session.events.image, self._follow_view)
        self._follow_view(self.session.image)
        self._had_parent = False
        self.followers.begin()
        self._words = FootWords(desk, self.followers.in_3d)
        FileDrop(self, self.take_files)
        self._process_key = QShortcut(QKeySequence(PROCESS_KEY), self)
        self._process_key.activated.connect(self.process)
        self._words.say_where_it_stands()
        # By then the widget is gone: what is called must not touch it.
        self.destroyed.connect(partial(_close_all, self.session, self._connections, self.bar.holder))

    @property
    def open(self) -> OpenStage:
        """Stage 1."""
        return cast("OpenStage", self.tabs.pages[OPEN].stage)

    @property
    def segment(self) -> SegmentStage:
        """Stage 2."""
        return cast("SegmentStage", self.tabs.pages[SEGMENT].stage)

    @property
    def review(self) -> ReviewStage:
        """Stage 3."""
        return cast("ReviewStage", self.tabs.pages[REVIEW].stage)

    @property
    def check(self) -> CheckStage:
        """Stage 4."""
        return cast("CheckStage", self.tabs.pages[CHECK].stage)

    @property
    def export(self) -> ExportStage:
        """Stage 5, which exports with the coefficients that stage 4 has set."""
        _ = self.tabs.pages[CHECK].stage
        return cast("ExportStage", self.tabs.pages[EXPORT].stage)

    @property
    def simulate(self) -> SimulateStage:
        """The tab beside them."""
        return cast("SimulateStage", self.tabs.pages[SIMULATE].stage)

    def take_files(self, paths: list[Path]) -> None:
        """Open a file that was dropped here, or put several in the queue."""
        self.tabs.setCurrentIndex(OPEN)
        if len(paths) == 1:
            self.open.opener.open_later(paths[0])
        else:
            self.open.attempt(partial(self.open.queue_box.add, paths))

    def process(self) -> None:
        """Process the sample at hand, as the button does."""
        box = self.open.process_box
        if box.button.isEnabled() and not box.isHidden():
            box.button.click()
        elif self.session.busy:
            self.bar.warn("Another job still runs: wait for it, or cancel it.")
        else:
            self.bar.warn("There is nothing to process: open a raw scan, a volume or labels.")

    def make_stages(self) -> None:
        """Make the stages that are not there yet; a dock that is shown does so by itself, one after the other."""
        self.tabs.make_all()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Let Enter press the button in focus."""
        self.keeper.touch()
        focused = self.focusWidget()
        pressed = event is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event is not None and pressed and isinstance(focused, QAbstractButton):
            focused.click()
            event.accept()
        else:
            super().keyPressEvent(event)

    def _fit_width(self) -> None:
        """Be at least as wide as the tabs, and as the widest stage beside its scroll bar, at the font of napari."""
        self.setMinimumWidth(min(max(_LEAST_WIDTH, self.tabs.least_width()), _MOST_WIDTH))

    def _show_theme(self, event: object = None) -> None:
        viewer = self._viewer()
        if viewer is not None:
            self.setStyleSheet(style_sheet(background_of(viewer), viewer.theme))

    def sizeHint(self) -> QSize:
        """Fits beside the layer list on a screen of 1366 × 768."""
        return QSize(380, 620)

    def minimumSizeHint(self) -> QSize:
        """Small: the stages scroll."""
        return QSize(_LEAST_WIDTH, 260)

    def _settle(self, sample: ProcessedSample, check_sum: int | None) -> None:
        self.check.take_processed(sample, check_sum)
        self.tabs.setCurrentIndex(REVIEW)

    def _go_on_with_places(self, looked_at: bool) -> None:
        self.tabs.setCurrentIndex(REVIEW)
        self.review.teaching.bring_back()
        if looked_at and not self.session.busy:
            self.review.attempt(self.review.find_places)

    def _follow_view(self, image: Layer | None) -> None:
        # The next sample may be of other voxels: beside the last one it would be small, or out of sight.
        viewer = self._viewer()
        if viewer is not None and image is not None:
            self._field = follow_volume(viewer, image, self._field)

    def close_down(self) -> None:
        """Stop timers, job and worker, and let go of the viewer as it was; the dock is of no more use."""
        self._warm_up.stop()
        self.tabs.stop()
        self.runner.close_down()
        self.queue.let_go()
        self.bar.close_worker()
        # Nobody would be left to show again what the previews hide.
        if self.tabs.pages[OPEN].is_made:
            self.open.close_down()
        self.tabs.remove_preview()
        self._connections.close()
        self.session.busy = False

    def changeEvent(self, event: QEvent | None) -> None:
        """See napari take the dock out of its window: a click on ✕ orphans the widget and does not close it."""
        super().changeEvent(event)
        if event is None:
            return
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and self.isVisible():
            self._fit_width()
        if event.type() == QEvent.Type.ParentChange and hasattr(self, "_had_parent"):
            if self.parent() is None and self._had_parent:
                self.close_down()
            self._had_parent = self._had_parent or self.parent() is not None

    def showEvent(self, event: QShowEvent | None) -> None:
        """Once the window stands, start the worker in the background."""
        super().showEvent(event)
        self._fit_width()
        self._warm_up.start()
        self.tabs.begin()
        self.followers.findings.follow(True)

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Judge no labels while nobody looks."""
        super().hideEvent(event)
        self.followers.findings.follow(False)

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Close down when closed as a window of its own."""
        self.close_down()
        super().closeEvent(event)


def _close_all(session: Session, connections: Connections, holder: WorkerHolder, *args: object) -> None:
    holder.close()
    connections.close()
    session.busy = False
