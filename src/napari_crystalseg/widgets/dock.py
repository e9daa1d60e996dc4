"""The dock: four stages, a tab to simulate, and a foot that runs their jobs."""

from __future__ import annotations

import weakref
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from qtpy.QtCore import QEvent, QSize, Qt, QTimer
from qtpy.QtGui import QKeyEvent
from qtpy.QtWidgets import QAbstractButton, QFrame, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from .brush_ready import BrushReady
from .check_stage import CheckStage
from .connections import Connections
from .export_stage import ExportStage
from .finding_follower import FindingFollower
from .first_labels import prepare_first_labels
from .job_bar import JobBar, WorkerHolder
from .label_monitor import LabelMonitor
from .levels import background_of, style_sheet
from .next_step import where_it_stands
from .open_stage import OpenStage
from .segment_stage import SegmentStage
from .session import Session, follow, session_of
from .simulate_stage import WARM, SimulateStage
from .software_rendering import SLOW_IN_3D, draws_in_software
from .stage import Desk, Stage

if TYPE_CHECKING:
    import napari

_WARM_AFTER_MS = 1500
_WARM = ("napari_crystalseg.widgets.tasks", "napari_crystalseg.compilation")
# What the stages need at napari's usual font size, and the most that a large font may take of a window.
_LEAST_WIDTH, _MOST_WIDTH = 352, 450


# Docks that are open, by their viewers; neither is kept alive.
_docks: WeakKeyDictionary[Any, weakref.ref[CrystalSegDock]] = WeakKeyDictionary()


def dock_of(viewer: Any) -> CrystalSegDock | None:
    """Return the dock that is open in a viewer, None where there is none."""
    found = None if viewer is None else _docks.get(getattr(viewer, "__wrapped__", viewer))
    return None if found is None else found()


class CrystalSegDock(QWidget):
    """Open · Segment · Check · Export, and Simulate beside them.

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
        self.bar = JobBar(self.session)
        self._connections.add_undo(follow(self.session, viewer))
        self.monitor = LabelMonitor(self.session, self)
        self._connections.add(self.session.events.labels, self.monitor.watch)
        self._connections.add_undo(self.monitor.stop)
        self.judge = FindingFollower(self.session, self)
        for field in ("labels", "fingerprint"):
            self._connections.add(getattr(self.session.events, field), self.judge.touch)
        self._connections.add_undo(self.judge.stop)
        brush = BrushReady(self)
        self._connections.add(self.session.events.labels, brush.take)
        self._connections.add_undo(brush.stop)

        desk = Desk(viewer, self.session, self.bar, self._connections)
        self.open = OpenStage(desk)
        self.segment = SegmentStage(desk)
        self.check = CheckStage(desk)
        self.export = ExportStage(desk)
        self.tabs = QTabWidget()
        # Simulating is no step on the way from scan to factors, and so has no number.
        self.simulate = SimulateStage(desk)
        steps = (self.open, self.segment, self.check, self.export)
        titles: dict[Stage, str] = {stage: f"{number} {stage.title}" for number, stage in enumerate(steps, start=1)}
        titles[self.simulate] = self.simulate.title
        for stage, title in titles.items():
            stage.leave_wheel_to_panel()
            area = QScrollArea()
            area.setWidget(stage)
            area.setWidgetResizable(True)
            area.setFrameShape(QFrame.Shape.NoFrame)
            area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            # Where a large font makes a stage wider than the dock, nothing is cut off.
            area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
            self.tabs.addTab(_page(stage, area), title)
        self.tabs.setUsesScrollButtons(True)
        self.tabs.tabBar().setExpanding(False)
        self.tabs.currentChanged.connect(self._warm_simulation)
        self.tabs.currentChanged.connect(self._clear_canvas_for_export)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.tabs, 1)
        column.addWidget(self.bar)
        self.setMinimumWidth(_LEAST_WIDTH)
        self._show_theme()
        self._connections.add(viewer.events.theme, self._show_theme)

        self._warm = QTimer(self)
        self._warm.setSingleShot(True)
        self._warm.setInterval(_WARM_AFTER_MS)
        self._warm.timeout.connect(partial(self.bar.warm, *_WARM))
        self._warm.timeout.connect(prepare_first_labels)
        self._connections.add(self.session.events.image, self._warm_network)
        self._had_parent = False
        self.monitor.watch(self.session.labels)
        brush.take(self.session.labels)
        self._connections.add(viewer.dims.events.ndisplay, self._say_slow_in_3d)
        # What a stage has to say of its own result comes after it.
        for field in ("scan", "image", "labels"):
            self._connections.add(getattr(self.session.events, field), self._say_where_it_stands)
        self._say_where_it_stands()
        # By then the widget is gone: what is called must not touch it.
        self.destroyed.connect(partial(_let_go, self.session, self._connections, self.bar.holder))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Enter press the button in focus."""
        focused = self.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focused, QAbstractButton):
            focused.click()
            event.accept()
        else:
            super().keyPressEvent(event)

    def _fit_width(self) -> None:
        """Be at least as wide as the tabs, and as the widest stage beside its scroll bar, at the font of napari."""
        needed = [self.tabs.tabBar().sizeHint().width()]
        for area in self.tabs.findChildren(QScrollArea):
            if isinstance(stage := area.widget(), Stage):
                bar = area.verticalScrollBar().sizeHint().width()
                needed.append(stage.minimumSizeHint().width() + bar)
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

    def _say_where_it_stands(self, value: object = None) -> None:
        if not self.session.busy:
            self.bar.say(where_it_stands(self.session))

    def _say_slow_in_3d(self, event: object = None) -> None:
        viewer = self._viewer()
        if viewer is not None and viewer.dims.ndisplay == 3 and draws_in_software(viewer):
            self.bar.say(SLOW_IN_3D)

    def _warm_network(self, image: object) -> None:
        # Whoever has a volume segments it next; importing torch takes seconds.
        if image is not None:
            self.bar.warm("torch")

    def _warm_simulation(self, tab: int) -> None:
        if self.tabs.tabText(tab) == self.simulate.title:
            self.bar.warm(*WARM)

    def _clear_canvas_for_export(self, tab: int) -> None:
        # What is written is to be seen, not what lies over it.
        page = self.tabs.widget(tab)
        if page is not None and page.isAncestorOf(self.export):
            self.check.geometry.remove_overlay()
            self.simulate.remove_preview()

    def close_down(self) -> None:
        """Stop timers, job and worker, and let go of the viewer as it was; the dock is of no more use."""
        self._warm.stop()
        self.bar.close_worker()
        # Nobody would be left to show again what the previews hide.
        self.open.close_down()
        self.simulate.remove_preview()
        self._connections.close()
        self.session.busy = False

    def changeEvent(self, event: QEvent) -> None:
        """See napari take the dock out of its window: a click on ✕ orphans the widget and does not close it."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and self.isVisible():
            self._fit_width()
        if event.type() == QEvent.Type.ParentChange and hasattr(self, "_had_parent"):
            if self.parent() is None and self._had_parent:
                self.close_down()
            self._had_parent = self._had_parent or self.parent() is not None

    def showEvent(self, event: QEvent) -> None:
        """Once the window stands, start the worker in the background."""
        super().showEvent(event)
        self._fit_width()
        self._warm.start()
        self.judge.follow(True)

    def hideEvent(self, event: QEvent) -> None:
        """Judge no labels while nobody looks."""
        super().hideEvent(event)
        self.judge.follow(False)

    def closeEvent(self, event: QEvent) -> None:
        """Close down when closed as a window of its own."""
        self.close_down()
        super().closeEvent(event)


def _page(stage: Stage, area: QScrollArea) -> QWidget:
    """What a tab shows: what of the stage stays in sight, and below it what scrolls."""
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    if stage.fixed is not None:
        column.addWidget(stage.fixed)
    column.addWidget(area, 1)
    return page


def _let_go(session: Session, connections: Connections, holder: WorkerHolder, *args: object) -> None:
    holder.close()
    connections.close()
    session.busy = False
