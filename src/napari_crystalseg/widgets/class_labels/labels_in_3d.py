"""The session's labels as surfaces while the viewer is in 3-D: napari would show the liquor and hide the crystal."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject, QTimer

from ..layers.layer_place import SPATIAL, finest
from ..layers.layer_record import PREVIEW, RECORD, SURFACES
from ..session.session import Session
from ..views.class_surfaces import ClassSurfaces, class_surfaces
from ..views.hidden_layers import aim_cursor

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Labels as LabelsLayer
    from napari.layers import Layer, Surface

_POLL_MS = 20


class LabelsIn3D(QObject):
    """Shows the labels as surfaces in 3-D, and the labels themselves, with their volume, in 2-D.

    No layer is changed: while the surfaces are there, labels and volumes are out of sight, as drawing them takes
    seconds without a graphics card. Whoever shows the labels by hand, or hides the surfaces, has the labels as napari
    draws them. The surfaces are made in a thread of a coarse copy, and again after edits.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Viewer to show them in.
    session : Session
        Its labels and volume.
    """

    def __init__(self, viewer: ViewerModel, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewer, self._session = viewer, session
        self._labels: LabelsLayer | None = None  # while surfaces of them are wanted
        self._hidden: list[Layer] = []
        self._mode = ""
        self._working = False
        self._stale = False
        self._making: threading.Thread | None = None
        self._made: list[ClassSurfaces | None] = []
        self._poll_timer = QTimer(self)
        self._poll_timer.setInterval(_POLL_MS)
        self._poll_timer.timeout.connect(self._poll)
        # Before napari itself, which otherwise slices in 3-D what is about to be hidden.
        viewer.dims.events.ndisplay.connect(self._turned, position="first")
        viewer.layers.events.removed.connect(self._removed)
        session.events.labels.connect(self._other_labels)
        session.events.fingerprint.connect(self._edited)
        if (layer := self.layer) is not None:  # of a dock that was closed
            layer.events.visible.connect(self._surfaces_hidden)

    @property
    def active(self) -> bool:
        """Whether surfaces are shown in place of the labels, or about to be."""
        return self._labels is not None

    @property
    def layer(self) -> Surface | None:
        """Layer of the surfaces, seen or not."""
        return next((one for one in self._viewer.layers if is_surfaces(one)), None)

    def stop(self) -> None:
        """Show the labels again, and follow nothing any more."""
        self._leave()
        self._poll_timer.stop()
        if (layer := self.layer) is not None:
            layer.events.visible.disconnect(self._surfaces_hidden)
        self._viewer.dims.events.ndisplay.disconnect(self._turned)
        self._viewer.layers.events.removed.disconnect(self._removed)
        self._session.events.labels.disconnect(self._other_labels)
        self._session.events.fingerprint.disconnect(self._edited)

    def _turned(self, event: Any = None) -> None:
        if self._viewer.dims.ndisplay == 3:
            self._enter()
        else:
            self._leave()

    def _enter(self) -> None:
        from napari.layers import Image, Labels

        labels = self._session.labels
        if self.active or labels is None or not labels.visible or labels not in self._viewer.layers:
            return
        if labels.ndim != 3 or self._viewer.dims.ndim != 3 or not isinstance(finest(labels), np.ndarray):
            return
        self._labels, self._mode = labels, str(labels.mode)
        self._working = True
        try:
            for layer in self._viewer.layers:
                # Of whatever sample: behind a grey one nothing would be seen.
                if layer.visible and layer.ndim >= 3 and isinstance(layer, Image | Labels):
                    layer.visible = False
                    layer.events.visible.connect(self._shown_by_hand)
                    self._hidden.append(layer)
        finally:
            self._working = False
        self._make()

    def _leave(self) -> None:
        if not self.active:
            return
        labels, self._labels = self._labels, None
        hidden, self._hidden = self._hidden, []
        self._working = True
        try:
            if (layer := self.layer) is not None:
                _empty(layer)
            for one in hidden:
                one.events.visible.disconnect(self._shown_by_hand)
                if one in self._viewer.layers:
                    if not one.visible:
                        one.visible = True
            if labels is not None and labels.visible and str(labels.mode) == "pan_zoom":
                labels.mode = self._mode  # napari puts the brush down where labels are hidden
        finally:
            self._working = False

    def _make(self) -> None:
        """Make the surfaces in a thread; the array is only read, and a stroke meanwhile has them made again."""
        if self._making is not None:
            self._stale = True
            return
        self._stale, self._made = False, []
        data = finest(self._labels)
        self._making = threading.Thread(target=_make_surfaces, args=(data, self._made), name="surfaces", daemon=True)
        self._making.start()
        self._poll_timer.start()

    def _poll(self) -> None:
        if self._making is None or self._making.is_alive():
            return
        self._poll_timer.stop()
        self._making = None
        if not self.active:
            return
        if self._stale:
            self._make()
        elif self._made and self._made[0] is not None:
            self._show(self._made[0])
        else:
            self._leave()

    def _show(self, surfaces: ClassSurfaces) -> None:
        assert self._labels is not None
        layer, spatial = self.layer, {name: getattr(self._labels, name) for name in SPATIAL}
        self._working = True
        try:
            if layer is None:
                chosen = set(self._viewer.layers.selection)
                aim_cursor(self._viewer)
                layer = self._viewer.add_layer(_layer(surfaces, spatial))
                layer.events.visible.connect(self._surfaces_hidden)
                self._viewer.layers.selection = chosen
                return
            _empty(layer)
            for name in SPATIAL:
                setattr(layer, name, spatial[name])
            layer.data = surfaces.vertices, surfaces.triangles
            layer.vertex_colors = surfaces.colours
            layer.visible = True
        finally:
            self._working = False

    def _shown_by_hand(self, event: Any) -> None:
        if self._working or not event.source.visible:
            return
        if event.source is self._labels:
            self._leave()
        else:
            # A volume may lie behind the surfaces.
            event.source.events.visible.disconnect(self._shown_by_hand)
            self._hidden.remove(event.source)

    def _surfaces_hidden(self, event: Any) -> None:
        if self._working:
            return
        if not event.source.visible:
            self._leave()
        elif not self.active:
            # Out of use, it holds nothing to see.
            self._working = True
            event.source.visible = False
            self._working = False

    def _removed(self, event: Any) -> None:
        if is_surfaces(event.value):
            event.value.events.visible.disconnect(self._surfaces_hidden)
            self._leave()

    def _other_labels(self, labels: Any = None) -> None:
        self._leave()
        if self._viewer.dims.ndisplay == 3:
            self._enter()

    def _edited(self, fingerprint: int | None = None) -> None:
        if self.active and fingerprint is not None:
            self._make()


def is_surfaces(layer: Layer) -> bool:
    """Whether a layer shows the surfaces of labels."""
    return bool(layer.metadata.get(RECORD, {}).get(PREVIEW) == SURFACES)


def _make_surfaces(data: Any, made: list[ClassSurfaces | None]) -> None:
    try:
        made.append(class_surfaces(data))
    except Exception:  # then the labels are shown as napari draws them
        logging.getLogger(__name__).warning("The labels have no surfaces to show in 3-D.", exc_info=True)


def _layer(surfaces: ClassSurfaces, spatial: dict[str, Any]) -> Surface:
    from napari.layers import Surface

    return Surface(
        (surfaces.vertices, surfaces.triangles),
        vertex_colors=surfaces.colours,
        shading="none",
        name=SURFACES,
        metadata={RECORD: {PREVIEW: SURFACES}},
        **spatial,
    )


def _empty(layer: Any) -> None:
    """Put the layer out of sight with next to no data; removing layers may have napari die in OpenGL."""
    layer.visible = False
    layer.vertex_colors = None
    layer.data = np.zeros((3, 3), dtype=np.float32), np.array([[0, 1, 2]])
