"""The planes that napari's canvas does not show, and 3-D, beside it: linked with it and with each other."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from qtpy.QtCore import QEvent, Qt, QTimer
from qtpy.QtGui import QCloseEvent
from qtpy.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from ..layers.connections import Connections
from ..session.session import Session, session_of
from .bar.readout import readout
from .bar.views_bar import ViewsBar
from .canvas.canvas import SPAN, canvas_widget, look_at
from .canvas.canvas_cross import CanvasCross
from .canvas.canvas_pointer import CanvasPointer
from .cross import Point, go_to, point_of
from .layer_watch import LayerWatch
from .picture.lazy_planes import LazyPlanes
from .picture.slice_picture import has_voxels
from .shown_labels import labels_to_show
from .sight import Sight
from .slice_view import SliceView
from .solid.solid_view import SolidView
from .tiles import Tiles

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Labels as LabelsLayer

NAME = "Three planes"
_SOON_MS, _STROKE_MS, _READ_MS, _FOLLOW_MS = 15, 120, 60, 30

# Views that are open, by their viewers; neither is kept alive.
_open: WeakKeyDictionary[Any, weakref.ref[LinkedViews]] = WeakKeyDictionary()


def views_of(viewer: Any) -> LinkedViews | None:
    """Return the views that are open beside a viewer's canvas, None where there are none."""
    found = _open.get(getattr(viewer, "__wrapped__", viewer))
    return None if found is None else found()


class LinkedViews(QWidget):
    """Planes and 3-D of what a viewer shows; with its canvas all three planes are seen.

    The viewer's own sliders are the point that all views show. Planes are drawn from the arrays of its layers, without
    copies of layers and without OpenGL, and strokes go to the layer that the brush is taken to: one history for all.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Viewer to look into, with or without a window.
    """

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__()
        viewer = getattr(viewer, "__wrapped__", viewer)
        self._viewer = viewer
        self._session: Session = session_of(viewer)
        self._connections = Connections()
        self._had_parent = self._fitted = self._closed = False
        self._wanted: Point | None = None
        self._under: Point | None = None
        self.sight = Sight()
        self.lazy = LazyPlanes(self)
        self.slices = [SliceView(axis, viewer, self.sight, self.lazy) for axis in range(3)]
        self.solid = SolidView(viewer, partial(labels_to_show, viewer, self._session))
        self._tiles = Tiles([*self.slices, self.solid])
        self.bar = ViewsBar(viewer, self._session)
        self.line = QLabel()
        self.line.setContentsMargins(4, 0, 4, 2)
        self.line.setTextFormat(Qt.TextFormat.PlainText)
        self.line.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._lay_out()
        self._soon = self._timer(_SOON_MS, self._refresh_now)
        self._read = self._timer(_READ_MS, self._read_now)
        self._follow = self._timer(_FOLLOW_MS, self._follow_now)
        self._connect()
        _open[viewer] = weakref.ref(self)
        self._connections.add_undo(partial(_open.pop, viewer, None))
        canvas = canvas_widget(viewer)
        self.canvas_cross = None if canvas is None else CanvasCross(viewer, canvas)
        self.destroyed.connect(partial(_let_go, self._connections))
        self._show_tiles()
        self.bar.show_look()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.bar)
        column.addWidget(self._tiles, 1)
        column.addWidget(self.line)

    def _timer(self, milliseconds: int, slot: Any) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(slot)
        return timer

    def _connect(self) -> None:
        viewer = self._viewer
        for view in self.slices:
            view.pointed.connect(self._go)
            view.hovered.connect(self._hover)
            view.scrolled.connect(self._scroll)
            view.moved.connect(self._moved)
            view.painted.connect(self._painted)
            view.refused.connect(self.say)
        self.solid.pointed.connect(self._go)
        self.bar.in_3d.toggled.connect(self._show_tiles)
        self.bar.fit_button.clicked.connect(self.fit)
        self.lazy.came.connect(self.refresh)
        self.watch = LayerWatch(viewer, self)
        self.watch.looks.connect(self._looks_changed)
        self.watch.values.connect(self._values_changed)
        self.watch.stroke.connect(self._stroke_in_canvas)
        add = self._connections.add
        add(viewer.dims.events.point, self._point_changed)
        for signal in (viewer.dims.events.ndisplay, viewer.dims.events.order, viewer.dims.events.ndim):
            add(signal, self._show_tiles)
        add(self._session.events.labels, self._labels_changed)
        self._pointer = CanvasPointer(viewer, self._connections, self)
        self._pointer.pointed.connect(self._go_later)
        self._pointer.hovered.connect(self._read_soon)

    # What the rest of the program calls.

    def jump(self, point: Sequence[float], span: Sequence[float] | None = None) -> None:
        """Bring a world point (z, y, x) into the middle of every view.

        Parameters
        ----------
        point : sequence of float
            World point.
        span : sequence of float, optional
            Lengths of the place along (z, y, x), to zoom to; without them the zoom stays.
        """
        self._fit_once()
        if span is not None:
            edges = [min(view.width(), view.height()) for view in self._planes_shown()]
            self.sight.zoom = min(edges, default=240) / (SPAN * max(*span, 1e-9))
        self.sight.look_at(point)
        look_at(self._viewer, point, span)
        go_to(self._viewer, point)
        self._refresh_now()

    def fit(self) -> None:
        """Fit all volumes and labels that are visible into the planes."""
        layers = [one for one in self._viewer.layers if one.visible and has_voxels(one)]
        layers = layers or [one for one in self._viewer.layers if has_voxels(one)]
        if not layers:
            return
        dims = self._viewer.dims
        axes = range(max(0, dims.ndim - 3), dims.ndim)
        low, high = zip(*((float(dims.range[axis][0]), float(dims.range[axis][1])) for axis in axes), strict=True)
        if len(low) < 3:
            return
        shown = self._planes_shown()
        self.sight.fit(low, high, {view.axis: (view.height(), view.width()) for view in shown})
        self._fitted = True
        self.refresh()

    def refresh(self) -> None:
        """Draw the planes anew, soon."""
        if not self._soon.isActive():
            self._soon.start(_SOON_MS)

    def say(self, text: str) -> None:
        """Say something in the line beside the buttons."""
        self.line.setText(text)

    def close_down(self) -> None:
        """Follow the viewer no more, and free everything; the widget is of no more use."""
        if self._closed:
            return
        self._closed = True
        for view in self.slices:
            view.end_stroke()
        for timer in (self._soon, self._read, self._follow):
            timer.stop()
        self.lazy.stop()
        self.solid.stop()
        self.watch.stop()
        self._connections.close()
        if self.canvas_cross is not None:
            try:
                self.canvas_cross.close_down()
            except RuntimeError:  # gone with its canvas
                pass
            self.canvas_cross = None
        # Now, and by Qt: left to Python's collector it could be deleted in another thread, and napari would die.
        self.deleteLater()

    # What happens in the viewer.

    def _labels(self) -> LabelsLayer | None:
        return labels_to_show(self._viewer, self._session)

    def _planes_shown(self) -> list[SliceView]:
        return [view for view in self.slices if not view.isHidden()]

    def _show_tiles(self, value: Any = None) -> None:
        dims = self._viewer.dims
        if dims.ndisplay == 2 and dims.ndim >= 3:
            in_canvas = dims.not_displayed[-1] - (dims.ndim - 3)
            tiles: list[QWidget] = [view for view in self.slices if view.axis != in_canvas]
        else:
            tiles = list(self.slices)
        if self.bar.in_3d.isChecked():
            tiles.append(self.solid)
        self._tiles.show_tiles(tiles)
        self.refresh()

    def _point_changed(self, event: Any = None) -> None:
        self.refresh()
        self.solid.moved()
        self._read_soon(point_of(self._viewer))

    def _looks_changed(self) -> None:
        self.bar.show_look()
        if not self._fitted:
            self._fit_once()
        self.refresh()

    def _values_changed(self, layer: Any) -> None:
        if layer is not None:
            self.lazy.forget(getattr(layer, "data", None))
            if layer is self._labels() and not any(view.is_painting for view in self.slices):
                self.solid.touch()
        if not any(view.is_painting for view in self.slices):
            self.refresh()

    def _labels_changed(self, layer: Any = None) -> None:
        self.bar.show_look()
        self.solid.touch()
        self.refresh()

    def _stroke_in_canvas(self) -> None:
        # The canvas itself is redrawn at each move; the planes beside it may come later.
        if not self._soon.isActive():
            self._soon.start(_STROKE_MS)

    def _painted(self, end: bool) -> None:
        if end:
            self.solid.touch()
            self.refresh()
        elif not self._soon.isActive():
            self._soon.start(_STROKE_MS)

    def _refresh_now(self) -> None:
        self._soon.stop()
        self._fit_once()
        for view in self._planes_shown():
            view.refresh()

    def _fit_once(self) -> None:
        if not self._fitted and self.isVisible():
            self.fit()

    # What happens in the views.

    def _go(self, point: Point) -> None:
        self._wanted = point
        if not self._follow.isActive():
            self._follow_now()
            self._follow.start()
        self._give_focus_to_canvas()

    def _go_later(self, point: Point) -> None:
        self._wanted = point
        self._follow.start()

    def _follow_now(self) -> None:
        wanted, self._wanted = self._wanted, None
        if wanted is not None:
            go_to(self._viewer, wanted)

    def _scroll(self, axis: int, notches: int) -> None:
        dims = self._viewer.dims
        if dims.ndim < 3:
            return
        step = float(dims.range[axis - 3 + dims.ndim][2]) or 1.0
        point = list(self._wanted or point_of(self._viewer))
        point[axis] += notches * step
        self._go((point[0], point[1], point[2]))

    def _moved(self) -> None:
        for view in self._planes_shown():
            view.refresh()

    def _hover(self, point: Point | None) -> None:
        self._read_soon(point if point is not None else point_of(self._viewer))
        dims = self._viewer.dims
        if point is not None and dims.ndisplay == 2 and dims.ndim >= 3:
            # The keys of tools take the place under the pointer, in whichever view it is.
            self._viewer.cursor.position = (*dims.point[:-3], *point)

    def _give_focus_to_canvas(self) -> None:
        # Its keys are those of the viewer and of its layers: classes, brush, undo.
        canvas = canvas_widget(self._viewer)
        if canvas is not None and canvas.isVisible():
            canvas.setFocus()

    # The line.

    def _read_soon(self, point: Point) -> None:
        self._under = point
        if not self._read.isActive():
            self._read.start()

    def _read_now(self) -> None:
        if self._under is not None and self._viewer.dims.ndim >= 3:
            self.say(readout(self._viewer, self._session, self._under))

    # Its end.

    def changeEvent(self, event: QEvent | None) -> None:
        """See napari take the views out of its window: a click on ✕ orphans the widget and does not close it."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.ParentChange and hasattr(self, "_had_parent"):
            if self.parent() is None and self._had_parent:
                self.close_down()
            self._had_parent = self._had_parent or self.parent() is not None

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Close down when closed as a window of its own."""
        self.close_down()
        super().closeEvent(event)


def _let_go(connections: Connections, *args: object) -> None:
    connections.close()
