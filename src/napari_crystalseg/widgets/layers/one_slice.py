"""A layer of one image, taken as a volume one voxel thick."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import InputError
from ...provenance import Provenance
from ...volume import Quantity
from .layer_place import AXES, finest
from .layer_record import RECORD

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Layer


def is_single_slice(layer: Layer) -> bool:
    """Whether an Image or Labels layer is one grey image or one slice of labels, without an axis z."""
    return layer.ndim == 2 and not getattr(layer, "rgb", False)


def volume_layer(layer: Layer) -> Layer:
    """Make the layer of a single slice as a volume: (y, x) becomes (1, y, x), as thick as its pixels are wide.

    Parameters
    ----------
    layer : napari.layers.Image or napari.layers.Labels
        Of two axes, in any units, scaled, rotated or moved.

    Returns
    -------
    napari.layers.Image or napari.layers.Labels
        In the same place at z = 0, under the same name with "as a volume" after it. Its record states what was assumed.

    Raises
    ------
    InputError
        Colours, or other axes than two.
    """
    from ...io.grids.single_slice import ONE_SLICE, THICKNESS

    if not is_single_slice(layer):
        raise InputError(f"'{layer.name}' is no grey image of two axes (y, x).")
    record = layer.metadata.get(RECORD, {})
    provenance = record.get("provenance", Provenance()).then("open", assumed=f"{ONE_SLICE}; {THICKNESS}")
    shared: dict[str, Any] = {
        "name": f"{layer.name} as a volume",
        "metadata": {**layer.metadata, RECORD: {**record, "provenance": provenance}},
        "opacity": layer.opacity,
        "colormap": layer.colormap,
        **_spatial(layer),
    }
    data = np.asarray(finest(layer))[np.newaxis]
    from napari.layers import Image
    from napari.layers import Labels as LabelsLayer

    if isinstance(layer, LabelsLayer):
        return LabelsLayer(data.copy(), features=layer.features, **shared)
    shared["metadata"][RECORD].setdefault("quantity", Quantity.ARBITRARY)
    return Image(data, contrast_limits=layer.contrast_limits, gamma=layer.gamma, **shared)


def taken_as_volume(viewer: ViewerModel, layer: Layer) -> Layer:
    """Return a layer that is a volume: itself, or one made of a single slice, which is added and hides it."""
    if not is_single_slice(layer):
        return layer
    made = volume_layer(layer)
    viewer.add_layer(made)
    layer.visible = False
    return made


def _spatial(layer: Layer) -> dict[str, Any]:
    """Place of the volume: scale, and all else that places the slice as an affine."""
    y, x = layer.scale
    origin = np.asarray(layer.data_to_world((0.0, 0.0)))
    steps = [np.asarray(layer.data_to_world(tuple(step))) - origin for step in np.eye(2)]
    affine = np.eye(4)
    affine[1:3, 1:3] = np.column_stack(steps) / (y, x)
    affine[1:3, 3] = origin
    units = layer.units
    return {"scale": (x, y, x), "affine": affine, "units": (units[1], *units), "axis_labels": AXES}
