"""Takes up layers as they come to a viewer, and lets go of those that the user deletes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..layers.layer_record import LIVE, OVERLAY, PREVIEW, RECORD
from ..session.session import Session

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Image, Layer
    from napari.layers import Labels as LabelsLayer

_PAINTING = ("paint", "fill", "erase", "polygon")


class LayerFollower:
    """Keeps a session at what its viewer shows.

    Taken up is what says itself what it is: the layers of this plugin's reader and samples, and its own; what came last
    is what is worked on. What napari itself has opened, such as a file that was dropped, takes the place of the sample
    at hand once whoever holds unsaved work lets that go. A new volume lets go of labels that belong to another. Labels
    that the brush is taken to are chosen too, so that what is painted is what is counted and exported.

    Parameters
    ----------
    session : Session
        Takes up the layers.
    viewer : napari.components.ViewerModel
        Viewer that they come to.
    warn : callable
        Called with a sentence where a layer is not taken up, as the sample at hand cannot be saved.
    """

    def __init__(self, session: Session, viewer: ViewerModel, warn: Callable[[str], None]) -> None:
        self._session, self._viewer, self._warn = session, viewer, warn
        self._coming: list[Layer] = []  # until the sample at hand is saved
        for name in ("image", "labels", "strokes"):
            if getattr(session, name) not in viewer.layers:
                setattr(session, name, None)
        if all(layer.metadata.get(RECORD, {}).get("scan") is not session.scan for layer in viewer.layers):
            session.scan = None
        for layer in viewer.layers:
            self._watch(layer)
        if session.scan is None and session.image is None and session.labels is None:
            for layer in viewer.layers:
                self._adopt(layer)
        viewer.layers.events.inserted.connect(self._inserted)
        viewer.layers.events.removed.connect(self._removed)
        viewer.layers.selection.events.active.connect(self._brush_taken)

    def stop(self) -> None:
        """Follow no longer."""
        self._coming.clear()
        layers = self._viewer.layers
        layers.events.inserted.disconnect(self._inserted)
        layers.events.removed.disconnect(self._removed)
        layers.selection.events.active.disconnect(self._brush_taken)
        for layer in layers:
            self._unwatch(layer)

    # What comes.

    def _inserted(self, event: Any) -> None:
        layer = event.value
        self._watch(layer)
        if not (layer.source.path or layer.source.sample):
            self._adopt(layer)  # made from what is at hand
            return
        self._coming.append(layer)
        if len(self._coming) == 1:
            self._session.leaving.then(self._adopt_coming, self._leave_coming)

    def _adopt_coming(self) -> None:
        for layer in self._taken_out():
            self._adopt(layer)

    def _leave_coming(self, sentence: str) -> None:
        names = " and ".join(f"'{layer.name}'" for layer in self._taken_out())
        if names:
            self._warn(
                f"{names} is in the layer list, but not worked on. {sentence} The button 'Active layer' takes it."
            )

    def _taken_out(self) -> list[Layer]:
        taken, self._coming = self._coming, []
        return taken

    def _adopt(self, layer: Layer) -> None:
        record = layer.metadata.get(RECORD, {})
        if "scan" in record:
            self._session.take_scan(record["scan"], layer.name.removesuffix(" projections"))
        elif "fingerprint" in record and _is_labels(layer):
            self._take_labels(layer)
        elif "quantity" in record:
            self._take_volume(layer)

    def _take_labels(self, layer: LabelsLayer) -> None:
        self._session.ties.tie_new_labels(layer, self._session.image)
        self._session.labels = layer

    def _take_volume(self, layer: Image) -> None:
        all_labels = [one for one in self._viewer.layers if _is_labels(one)]
        labels = self._session.ties.labels_for_new_volume(layer, all_labels, self._session.labels)
        self._session.image = layer
        self._session.labels = labels

    # What goes, and what is painted in.

    def _removed(self, event: Any) -> None:
        layer, session = event.value, self._session
        self._unwatch(layer)
        if layer in self._coming:
            self._coming.remove(layer)
        if layer is session.image:
            session.image = None
        if layer is session.labels:
            session.labels = None
        if layer is session.strokes:
            session.strokes = None
        if layer.metadata.get(RECORD, {}).get("scan") is session.scan:
            session.scan = None

    def _brush_taken(self, event: Any = None) -> None:
        layer = self._viewer.layers.selection.active
        if layer in self._coming:
            return  # it comes with the brush in hand
        if layer is not self._session.labels and _is_labels(layer) and str(layer.mode) in _PAINTING:
            self._take_labels(layer)

    def _watch(self, layer: Layer) -> None:
        from napari.layers import Labels as LabelsLayer

        if isinstance(layer, LabelsLayer):
            layer.events.mode.connect(self._brush_taken)

    def _unwatch(self, layer: Layer) -> None:
        from napari.layers import Labels as LabelsLayer

        if isinstance(layer, LabelsLayer):
            layer.events.mode.disconnect(self._brush_taken)


def _is_labels(layer: Layer | None) -> bool:
    """Whether a layer is one of labels that the stages can work on."""
    from napari.layers import Labels as LabelsLayer

    if not isinstance(layer, LabelsLayer) or layer.ndim != 3:
        return False
    return not {PREVIEW, LIVE, OVERLAY} & layer.metadata.get(RECORD, {}).keys()
