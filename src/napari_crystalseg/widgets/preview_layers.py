"""Layers that show what could be simulated: one sample or projection at a time, and the user's own out of the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QTimer

from ..class_colours import CLASS_COLOURS
from ..labels import Labels, Material
from .connections import Connections
from .hidden_layers import GIVE_WAY_MS, HiddenLayers, fit_view, is_to_be_seen, look
from .label_layer import PREVIEW, RECORD, spatial_of_voxels

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Image, Layer
    from napari.layers import Labels as LabelsLayer

    from ..workflows.previews import ProjectionPreview, SamplePreview

SAMPLE, LIQUOR, PROJECTION = "sample preview", "liquor of the preview", "projection preview"
LIQUOR_OPACITY = 0.3
# Seen from beside and a little above, so that depth shows; the rotation axis stays upright.
_ANGLES = (0.0, 25.0, 65.0)


class PreviewLayers:
    """Shows previews in a viewer, each in place of the one before.

    Other layers are hidden while a preview is there, since the samples share no axes, and shown again after it.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Viewer to show them in.
    connections : Connections
        Undone when the dock goes.
    """

    def __init__(self, viewer: ViewerModel, connections: Connections) -> None:
        self._viewer = viewer
        self._others = HiddenLayers(viewer, self._give_way_soon)
        self._seen: tuple[Any, ...] = ()
        self._working = False
        self._give_way = QTimer()
        self._give_way.setSingleShot(True)
        self._give_way.timeout.connect(self.clear)
        connections.add(viewer.layers.events.inserted, self._inserted)
        connections.add(viewer.layers.events.removed, self._removed)
        connections.add_undo(self._give_way.stop)

    def layers(self) -> list[Layer]:
        """Layers that are previews."""
        return [layer for layer in self._viewer.layers if PREVIEW in layer.metadata.get(RECORD, {})]

    def show_sample(self, preview: SamplePreview) -> None:
        """Show a sample in 3-D: crystal and mount inside translucent liquor."""
        layers = sample_layers(preview)
        # The camera moved below the scene in napari 0.9.
        camera = getattr(self._viewer, "scene", self._viewer).camera
        before = camera.center, camera.zoom, camera.angles
        self._replace(layers, ndisplay=3)
        seen = "sample", preview.labels.shape, preview.labels.voxel_size_um
        if seen == self._seen:
            # As large as the last one: it is looked at as that was.
            camera.center, camera.zoom, camera.angles = before
            return
        first, self._seen = not self._seen, seen
        fit_view(self._viewer, layers)
        if first:
            camera.angles = _ANGLES

    def show_projection(self, preview: ProjectionPreview) -> None:
        """Show a projection, and hide its sample behind it."""
        image = projection_layer(preview)
        sample = sample_layers(preview.sample)
        for layer in sample:
            layer.visible = False
        self._replace([*sample, image], ndisplay=2)
        # The sample spans the same field, and has the three axes that napari needs to fit one.
        fit_view(self._viewer, [*sample, image])
        self._seen = ()

    def clear(self) -> None:
        """Remove the previews, if any, and show what was seen before."""
        self._give_way.stop()
        self._seen = ()
        if self.layers():
            self._remove()
            self._others.restore()

    def _replace(self, layers: list[Layer], ndisplay: int) -> None:
        self._give_way.stop()
        self._remove()
        self._others.hide_all_but([], ndisplay=self._viewer.dims.ndisplay)
        self._working = True
        try:
            for layer in layers:
                self._viewer.add_layer(layer)
        finally:
            self._working = False
        look(self._viewer, ndisplay)

    def _remove(self) -> None:
        self._working = True
        try:
            for layer in self.layers():
                self._viewer.layers.remove(layer)
        finally:
            self._working = False

    def _inserted(self, event: Any) -> None:
        """A volume or labels came, which the preview would lie over."""
        if not self._working and self.layers() and is_to_be_seen(event.value):
            self._give_way_soon()

    def _removed(self, event: Any) -> None:
        # Deleted by hand: the last one takes the hiding of the others with it.
        if not self._working and PREVIEW in event.value.metadata.get(RECORD, {}) and not self.layers():
            self._seen = ()
            self._others.restore()

    def _give_way_soon(self, layer: Layer | None = None) -> None:
        # Not at once: napari is still adding or showing a layer.
        self._give_way.start(GIVE_WAY_MS)


def sample_layers(preview: SamplePreview) -> list[Layer]:
    """Make the layers of a sample: crystal, mount and other; and the liquor alone, translucent.

    napari draws labels as opaque surfaces in 3-D, so that one layer of all classes would hide the crystal.
    """
    record = {PREVIEW: preview.request, "provenance": preview.labels.provenance, "description": preview.description}
    solids = [material for material in Material if material is not Material.LIQUOR]
    return [
        _classes(preview.labels, solids, SAMPLE, 1.0, record),
        _classes(preview.labels, [Material.LIQUOR], LIQUOR, LIQUOR_OPACITY, record),
    ]


def projection_layer(preview: ProjectionPreview) -> Image:
    """Make the layer of a projection, in µm at the sample; its metadata has the conditions."""
    from napari.layers import Image

    low, high = (float(value) for value in np.percentile(preview.transmission, (0.5, 99.5)))
    conditions = {
        "energy_kev": preview.energy_kev,
        "distance_mm": preview.distance_mm,
        "pixel_size_um": preview.pixel_size_um,
        "angle_deg": preview.angle_deg,
    }
    return Image(
        preview.transmission,
        name=PROJECTION,
        colormap="gray",
        contrast_limits=(low, high) if high > low else (low, low + 1.0),
        scale=(preview.pixel_size_um,) * 2,
        units=("um",) * 2,
        axis_labels=("row", "column"),
        metadata={
            **conditions,
            RECORD: {PREVIEW: preview.sample.request, "conditions": preview.description},
        },
    )


def _classes(labels: Labels, shown: list[Material], name: str, opacity: float, record: dict[str, Any]) -> LabelsLayer:
    import pandas as pd
    from napari.layers import Labels as LabelsLayer
    from napari.utils.colormaps import DirectLabelColormap

    clear = CLASS_COLOURS[Material.AIR]
    colours: dict[int | None, Any] = {int(m): CLASS_COLOURS[m] if m in shown else clear for m in Material}
    data: NDArray[np.uint8] = np.asarray(labels.data)
    layer = LabelsLayer(
        data,
        name=name,
        colormap=DirectLabelColormap(color_dict={None: clear, **colours}),
        opacity=opacity,
        features=pd.DataFrame({"index": [int(m) for m in Material], "class": [m.title for m in Material]}),
        metadata={RECORD: record},
        **spatial_of_voxels(labels.voxel_size_um),
    )
    # What is painted would go with the next preview.
    layer.editable = False
    return layer
