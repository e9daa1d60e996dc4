"""The layers of raw scans: out of the way of slices and volumes while they are hidden, and used as they were opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ...scan import Scan
from ..layers.connections import Connections
from ..layers.layer_record import RECORD
from ..layers.orientation import is_redrawn

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Layer


class ProjectionLayers:
    """Keeps one frame of a scan's layer while it is hidden, and all of them while it is seen.

    napari's sliders run over hidden layers too: 150 hidden projections would give a volume of 100 slices 50 that are
    not there.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Viewer of the layers.
    connections : Connections
        Undone when the dock goes.
    """

    def __init__(self, viewer: ViewerModel, connections: Connections) -> None:
        self._viewer = viewer
        self._angles: dict[int, float] = {}
        for layer in viewer.layers:
            self._watch(layer)
        connections.add(viewer.layers.events.inserted, lambda event: self._watch(event.value))
        connections.add(viewer.layers.events.removed, lambda event: self._unwatch(event.value))
        connections.add_undo(self._stop_watching)

    def layers(self) -> list[Layer]:
        """Layers of raw scans."""
        return [layer for layer in self._viewer.layers if _scan_of(layer) is not None]

    def _watch(self, layer: Layer) -> None:
        if _scan_of(layer) is not None:
            layer.events.visible.connect(self._seen_or_not)
            self._fit_frames(layer)

    def _unwatch(self, layer: Layer) -> None:
        if _scan_of(layer) is not None:
            layer.events.visible.disconnect(self._seen_or_not)

    def _stop_watching(self) -> None:
        for layer in self.layers():
            self._unwatch(layer)
            _show_frames(layer, all_of_them=True)

    def _seen_or_not(self, event: Any) -> None:
        self._fit_frames(event.source)

    def _fit_frames(self, layer: Layer) -> None:
        scan = _scan_of(layer)
        if scan is None or layer.data.shape == (scan.projections.shape if layer.visible else (1, *scan.shape[1:])):
            return
        if not layer.visible:
            self._angles[id(layer)] = self._viewer.dims.point[0] if self._viewer.dims.ndim == 3 else 0.0
        _show_frames(layer, all_of_them=layer.visible)
        if layer.visible and self._viewer.dims.ndim == 3:
            self._viewer.dims.set_point(0, self._angles.pop(id(layer), 0.0))


def refuse_redrawn(viewer: ViewerModel, scan: Scan) -> None:
    """Refuse a scan whose layer was flipped or turned in napari, which its frames and angles do not follow.

    Raises
    ------
    InputError
        It was; the text says what to do.
    """
    for layer in viewer.layers:
        if _scan_of(layer) is scan and is_redrawn(layer):
            raise InputError(
                f"'{layer.name}' is flipped or turned in napari, which only changes how projections are drawn: "
                "they are computed with as they were opened. Set scale, rotation and affine of the layer back; if they "
                "are mirrored indeed, flip the frames, or turn the sign of the angles, in the file."
            )


def _scan_of(layer: Layer) -> Scan | None:
    scan = layer.metadata.get(RECORD, {}).get("scan")
    return scan if isinstance(scan, Scan) else None


def _show_frames(layer: Any, all_of_them: bool) -> None:
    scan = _scan_of(layer)
    if scan is not None:
        limits = layer.contrast_limits
        layer.data = scan.projections if all_of_them else scan.projections[:1]
        layer.contrast_limits = limits
        # Of a hidden layer napari keeps the extent that it had, until its place is set.
        layer.translate = layer.translate
