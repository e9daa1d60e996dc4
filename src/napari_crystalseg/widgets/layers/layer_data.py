"""Nouns as napari's tuples of layer data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...labels import Labels
from ...scan import Scan
from ...volume import Volume
from .label_layer import image_layer, labels_layer
from .layer_record import RECORD

if TYPE_CHECKING:
    from napari.types import LayerDataTuple

_FRAMES_FOR_CONTRAST = 8


def layer_of(noun: Scan | Volume | Labels, name: str) -> LayerDataTuple:
    """Return the layer of a noun as a tuple: in µm, or in pixels where its voxel size is not known.

    Parameters
    ----------
    noun : Scan, Volume or Labels
        What to show.
    name : str
        Name of the layer.
    """
    if isinstance(noun, Scan):
        return _projections(noun, name)
    layer = image_layer(noun, name=name) if isinstance(noun, Volume) else labels_layer(noun, name=name)
    data, state, kind = layer.as_layer_data_tuple()
    return data, dict(state), kind


def _projections(scan: Scan, name: str) -> LayerDataTuple:
    # One angle is as deep as a pixel is wide: napari shows no scale where the axes of a viewer mix units.
    size = scan.pixel_size_um
    # They may lie in a file: as few as tell the contrast.
    some_frames = np.unique(np.linspace(0, len(scan.projections) - 1, _FRAMES_FOR_CONTRAST).astype(int))
    frames = scan.projections[some_frames]
    some = frames.reshape(-1)[:: max(1, frames.size // 2_000_000)]
    low, high = (float(voxel_value) for voxel_value in np.percentile(some.astype(np.float64), (0.5, 99.8)))
    state = {
        "name": f"{name} projections",
        "colormap": "gray",
        "contrast_limits": (low, high if high > low else low + 1),
        "scale": (size or 1.0,) * 3,
        "units": ("um" if size else "pixel",) * 3,
        "axis_labels": ("angle", "row", "column"),
        "metadata": {RECORD: {"provenance": scan.provenance, "scan": scan}},
    }
    return scan.projections, state, "image"
