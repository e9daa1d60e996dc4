"""The layer that shows the live slice, and the user's own out of its way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..layers.connections import Connections
from ..layers.layer_record import LIVE, RECORD
from .hidden_layers import HiddenLayers, fit_view, shelve

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.components import ViewerModel
    from napari.layers import Image, Layer

    from ..tasks.open.slices import SliceView

NAME = "slice preview"


class SliceLayer:
    """Shows a slice in a viewer; other layers are hidden meanwhile, since they share no axes with it.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Viewer to show it in.
    connections : Connections
        Undone when the dock goes.
    asked_back : callable, optional
        Called with a layer that somebody shows though the slice hides it.
    """

    def __init__(
        self, viewer: ViewerModel, connections: Connections, asked_back: Callable[[Layer], None] | None = None
    ) -> None:
        self._viewer = viewer
        self._others = HiddenLayers(viewer, asked_back)
        self._of: object = None
        self._there = False
        connections.add(viewer.layers.events.removed, self._removed)

    @property
    def layer(self) -> Image | None:
        """The layer, None while there is none."""
        return self._kept() if self._there else None

    def _kept(self) -> Image | None:
        """The layer, in use or not."""
        return next((one for one in self._viewer.layers if LIVE in one.metadata.get(RECORD, {})), None)

    @property
    def in_front(self) -> bool:
        """Whether the slice is what is seen."""
        layer = self.layer
        return layer is not None and layer.visible

    def show(self, view: SliceView) -> None:
        """Show a slice in place of the one before."""
        layer = self.layer
        of = (view.request.preview_key, view.request.is_rough)
        # In pixels of the detector where their size is not known, so that a slice of another binning is as large.
        scale = (float(view.pixels) if view.voxel_size_um is None else view.voxel_size_um,) * 2
        if layer is not None and layer.data.shape == view.image.shape and tuple(layer.scale) == scale:
            layer.data = view.image
            if self._of != of:
                # Not for each centre: a contrast of its own would hide what the centre does.
                layer.contrast_limits = view.contrast
            self._of = of
            return
        self._of, self._there = of, True
        new, kept = _layer(view, scale), self._kept()
        if kept is None:
            self._viewer.add_layer(new)
        else:
            kept.data, kept.contrast_limits = new.data, new.contrast_limits
            kept.units, kept.scale, kept.metadata = new.units, new.scale, new.metadata
        self.bring_forward()
        self._fit()

    def bring_forward(self) -> None:
        """Show the slice alone."""
        layer = self.layer
        if layer is None:
            return
        self._others.hide_all_but([layer])
        layer.visible = True

    def send_back(self) -> None:
        """Show again what the slice has hidden; the slice stays, hidden."""
        if (layer := self.layer) is not None:
            layer.visible = False
        self._others.restore()

    def remove(self) -> None:
        """Put the slice away, and show again what it has hidden."""
        if (layer := self.layer) is not None:
            self._there = False
            shelve(layer)
        self._others.restore()

    def _removed(self, event: Any) -> None:
        # Deleted by hand: it takes the hiding of the others with it.
        if LIVE in event.value.metadata.get(RECORD, {}):
            self._there = False
            self._others.restore()

    def _fit(self) -> None:
        # napari cannot fit a layer of fewer axes than the viewer alone; projections are as wide as their slices.
        fit_view(
            self._viewer, [one for one in self._viewer.layers if {"scan", LIVE} & one.metadata.get(RECORD, {}).keys()]
        )


def _layer(view: SliceView, scale: tuple[float, ...]) -> Image:
    from napari.layers import Image

    return Image(
        view.image,
        name=NAME,
        colormap="gray",
        contrast_limits=view.contrast,
        scale=scale,
        units=("pixel" if view.voxel_size_um is None else "um",) * 2,
        axis_labels=("y", "x"),
        metadata={RECORD: {LIVE: view.request.preview_key}},
    )
