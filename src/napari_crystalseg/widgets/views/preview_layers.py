"""Layers that show what could be simulated: one sample or projection at a time, and the user's own out of the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QTimer

from ...class_colours import CLASS_COLOURS
from ...labels import Labels, Material
from ..layers.connections import Connections
from ..layers.layer_place import spatial_of_voxels
from ..layers.layer_record import PREVIEW, RECORD
from .hidden_layers import GIVE_WAY_MS, HiddenLayers, fit_view, is_work_layer, set_view_dimension, shelve

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.components import ViewerModel
    from napari.layers import Image, Layer
    from napari.layers import Labels as LabelsLayer

    from ...simulation.previews import ProjectionPreview, SamplePreview

SAMPLE, LIQUOR, PROJECTION = "sample preview", "liquor of the preview", "projection preview"
_PARTS = (SAMPLE, LIQUOR, PROJECTION)
PART = "part"
"""Key in the record of a preview's layer of which part it shows."""
LIQUOR_OPACITY = 0.3
# Seen from beside and a little above, so that depth shows; the rotation axis stays upright.
_ANGLES = (0.0, 25.0, 65.0)


class PreviewLayers:
    """Shows previews in a viewer, each in place of the one before, in the same layers.

    Other layers are hidden while a preview is there, since the samples share no axes, and shown again after it.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Viewer to show them in.
    connections : Connections
        Undone when the dock goes.
    changed : callable
        Called when there is a preview, or none any more.
    """

    def __init__(self, viewer: ViewerModel, connections: Connections, changed: Callable[[], None]) -> None:
        self._viewer = viewer
        self._changed = changed
        self._others = HiddenLayers(viewer, self._clear_soon)
        self._seen: tuple[Any, ...] = ()
        self._shown = self._working = False
        self._give_way = QTimer()
        self._give_way.setSingleShot(True)
        self._give_way.timeout.connect(self.clear)
        connections.add(viewer.layers.events.inserted, self._inserted)
        connections.add(viewer.layers.events.removed, self._removed)
        connections.add_undo(self._give_way.stop)

    def layers(self) -> list[Layer]:
        """Layers that are shown as previews, or lie behind one."""
        return list(self._kept().values()) if self._shown else []

    def show_sample(self, preview: SamplePreview) -> None:
        """Show a sample in 3-D: crystal and mount inside translucent liquor."""
        # The camera moved below the scene in napari 0.9.
        camera = getattr(self._viewer, "scene", self._viewer).camera
        before = camera.center, camera.zoom, camera.angles
        layers = self._show(sample_layers(preview), ndisplay=3)
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
        new = sample_layers(preview.sample)
        for layer in new:
            layer.visible = False
        # The sample spans the same field, and has the three axes that napari needs to fit one.
        fit_view(self._viewer, self._show([*new, projection_layer(preview)], ndisplay=2))
        self._seen = ()

    def clear(self) -> None:
        """Put the previews away, if there are any, and show what was seen before."""
        self._give_way.stop()
        self._seen = ()
        if self._shown:
            self._shown = False
            for layer in self._kept().values():
                shelve(layer)
            self._others.restore()
            self._changed()

    def _kept(self) -> dict[str, Layer]:
        """Layers of previews, in use or not, by what they show."""
        found = {one.metadata.get(RECORD, {}).get(PART): one for one in self._viewer.layers}
        return {name: found[name] for name in _PARTS if name in found}

    def _show(self, layers: list[Layer], ndisplay: int) -> list[Layer]:
        """Show layers in place of those before, which are used again; return what is in the viewer now."""
        self._give_way.stop()
        self._others.hide_all_but(list(self._kept().values()), ndisplay=self._viewer.dims.ndisplay)
        self._shown = self._working = True
        new = {layer.metadata[RECORD][PART]: layer for layer in layers}
        try:
            for name, kept in self._kept().items():
                if name in new:
                    _update_layer(kept, new[name])
                else:
                    shelve(kept)
            missing = [layer for name, layer in new.items() if name not in self._kept()]
            for layer in missing:
                self._viewer.add_layer(layer)
        finally:
            self._working = False
        set_view_dimension(self._viewer, ndisplay)
        self._changed()
        return [layer for name, layer in self._kept().items() if name in new]

    def _inserted(self, event: Any) -> None:
        """A volume or labels came, which the preview would lie over."""
        if not self._working and self.layers() and is_work_layer(event.value):
            self._clear_soon()

    def _removed(self, event: Any) -> None:
        # Deleted by hand: the last one that was seen takes the hiding of the others with it.
        if PREVIEW in event.value.metadata.get(RECORD, {}) and not any(layer.visible for layer in self.layers()):
            self.clear()

    def _clear_soon(self, layer: Layer | None = None) -> None:
        # Not at once: napari is still adding or showing a layer.
        self._give_way.start(GIVE_WAY_MS)


def _update_layer(kept: Any, new: Any) -> None:
    """Let a layer that is there show what another would."""
    kept.data, kept.scale, kept.metadata = new.data, new.scale, new.metadata
    if new.metadata[RECORD][PART] == PROJECTION:
        kept.contrast_limits = new.contrast_limits
    if kept.visible != new.visible:
        kept.visible = new.visible


def sample_layers(preview: SamplePreview) -> list[Layer]:
    """Make the layers of a sample: crystal, mount and other; and the liquor alone, translucent.

    napari draws labels as opaque surfaces in 3-D, so that one layer of all classes would hide the crystal.
    """
    record = {PREVIEW: preview.request, "provenance": preview.labels.provenance, "description": preview.description}
    solids: list[Material] = [material for material in Material if material is not Material.LIQUOR]
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
            RECORD: {PREVIEW: preview.sample.request, PART: PROJECTION, "conditions": preview.description},
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
        metadata={RECORD: {**record, PART: name}},
        **spatial_of_voxels(labels.voxel_size_um),
    )
    # What is painted would go with the next preview.
    layer.editable = False
    return layer
