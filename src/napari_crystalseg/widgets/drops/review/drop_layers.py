"""DropLayers: the layers that show one micrograph with its outlines, boxes, centroids and dispensing point."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...layers.connections import Connections
from ...layers.layer_record import PREVIEW, RECORD

if TYPE_CHECKING:
    from ....drops.objects import DropObject

IMAGE, DROP_LABELS, CRYSTAL_LABELS = "drop image", "drop", "crystals"
EDGE, BOXES, CENTROIDS, POINT = "drop edge", "crystal boxes", "crystal centroids", "dispensing point"
NAMES = (IMAGE, DROP_LABELS, CRYSTAL_LABELS, EDGE, BOXES, CENTROIDS, POINT)
_UNITS = {"pixel": ("pixel", "pixel"), "um": ("micrometer", "micrometer")}
_OURS = {RECORD: {PREVIEW: "drop"}}
# Seen on bright fields and on dark ones.
_BOX, _CENTRE, _POINT, _DROP = "#ff6a13", "#ffffff", "#d6249f", "#1c9cd8"


class DropLayers:
    """Keeps the layers of one drop in a viewer; those that a user deletes are made anew with the next drop.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Where they are.
    edited : callable
        Called when labels changed, by whatever hand, undo included.
    dragged : callable
        Called with row and column of the dispensing point when it was moved; with None when it was deleted.
    """

    def __init__(
        self, viewer: Any, edited: Callable[[], None], dragged: Callable[[tuple[float, float] | None], None]
    ) -> None:
        self._viewer = viewer
        self._edited = edited
        self._dragged = dragged
        self._setting = False
        self._made: dict[str, tuple[Any, Connections]] = {}
        self._boxes: list[tuple[Any, str]] = []
        self._scale: tuple[float, str] = (1.0, "pixel")

    def layer(self, name: str) -> Any:
        """Return one of them; None where it is not there."""
        found = self._made.get(name)
        return found[0] if found is not None and found[0] in self._viewer.layers else None

    @property
    def crystal_labels(self) -> NDArray[np.uint16] | None:
        """Labels of crystals, uint16 (row, column), as they are in the layer, or were when it was deleted."""
        return self._labels_of(CRYSTAL_LABELS)

    @property
    def drop_labels(self) -> NDArray[np.uint16] | None:
        """Labels of drops, uint16 (row, column), as they are in the layer, or were when it was deleted."""
        return self._labels_of(DROP_LABELS)

    def show_image(
        self,
        values: NDArray[np.uint8],
        pixel_size_um: float | None,
        crystals: NDArray[np.uint16],
        drops: NDArray[np.uint16],
    ) -> None:
        """Show another micrograph.

        Parameters
        ----------
        values : ndarray of uint8, shape (row, column, 3)
            The micrograph.
        pixel_size_um : float or None
            Side of a pixel, µm; None where nobody knows.
        crystals, drops : ndarray of uint16, shape (row, column)
            Labels.
        """
        self._scale = _scale_of(pixel_size_um)
        before = self.layer(IMAGE)
        other_shape = before is None or before.data.shape != values.shape
        self._setting = True
        try:
            if before is None:
                self._add(IMAGE, self._viewer.add_image, values, rgb=True)
            else:
                before.data = values
            self._show_labels(DROP_LABELS, drops)
            self._show_labels(CRYSTAL_LABELS, crystals)
            self._show_edges([])
            self._show_boxes([])
            self._show_points(CENTROIDS, [])
            self._show_points(POINT, [])
            self.set_pixel_size(pixel_size_um)
        finally:
            self._setting = False
        if other_shape:
            for name in (CENTROIDS, POINT):
                self.layer(name).current_size = self._point_size(name)
            scale_bar_of(self._viewer).visible = True
            self._viewer.reset_view()

    def set_labels(self, name: str, labels: NDArray[np.uint16]) -> None:
        """Replace labels, uint16 (row, column), without telling that they were edited."""
        self._setting = True
        try:
            self._show_labels(name, labels)
        finally:
            self._setting = False

    def select_label(self, name: str, label: int) -> None:
        """Let the brush paint a label from now on."""
        if (layer := self.layer(name)) is not None:
            layer.selected_label = label

    def show_findings(
        self,
        crystals: Sequence[DropObject],
        edges_px: Sequence[NDArray[np.float64]],
        place_px: tuple[float, float] | None,
    ) -> None:
        """Show what follows from the labels.

        Parameters
        ----------
        crystals : sequence of DropObject
            Which get boxes with scores, and centroids.
        edges_px : sequence of ndarray of float64, shape (corner, 2)
            Edges of drops, rows and columns.
        place_px : (float, float) or None
            Row and column of the dispensing point.
        """
        self._setting = True
        try:
            self._show_edges(edges_px)
            self._show_boxes(crystals)
            self._show_points(CENTROIDS, [one.centroid_px for one in crystals])
            self._show_points(POINT, [] if place_px is None else [place_px])
        finally:
            self._setting = False

    def set_pixel_size(self, pixel_size_um: float | None) -> None:
        """Show all of them with pixels of another side, µm; None where nobody knows it."""
        self._scale = size, unit = _scale_of(pixel_size_um)
        if (image := self.layer(IMAGE)) is not None and (times := size / image.scale[-1]) != 1:
            # What is seen stays where it is, as large as it is.
            camera = getattr(self._viewer, "scene", self._viewer).camera  # napari 0.9 moved it
            camera.center = tuple(times * at for at in camera.center)
            camera.zoom /= times
        for name in NAMES:
            if (layer := self.layer(name)) is not None:
                # Each makes napari draw the layer anew.
                if tuple(layer.scale) != (size, size):
                    layer.scale = (size, size)
                if any(str(one) != str(other) for one, other in zip(layer.units, _UNITS[unit], strict=True)):
                    layer.units = (unit, unit)

    def take_brush(self, name: str, mode: str) -> None:
        """Make one of them the active layer, in a mode of napari's."""
        if (layer := self.layer(name)) is not None:
            self._viewer.layers.selection.active = layer
            layer.mode = mode

    def remove(self) -> None:
        """Take all of them away."""
        for name in NAMES:
            layer = self.layer(name)
            self._forget(name)
            if layer is not None:
                self._viewer.layers.remove(layer)

    def close(self) -> None:
        """Let go of the layers, which stay."""
        for name in list(self._made):
            self._forget(name)

    def _labels_of(self, name: str) -> NDArray[np.uint16] | None:
        # napari deletes all layers before it closes its window: what was painted is to be kept then, too.
        found = self._made.get(name)
        return None if found is None else np.asarray(found[0].data)

    def _show_labels(self, name: str, labels: NDArray[np.uint16]) -> None:
        layer = self.layer(name)
        if layer is None:
            layer = self._add(name, self._viewer.add_labels, labels, opacity=0.35)
            if name == DROP_LABELS:
                from napari.utils import DirectLabelColormap

                layer.colormap = DirectLabelColormap(color_dict={None: _DROP, 0: "transparent"})
                # Its edge is a layer of its own: napari's contours take a second for each stroke in a large image.
                layer.opacity = 0.12
            layer.brush_size = _brush_size(labels)
            connections = self._made[name][1]
            for signal in (layer.events.paint, layer.events.set_data, layer.events.labels_update):
                connections.add(signal, self._labels_changed)
        else:
            if layer.data.shape != labels.shape:
                layer.brush_size = _brush_size(labels)
            layer.data = labels
            # napari would replay strokes of another image into this one.
            getattr(layer, "_reset_history", lambda: None)()

    def _show_edges(self, edges_px: Sequence[NDArray[np.float64]]) -> None:
        layer = self.layer(EDGE)
        if layer is None:
            layer = self._add(
                EDGE, self._viewer.add_shapes, None, ndim=2, opacity=1.0, edge_color=_DROP, face_color="transparent"
            )
        if len(layer.data) or edges_px:
            layer.data = []
        if edges_px:
            closed = [np.concatenate([edge, edge[:1]]) for edge in edges_px]
            layer.add(closed, shape_type="path", edge_width=self._viewer_width() / 250, edge_color=_DROP)

    def _show_boxes(self, crystals: Sequence[DropObject]) -> None:
        shown = [(one.box_px, "by hand" if one.score == 1 else f"{one.score:.2f}") for one in crystals]
        layer = self.layer(BOXES)
        if layer is not None and shown == self._boxes and len(layer.data) == len(shown):
            return
        self._boxes = shown
        corners = [
            np.array([[top, left], [top, right], [bottom, right], [bottom, left]], float) - 0.5
            for (left, top, right, bottom), _ in shown
        ]
        if layer is None:
            layer = self._add(
                BOXES, self._viewer.add_shapes, None, ndim=2, opacity=1.0, edge_color=_BOX, face_color="transparent",
                features={"score": np.array([], str)},
                text={"string": "{score}", "color": _BOX, "size": 11, "anchor": "upper_left"},
            )  # fmt: skip
        width = self._viewer_width() / 600
        if len(layer.data):
            layer.data = []
        if corners:
            layer.add(corners, shape_type="rectangle", edge_width=width, edge_color=_BOX, face_color="transparent")
            layer.features = {"score": np.array([text for _, text in shown])}

    def _show_points(self, name: str, places: Sequence[tuple[float, float]]) -> None:
        layer = self.layer(name)
        data = np.asarray(places, float).reshape(-1, 2)
        if layer is not None:
            if not np.array_equal(layer.data, data):
                layer.data = data
            return
        if name == CENTROIDS:
            self._add(
                name, self._viewer.add_points, data, ndim=2, symbol="disc", size=self._point_size(name),
                face_color=_CENTRE, border_color="black",
            )  # fmt: skip
            return
        layer = self._add(
            name, self._viewer.add_points, data, ndim=2, symbol="cross", size=self._point_size(name),
            face_color=_POINT, border_color="black", border_width=0.04,
        )  # fmt: skip
        layer.current_face_color = _POINT
        layer.mode = "select"
        connections = self._made[name][1]
        # While it is dragged napari says only that it draws it anew.
        for signal in (layer.events.data, layer.events.set_data):
            connections.add(signal, self._point_moved)

    def _point_size(self, name: str) -> float:
        return self._viewer_width() / (150 if name == CENTROIDS else 30)

    def _viewer_width(self) -> float:
        layer = self.layer(IMAGE)
        return float(max(layer.data.shape[:2])) if layer is not None else 1000.0

    def _add(self, name: str, add: Callable[..., Any], data: Any, **state: Any) -> Any:
        self._forget(name)
        active = self._viewer.layers.selection.active
        size, unit = self._scale
        layer = add(data, name=name, metadata=_OURS, scale=(size, size), units=(unit, unit), **state)
        self._made[name] = layer, Connections()
        if active is not None and active in self._viewer.layers:
            self._viewer.layers.selection.active = active
        return layer

    def _forget(self, name: str) -> None:
        if (made := self._made.pop(name, None)) is not None:
            made[1].close()

    def _labels_changed(self, event: Any = None) -> None:
        if not self._setting:
            self._edited()

    def _point_moved(self, event: Any = None) -> None:
        layer = self.layer(POINT)
        if self._setting or layer is None:
            return
        if len(layer.data) == 0:
            self._dragged(None)
            return
        # One that was added by hand is the one that is meant.
        row, column = (float(at) for at in np.asarray(layer.data)[-1][-2:])
        if len(layer.data) > 1:
            self._setting = True
            try:
                layer.data = [[row, column]]
            finally:
                self._setting = False
        self._dragged((row, column))


def _brush_size(labels: NDArray[np.uint16]) -> int:
    return int(max(4, round(max(labels.shape) / 60)))


def scale_bar_of(viewer: Any) -> Any:
    """The scale bar of napari's canvas, which is the viewer's before 0.9."""
    overlays = getattr(getattr(viewer, "canvas", None), "overlays", None)
    return viewer.scale_bar if overlays is None else overlays.scale_bar


def _scale_of(pixel_size_um: float | None) -> tuple[float, str]:
    return (1.0, "pixel") if pixel_size_um is None else (pixel_size_um, "um")
