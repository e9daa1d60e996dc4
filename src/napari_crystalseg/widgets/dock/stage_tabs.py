"""The tabs of the dock, whose stages are made one after the other so that the window lives meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, cast

from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QTabWidget

from ..class_labels.first_use import prepare_first_labels
from ..keeping.review_keeper import ReviewKeeper
from ..parts.stage import Desk, Stage
from ..parts.stage_page import StageImports, StagePage
from ..process.processing import Processing
from ..queue.queue_runner import QueueRunner
from ..queue.sample_queue import SampleQueue
from ..tabs import CHECK, EXPORT, REVIEW, SIMULATE

if TYPE_CHECKING:
    from ..check.check_stage import CheckStage
    from ..review.review_stage import ReviewStage
    from ..simulate.simulate_stage import SimulateStage

# In the order of the work; with numbers they would not fit the dock at its narrowest.
_TITLES = ("Open", "Segment", "Review", "Check", "Export", "Simulate")
# Between the turns of the event loop in which the stages are made.
_MAKE_EACH_MS = 15
_LAYERS_AFTER_MS = 300


class StageTabs(QTabWidget):
    """One page a stage, in the order of :mod:`~napari_crystalseg.widgets.tabs`.

    Parameters
    ----------
    desk : Desk
        What the stages work with.
    processing : Processing
        Processes the sample at hand.
    queue, runner : SampleQueue, QueueRunner
        Samples that wait, and what runs them.
    keeper : ReviewKeeper
        Keeps the review.
    """

    made = Signal()
    """A stage was made."""

    def __init__(
        self, desk: Desk, processing: Processing, queue: SampleQueue, runner: QueueRunner, keeper: ReviewKeeper
    ) -> None:
        super().__init__()
        makers = (
            partial(_open, processing, queue, runner),
            _segment,
            partial(_review, keeper, self._accepted),
            _check,
            partial(_export, self._compute_first),
            _simulate,
        )
        self.pages = [StagePage(make, desk) for make in makers]
        for page, title in zip(self.pages, _TITLES, strict=True):
            self.addTab(page, title)
        self.setUsesScrollButtons(True)
        bar = self.tabBar()
        assert bar is not None
        bar.setExpanding(False)
        self.currentChanged.connect(self._clear_canvas_for_export)
        self._imports = StageImports()
        self._make = QTimer(self)
        self._make.setInterval(_MAKE_EACH_MS)
        self._make.timeout.connect(self._make_next)

    def begin(self) -> None:
        """Make the stages that are not there yet, one after the other."""
        self._imports.start()
        self._make.start()

    def stop(self) -> None:
        """Make no more stages."""
        self._make.stop()

    def make_all(self) -> None:
        """Make the stages that are not there yet, at once."""
        for page in self.pages:
            _ = page.stage

    def least_width(self) -> int:
        """Width that the tabs need, and the widest stage beside its scroll bar, at the font of napari."""
        bar = self.tabBar()
        return max(0 if bar is None else bar.sizeHint().width(), *(page.least_width() for page in self.pages))

    def remove_preview(self) -> None:
        """Take the preview of a simulation out of the canvas."""
        if self.pages[SIMULATE].is_made:
            cast("SimulateStage", self.pages[SIMULATE].stage).remove_preview()

    def _make_next(self) -> None:
        """Make one stage a turn, in their order, as soon as that needs no import."""
        missing = [page for page in self.pages if not page.is_made]
        if missing and self._imports.done:
            _ = missing.pop(0).stage
            self.made.emit()
        if not missing:
            self._make.stop()
            QTimer.singleShot(_LAYERS_AFTER_MS, prepare_first_labels)

    def _compute_first(self, then: Callable[[], None]) -> None:
        cast("CheckStage", self.pages[CHECK].stage).compute(then)

    def _accepted(self) -> None:
        # It is what comes next, unless the user has gone elsewhere since.
        if self.currentIndex() == REVIEW:
            self.setCurrentIndex(EXPORT)

    def _clear_canvas_for_export(self, tab: int) -> None:
        # What is written is to be seen, not what lies over it.
        if tab != EXPORT:
            return
        if self.pages[CHECK].is_made:
            cast("CheckStage", self.pages[CHECK].stage).geometry_box.remove_overlay()
        if self.pages[REVIEW].is_made:
            cast("ReviewStage", self.pages[REVIEW].stage).mark.hide()
        self.remove_preview()


# Each imports its stage itself: together they take longer than a window may stand still.


def _open(processing: Processing, queue: SampleQueue, runner: QueueRunner, desk: Desk) -> Stage:
    from ..open.open_stage import OpenStage

    return OpenStage(desk, processing, queue, runner)


def _segment(desk: Desk) -> Stage:
    from ..segment_stage import SegmentStage

    return SegmentStage(desk)


def _review(keeper: ReviewKeeper, accepted: Callable[[], None], desk: Desk) -> Stage:
    from ..keeping.accept_box import AcceptBox
    from ..review.review_stage import ReviewStage

    stage = ReviewStage(desk)
    box = AcceptBox(desk, keeper)
    box.accepted.connect(accepted)
    stage.head.addWidget(box.button)
    stage.top.addWidget(box)
    return stage


def _check(desk: Desk) -> Stage:
    from ..check.check_stage import CheckStage

    return CheckStage(desk)


def _export(compute: Callable[[Callable[[], None]], None], desk: Desk) -> Stage:
    from ..export.export_stage import ExportStage

    return ExportStage(desk, compute)


def _simulate(desk: Desk) -> Stage:
    from ..simulate.simulate_stage import SimulateStage

    return SimulateStage(desk)
