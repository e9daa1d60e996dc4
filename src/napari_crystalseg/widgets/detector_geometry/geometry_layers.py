"""Layers that show a geometry: the beam centre, which can be dragged, and rings with their resolutions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..layers.layer_record import PREVIEW, RECORD

if TYPE_CHECKING:
    from ...diffraction.geometry.detector_geometry import DetectorGeometry

CENTRE_LAYER, RINGS_LAYER, LABELS_LAYER = "beam centre", "resolution rings", "resolutions"
_OURS = {RECORD: {PREVIEW: "detector geometry"}}
_RED = "#e0304e"


class GeometryLayers:
    """Keeps the layers of one geometry in a viewer.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Where they are.
    dragged : callable
        Called with the beam centre (fast, slow) in pixels when it was dragged.
    """

    def __init__(self, viewer: Any, dragged: Callable[[NDArray[np.float64]], None]) -> None:
        self._viewer = viewer
        self._dragged = dragged
        self._setting = False

    def show(self, geometry: DetectorGeometry, shape: tuple[int, int]) -> None:
        """Show a geometry over an image of ``shape`` (slow, fast) pixels."""
        from ...diffraction.geometry.resolution_rings import resolution_rings

        rings = resolution_rings(geometry, shape)
        lines = [_row_column(run) for ring in rings for run in _runs(ring.line_px)]
        self._replace_rings(lines, max(shape) / 500)
        labelled = [(ring.label_px, ring.text) for ring in rings if ring.label_px is not None]
        self._replace_labels(labelled)
        centre = _row_column(np.array([geometry.beam_centre_px]))
        self._setting = True
        try:
            if (layer := self._layer(CENTRE_LAYER)) is not None:
                layer.data = centre
            else:
                layer = self._viewer.add_points(
                    centre, name=CENTRE_LAYER, symbol="cross", size=max(shape) / 40, face_color=_RED,
                    border_width=0, metadata=_OURS,
                )  # fmt: skip
                layer.mode = "select"
                layer.events.data.connect(self._moved)
        finally:
            self._setting = False

    def remove(self) -> None:
        """Take the layers away."""
        for name in (CENTRE_LAYER, RINGS_LAYER, LABELS_LAYER):
            if (layer := self._layer(name)) is not None:
                self._viewer.layers.remove(layer)

    def _layer(self, name: str) -> Any:
        return self._viewer.layers[name] if name in self._viewer.layers else None

    def _replace_rings(self, lines: list[NDArray[np.float64]], width: float) -> None:
        layer = self._layer(RINGS_LAYER)
        if layer is None and lines:
            self._viewer.add_shapes(
                lines,
                name=RINGS_LAYER,
                shape_type="path",
                edge_color=_RED,
                edge_width=width,
                opacity=0.6,
                metadata=_OURS,
            )
        elif layer is not None:
            layer.data = []
            if lines:
                layer.add(lines, shape_type="path", edge_color=_RED, edge_width=width)

    def _replace_labels(self, labelled: list[tuple[tuple[float, float], str]]) -> None:
        if (layer := self._layer(LABELS_LAYER)) is not None:
            self._viewer.layers.remove(layer)
        if labelled:
            self._viewer.add_points(
                _row_column(np.array([place for place, _ in labelled])), name=LABELS_LAYER, size=1, opacity=1.0,
                face_color="transparent", border_color="transparent", features={"text": [text for _, text in labelled]},
                text={"string": "{text}", "color": _RED, "size": 11}, metadata=_OURS,
            )  # fmt: skip
            # What is dragged stays the active layer.
            if (centre := self._layer(CENTRE_LAYER)) is not None:
                self._viewer.layers.selection.active = centre

    def _moved(self, event: Any) -> None:
        layer = self._layer(CENTRE_LAYER)
        if self._setting or layer is None or len(layer.data) == 0:
            return
        # A point that was added by hand is the one that is meant.
        row, column = np.asarray(layer.data[-1], dtype=float)[-2:]
        self._dragged(np.array([column + 0.5, row + 0.5]))


def _row_column(places_px: NDArray[np.float64]) -> NDArray[np.float64]:
    """(fast, slow) with the first pixel's centre at 0.5 as napari's (row, column), where it is at 0."""
    return np.asarray(places_px)[:, ::-1] - 0.5


def _runs(line: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Parts of a line between places that are not finite."""
    good = np.isfinite(line).all(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], good, [False]]).astype(int)))
    return [line[start:stop] for start, stop in zip(edges[::2], edges[1::2], strict=True) if stop - start > 1]
