"""Labels of a segmentation as layers on their volume, with what the network was unsure of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject, QTimer

from ...labels import Labels
from ..layers.label_layer import add_labels, labels_layer, uncertainty_layer
from ..layers.layer_place import spatial_of
from ..layers.layer_record import source_of

if TYPE_CHECKING:
    from napari.layers import Image
    from napari.layers import Labels as LabelsLayer

    from ..parts.stage import Desk

UNCERTAINTY_AFTER_MS = 60
"""After the labels are drawn, so that the window does not stand still for two layers at once."""


class SegmentedLayers(QObject):
    """Adds labels to the viewer, chosen and tied to their volume, and a moment later the hidden layer of uncertainty.

    Parameters
    ----------
    desk : Desk
        Viewer and session.
    """

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        # Of layers of labels: what the network was unsure of, which is not shown yet.
        self._unshown: list[tuple[Any, NDArray[np.uint8], dict[str, Any]]] = []
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._show_uncertainty)
        desk.connections.add_undo(self._forget)

    def add_labels(
        self, labels: Labels, image: Image, spatial: dict[str, Any] | None = None, name: str = "", source: str = ""
    ) -> LabelsLayer:
        """Show labels on their volume, as those that are worked on; earlier ones are kept out of sight.

        Parameters
        ----------
        labels : Labels
            Labels of the volume.
        image : napari.layers.Image
            Layer of the volume.
        spatial : dict, optional
            Place of the layer; that of ``image`` as it is now by default.
        name, source : str
            Names of the volume and of what it was made from; those of ``image`` as it is now by default.
        """
        session, viewer = self._desk.session, self._desk.viewer
        if session.labels is not None:
            # The earlier labels may hold work by hand: keep them, out of sight.
            session.labels.visible = False
        # Of two samples the labels must be told from each other in the drop-downs.
        layer = labels_layer(
            labels,
            spatial_of(image) if spatial is None else spatial,
            f"{name or image.name} labels",
            source or source_of(image),
        )
        session.ties.tie(layer, image)
        add_labels(viewer, layer)
        session.labels = layer
        return layer

    def add_uncertainty(self, uncertainty: NDArray[np.uint8], layer: LabelsLayer, spatial: dict[str, Any]) -> None:
        """Keep how unsure the network was of a layer of labels, and show it in a turn of its own.

        napari takes 0.2 s to add a layer.
        """
        self._desk.session.uncertainty[layer] = uncertainty
        self._unshown.append((layer, uncertainty, spatial))
        self._later.start(UNCERTAINTY_AFTER_MS)

    def _show_uncertainty(self) -> None:
        """Add the hidden layer of the uncertainty below its labels, unless those are gone already."""
        layers = self._desk.viewer.layers
        labels, uncertainty, spatial = self._unshown.pop(0)
        if self._unshown:
            self._later.start(UNCERTAINTY_AFTER_MS)
        if labels not in layers:
            return
        chosen = set(layers.selection)
        layers.insert(layers.index(labels), uncertainty_layer(uncertainty, spatial))
        # What the user works on stays chosen.
        layers.selection = chosen

    def _forget(self) -> None:
        self._later.stop()
        self._unshown.clear()
