"""Layers that lay labels over a measured projection, and show them along the rotation axis with the beam."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..class_colours import CLASS_COLOURS
from .connections import Connections
from .hidden_layers import HiddenLayers, fit_plane
from .label_layer import OVERLAY, RECORD, class_colormap

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Layer

    from ..workflows.geometry_overlay import GeometryOverlay

PROJECTION, ALONG = "measured projection", "labels along the axis"
OUTLINES, AXIS = "outlines of the labels", "rotation axis and beam"
_NAMES = (PROJECTION, ALONG, OUTLINES, AXIS)
_RED = "#ff4f4f"
# Of the marks that are drawn, in their order.
_NAMED = ("", "", "", "", "", "", "", "rotation axis", "beam")


class GeometryLayers:
    """Shows one overlay at a time in a viewer; the user's layers are hidden meanwhile.

    Left the projection, with the outlines of the labels, the rotation axis, and the beam that goes away from the
    viewer; right the labels seen along the rotation axis, with the beam.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Viewer to show it in.
    connections : Connections
        Undone when the dock goes.
    """

    def __init__(self, viewer: ViewerModel, connections: Connections) -> None:
        self._viewer = viewer
        self._others = HiddenLayers(viewer)
        self._working = False
        connections.add(viewer.layers.events.removed, self._removed)

    def layers(self) -> dict[str, Layer]:
        """Layers of the overlay, by what they show; empty while there is none."""
        found = {one.metadata.get(RECORD, {}).get(OVERLAY): one for one in self._viewer.layers}
        return {name: found[name] for name in _NAMES if name in found}

    def show(self, overlay: GeometryOverlay) -> None:
        """Show an overlay in place of the one before."""
        old = self.layers()
        image = old.get(PROJECTION)
        if len(old) == len(_NAMES) and image is not None and image.data.shape == overlay.projection.shape:
            self._update(old, overlay)
            return
        self.clear()
        layers = layers_of(overlay)
        self._others.hide_all_but([])
        active = self._viewer.layers.selection.active
        for layer in layers:
            self._viewer.add_layer(layer)
        # The layer that the user works on stays chosen.
        self._viewer.layers.selection.active = active
        low, high = _bounds(overlay)
        fit_plane(self._viewer, low, high)

    def clear(self) -> None:
        """Remove the overlay, and show again what it has hidden."""
        self._working = True
        try:
            for layer in self.layers().values():
                self._viewer.layers.remove(layer)
        finally:
            self._working = False
        self._others.restore()

    def _update(self, layers: dict[str, Any], overlay: GeometryOverlay) -> None:
        layers[PROJECTION].data = overlay.projection
        layers[PROJECTION].contrast_limits = _contrast(overlay.projection)
        for name, (paths, colours) in ((OUTLINES, _outlines(overlay)), (AXIS, _marks(overlay))):
            layer = layers[name]
            layer.selected_data = set()
            if len(paths) == layer.nshapes:
                layer.data = paths
                layer.edge_color = colours
            else:
                layer.data = []
                layer.add_paths(paths, edge_color=colours, edge_width=layer.metadata[RECORD]["width"])

    def _removed(self, event: Any) -> None:
        # Deleted by hand: the others go with it.
        if not self._working and OVERLAY in event.value.metadata.get(RECORD, {}):
            self.clear()


def layers_of(overlay: GeometryOverlay) -> list[Layer]:
    """Make the layers of an overlay, all in µm and in one plane."""
    from napari.layers import Image, Shapes
    from napari.layers import Labels as LabelsLayer

    plane: dict[str, Any] = {"units": ("um",) * 2, "axis_labels": ("row", "column")}
    pixel = overlay.pixel_size_um
    # Lines as wide on any detector; shapes count in µm.
    width = 0.008 * max(overlay.projection.shape) * pixel

    def record(name: str, **more: Any) -> dict[str, Any]:
        return {RECORD: {OVERLAY: name, "angle_deg": overlay.angle_deg, **more}}

    image = Image(
        overlay.projection,
        name=PROJECTION,
        colormap="gray",
        contrast_limits=_contrast(overlay.projection),
        scale=(pixel, pixel),
        metadata=record(PROJECTION),
        **plane,
    )
    along = LabelsLayer(
        overlay.along_axis,
        name=ALONG,
        colormap=class_colormap(),
        opacity=0.75,
        scale=overlay.voxel_size_um,
        translate=_corner(overlay) + np.asarray(overlay.voxel_size_um) / 2,
        metadata=record(ALONG),
        **plane,
    )
    along.editable = False
    shapes = []
    for name, (paths, colours) in ((OUTLINES, _outlines(overlay)), (AXIS, _marks(overlay))):
        text = {"string": list(_NAMED), "anchor": "center", "color": _RED, "size": 11} if name == AXIS else None
        layer = Shapes(
            paths or None,
            shape_type="path",
            edge_color=colours or _RED,
            edge_width=width,
            text=text,
            name=name,
            ndim=2,
            opacity=1.0,
            metadata=record(name, width=width),
            **plane,
        )
        layer.editable = False
        shapes.append(layer)
    return [image, along, *shapes]


def _outlines(overlay: GeometryOverlay) -> tuple[list[NDArray[np.float64]], list[Any]]:
    """Outlines of each class, µm, and their colours."""
    paths, colours = [], []
    for material, lines in overlay.outlines.items():
        for line in lines:
            paths.append(line * overlay.pixel_size_um)
            colours.append(CLASS_COLOURS[material])
    return paths, colours


def _marks(overlay: GeometryOverlay) -> tuple[list[NDArray[np.float64]], list[Any]]:
    """Rotation axis; beam that goes into the projection, a ring with a cross; axis and beam seen along the axis."""
    pixel = overlay.pixel_size_um
    rows, columns = overlay.projection.shape
    axis = np.asarray(overlay.axis_line) * pixel
    reach = 0.03 * min(rows, columns) * pixel
    seen = np.array([(0.06 * rows, 0.06 * columns)]) * pixel
    turns = np.linspace(0, 2 * np.pi, 33)
    ring = seen + reach * np.column_stack([np.sin(turns), np.cos(turns)])
    cross = reach * np.sqrt(0.5) * np.array([[-1.0, -1.0], [1.0, 1.0]])
    middle, radius = _middle(overlay), _radius(overlay)
    beam = np.asarray(overlay.beam_direction)
    side = np.array([-beam[1], beam[0]])
    tip, tail = middle - 0.12 * radius * beam, middle - radius * beam
    head = 0.2 * radius
    arrow = np.array([tail, tip, tip - head * (beam + 0.5 * side), tip, tip - head * (beam - 0.5 * side)])
    plus = 0.06 * radius * np.array([[-1.0, 0.0], [1.0, 0.0]])
    paths = [axis, ring, seen + cross, seen + cross * (1, -1), arrow, middle + plus, middle + plus[:, ::-1]]
    # Too short to be seen: only their names are.
    point = np.array([[0.0, 0.0], [0.0, 1e-3 * pixel]])
    paths += [axis[0] - (0.045 * rows * pixel, 0.0) + point, middle - 1.15 * radius * beam + point]
    return paths, [_RED] * len(paths)


def _radius(overlay: GeometryOverlay) -> float:
    """Half of the longest side seen along the axis, µm."""
    return float(np.max(np.asarray(overlay.along_axis.shape) * overlay.voxel_size_um)) / 2


def _corner(overlay: GeometryOverlay) -> NDArray[np.float64]:
    """Where the labels seen along the axis begin: right of the projection, as high in the middle."""
    rows, columns = overlay.projection.shape
    gap = 0.06 * columns * overlay.pixel_size_um
    high = overlay.along_axis.shape[0] * overlay.voxel_size_um[0]
    return np.array([(rows * overlay.pixel_size_um - high) / 2, columns * overlay.pixel_size_um + gap])


def _middle(overlay: GeometryOverlay) -> NDArray[np.float64]:
    return np.asarray(_corner(overlay) + np.asarray(overlay.along_axis.shape) * overlay.voxel_size_um / 2)


def _bounds(overlay: GeometryOverlay) -> tuple[tuple[float, float], tuple[float, float]]:
    # Above the projection is the name of the axis.
    high = overlay.projection.shape[0] * overlay.pixel_size_um
    first = _corner(overlay)
    last = first + np.asarray(overlay.along_axis.shape) * overlay.voxel_size_um
    return (min(-0.08 * high, float(first[0])), 0.0), (max(high, float(last[0])), float(last[1]))


def _contrast(projection: NDArray[np.float32]) -> tuple[float, float]:
    # Some pixels do: all of a large detector would hold up the window.
    step = max(1, max(projection.shape) // 400)
    low, high = (float(value) for value in np.percentile(projection[::step, ::step], (0.3, 99.7)))
    return (low, high) if high > low else (low, low + 1.0)
