"""The dock: five stages, a tab to simulate, and a foot that runs their jobs."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

from qtpy.QtCore import QEvent, QSize, Qt, QTimer
from qtpy.QtGui import QCloseEvent, QHideEvent, QKeyEvent, QKeySequence, QShowEvent
from qtpy.QtWidgets import QAbstractButton, QShortcut, QTabWidget, QVBoxLayout, QWidget

from .class_labels.automatic_labels import remember_automatic
from .class_labels.brush_ready import BrushReady
from .class_labels.class_keys import ClassKeys
from .class_labels.finding_follower import FindingFollower
from .class_labels.first_labels import first_labels_are_prepared, prepare_first_labels
from .class_labels.label_monitor import LabelMonitor
from .class_labels.labels_in_3d import LabelsIn3D
from .keeping.recovery import Recovery
from .keeping.recovery_bar import RecoveryBar
from .keeping.review_keeper import ReviewKeeper
from .label_edits.edit_keeper import EditKeeper
from .layers.connections import Connections
from .layers.software_rendering import SLOW_IN_3D, draws_in_software
from .parts.job_bar import JobBar, WorkerHolder
from .parts.levels import background_of, style_sheet
from .parts.stage import Desk, Stage
from .parts.stage_page import StageImports, StagePage
from .process.processing import Processing
from .queue.file_drop import FileDrop
from .queue.queue_runner import QueueRunner
from .queue.sample_queue import SampleQueue
from .session.next_step import scan_purpose
from .session.session import Session, follow, session_of
from .tabs import CHECK, EXPORT, OPEN, PROCESS_KEY, REVIEW, SEGMENT, SIMULATE
from .views.hidden_layers import follow_volume

if TYPE_CHECKING:
    import napari
    from napari.layers import Labels as LabelsLayer
    from napari.layers import Layer

    from .check.check_stage import CheckStage
    from .export.export_stage import ExportStage
    from .open.open_stage import OpenStage
    from .review.review_stage import ReviewStage
    from .segment_stage import SegmentStage
    from .simulate.simulate_stage import SimulateStage
    from .tasks.process import ProcessedSample

_WARM_AFTER_MS, _LAYERS_AFTER_MS = 1500, 300
_WARM = (
    "napari_crystalseg.widgets.tasks.open.opening",
    "napari_crystalseg.widgets.tasks.factors",
    "napari_crystalseg.computing.compilation",
)
# What the stages need at napari's usual font size, and the most that a large font may take of a window.
_LEAST_WIDTH, _MOST_WIDTH = 352, 450
# Between the turns of the event loop in which the stages are made, so that the window lives meanwhile.
_MAKE_EACH_MS = 15


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
        self._connections.add_undo(follow(self.session, viewer, self.bar.warn))
        # Before whoever listens to the edits of the layer that is chosen.
        self.edits = EditKeeper(self.session, self)
        self._connections.add(self.session.events.labels, self.edits.take)
        self._connections.add(self.session.events.image, self.edits.use_volume)
        self._connections.add_undo(self.edits.stop)
        self.edits.take(self.session.labels)
        self.monitor = LabelMonitor(self.session, self)
        self._connections.add(self.session.events.labels, self.monitor.watch)
        self._connections.add_undo(self.monitor.stop)
        self.judge = FindingFollower(self.session, self)
        for field in ("labels", "fingerprint"):
            self._connections.add(getattr(self.session.events, field), self.judge.schedule)
        for field in ("image", "coefficients", "scan"):
            self._connections.add(getattr(self.session.events, field), self.judge.look_again)
        self._connections.add_undo(self.judge.stop)
        # Here and not in a stage: the brush may be quicker than the stages are made.
        self._connections.add(self.session.events.labels, self._keep_automatic)
        self._keep_automatic(self.session.labels)
        brush = BrushReady(self)
        self._connections.add(self.session.events.labels, brush.take)
        self._connections.add_undo(brush.stop)
        self.class_keys = ClassKeys(viewer, self.session, self._connections, self)

        self.labels_in_3d = LabelsIn3D(viewer, self.session, self)
        self._connections.add_undo(self.labels_in_3d.stop)

        desk = Desk(viewer, self.session, self.bar, self._connections)
        self.processing = Processing(desk, self._settle, self)
        # After the labels have got their timeline.
        self.keeper = ReviewKeeper(desk, self)
        self._connections.add(self.session.events.labels, self.keeper.take)
        self.keeper.take(self.session.labels)
        self._connections.add(self.session.events.review, self.keeper.take_review)
        self._connections.add_undo(self.session.leaving.ask_first(self.keeper.leave))
        self.recovery = Recovery(desk, self.keeper, self)
        self.recovery.went_on.connect(self._go_on_with_places)
        self.tabs = QTabWidget()
        self.queue = SampleQueue()
        self.runner = QueueRunner(self.queue, self.session, self)
        # What is called when the widget is gone must not touch it.
        self._connections.add_undo(self.runner.holder.close)
        self._connections.add_undo(self.queue.let_go)
        makers = (
            partial(_open, self.processing, self.queue, self.runner),
            _segment,
            partial(_review, self.keeper),
            _check,
            partial(_export, self._compute_first),
            _simulate,
        )
        self.pages = [StagePage(make, desk) for make in makers]
        # In the order of the work; with numbers they would not fit the dock at its narrowest.
        titles = ("Open", "Segment", "Review", "Check", "Export", "Simulate")
        for page, title in zip(self.pages, titles, strict=True):
            self.tabs.addTab(page, title)
        self.tabs.setUsesScrollButtons(True)
        bar = self.tabs.tabBar()
        assert bar is not None
        bar.setExpanding(False)
        self.tabs.currentChanged.connect(self._warm_simulation)
        self.tabs.currentChanged.connect(self._clear_canvas_for_export)
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

        self._imports = StageImports()
        self._make = QTimer(self)
        self._make.setInterval(_MAKE_EACH_MS)
        self._make.timeout.connect(self._make_next)
        self._warm = QTimer(self)
        self._warm.setSingleShot(True)
        self._warm.setInterval(_WARM_AFTER_MS)
        self._warm.timeout.connect(partial(self.bar.warm, *_WARM))
        self._connections.add(self.session.events.image, self._warm_network)
        self._field: Any = None  # that the last volume spans
        self._connections.add(self.session.events.image, self._follow_view)
        self._follow_view(self.session.image)
        self._had_parent = False
        self.monitor.watch(self.session.labels)
        brush.take(self.session.labels)
        self._connections.add(viewer.dims.events.ndisplay, self._say_slow_in_3d)
        # What a stage has to say of its own result comes after it.
        for field in ("image", "labels"):
            self._connections.add(getattr(self.session.events, field), self._say_where_it_stands)
        self._connections.add(self.session.events.scan, self._say_scan)
        FileDrop(self, self.take_files)
        self._process_key = QShortcut(QKeySequence(PROCESS_KEY), self)
        self._process_key.activated.connect(self.process)
        self._say_where_it_stands()
        for field in ("coefficients", "experiment"):
            self._connections.add(getattr(self.session.events, field), self.bar.forget_warning)
        self._connections.add(self.session.events.other_codes, self._codes_known)
        # By then the widget is gone: what is called must not touch it.
        self.destroyed.connect(partial(_close_all, self.session, self._connections, self.bar.holder))

    @property
    def open(self) -> OpenStage:
        """Stage 1."""
        return cast("OpenStage", self.pages[OPEN].stage)

    @property
    def segment(self) -> SegmentStage:
        """Stage 2."""
        return cast("SegmentStage", self.pages[SEGMENT].stage)

    @property
    def review(self) -> ReviewStage:
        """Stage 3."""
        return cast("ReviewStage", self.pages[REVIEW].stage)

    @property
    def check(self) -> CheckStage:
        """Stage 4."""
        return cast("CheckStage", self.pages[CHECK].stage)

    @property
    def export(self) -> ExportStage:
        """Stage 5, which exports with the coefficients that stage 4 has set."""
        _ = self.pages[CHECK].stage
        return cast("ExportStage", self.pages[EXPORT].stage)

    @property
    def simulate(self) -> SimulateStage:
        """The tab beside them."""
        return cast("SimulateStage", self.pages[SIMULATE].stage)

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
        for page in self.pages:
            _ = page.stage

    def _make_next(self) -> None:
        """Make one stage a turn, in their order, as soon as that needs no import."""
        missing = [page for page in self.pages if not page.is_made]
        if missing and self._imports.done:
            _ = missing.pop(0).stage
            self._fit_width()
        if not missing:
            self._make.stop()
            QTimer.singleShot(_LAYERS_AFTER_MS, prepare_first_labels)

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
        bar = self.tabs.tabBar()
        needed = [0 if bar is None else bar.sizeHint().width()]
        for page in self.pages:
            needed.append(page.least_width())
        self.setMinimumWidth(min(max(_LEAST_WIDTH, *needed), _MOST_WIDTH))

    def _show_theme(self, event: object = None) -> None:
        viewer = self._viewer()
        if viewer is not None:
            self.setStyleSheet(style_sheet(background_of(viewer)))

    def sizeHint(self) -> QSize:
        """Fits beside the layer list on a screen of 1366 × 768."""
        return QSize(380, 620)

    def minimumSizeHint(self) -> QSize:
        """Small: the stages scroll."""
        return QSize(_LEAST_WIDTH, 260)

    def _compute_first(self, then: Callable[[], None]) -> None:
        self.check.compute(then)

    def _settle(self, sample: ProcessedSample, check_sum: int | None) -> None:
        self.check.take_processed(sample, check_sum)
        self.tabs.setCurrentIndex(REVIEW)

    def _go_on_with_places(self, looked_at: bool) -> None:
        self.tabs.setCurrentIndex(REVIEW)
        if looked_at and not self.session.busy:
            self.review.attempt(self.review.find_places)

    def _keep_automatic(self, layer: LabelsLayer | None) -> None:
        remember_automatic(self.session, layer)

    def _say_where_it_stands(self, value: object = None) -> None:
        if not self.session.busy:
            self.bar.say_where_it_stands()

    def _say_scan(self, scan: object) -> None:
        if scan is None:
            self._say_where_it_stands()
        elif not self.session.busy:
            self.bar.say(scan_purpose(self.session))

    def _codes_known(self, codes: object) -> None:
        if not codes:
            self.bar.forget_warning()

    def _say_slow_in_3d(self, event: object = None) -> None:
        viewer = self._viewer()
        if viewer is None or viewer.dims.ndisplay != 3 or self.labels_in_3d.active:
            return
        if draws_in_software(viewer):
            self.bar.say(SLOW_IN_3D)

    def _warm_network(self, image: object) -> None:
        # Whoever has a volume segments it next; importing torch takes seconds.
        if image is not None:
            self.bar.warm("torch")

    def _follow_view(self, image: Layer | None) -> None:
        # The next sample may be of other voxels: beside the last one it would be small, or out of sight.
        viewer = self._viewer()
        if viewer is not None and image is not None:
            self._field = follow_volume(viewer, image, self._field)

    def _warm_simulation(self, tab: int) -> None:
        if tab == SIMULATE:
            from .simulate.simulate_stage import WARM

            self.bar.warm(*WARM)

    def _clear_canvas_for_export(self, tab: int) -> None:
        # What is written is to be seen, not what lies over it.
        if tab != EXPORT:
            return
        if self.pages[CHECK].is_made:
            self.check.geometry_box.remove_overlay()
        if self.pages[SIMULATE].is_made:
            self.simulate.remove_preview()

    def close_down(self) -> None:
        """Stop timers, job and worker, and let go of the viewer as it was; the dock is of no more use."""
        self._warm.stop()
        self._make.stop()
        self.runner.close_down()
        self.queue.let_go()
        self.bar.close_worker()
        # Nobody would be left to show again what the previews hide.
        if self.pages[OPEN].is_made:
            self.open.close_down()
        if self.pages[SIMULATE].is_made:
            self.simulate.remove_preview()
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
        self._warm.start()
        self._imports.start()
        self._make.start()
        self.judge.follow(True)

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Judge no labels while nobody looks."""
        super().hideEvent(event)
        self.judge.follow(False)

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Close down when closed as a window of its own."""
        self.close_down()
        super().closeEvent(event)


# Each imports its stage itself: together they take longer than a window may stand still.


def _open(processing: Processing, queue: SampleQueue, runner: QueueRunner, desk: Desk) -> Stage:
    from .open.open_stage import OpenStage

    return OpenStage(desk, processing, queue, runner)


def _segment(desk: Desk) -> Stage:
    from .segment_stage import SegmentStage

    return SegmentStage(desk)


def _review(keeper: ReviewKeeper, desk: Desk) -> Stage:
    from .keeping.accept_box import AcceptBox
    from .review.review_stage import ReviewStage

    stage = ReviewStage(desk)
    stage.column.addWidget(AcceptBox(desk, keeper))
    return stage


def _check(desk: Desk) -> Stage:
    from .check.check_stage import CheckStage

    return CheckStage(desk)


def _export(compute: Callable[[Callable[[], None]], None], desk: Desk) -> Stage:
    from .export.export_stage import ExportStage

    return ExportStage(desk, compute)


def _simulate(desk: Desk) -> Stage:
    from .simulate.simulate_stage import SimulateStage

    return SimulateStage(desk)


def _close_all(session: Session, connections: Connections, holder: WorkerHolder, *args: object) -> None:
    holder.close()
    connections.close()
    session.busy = False
