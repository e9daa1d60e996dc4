"""Diffraction images as layers: one image on its grid of pixels, with what its header states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...io.diffraction_images import DiffractionImage
from .layer_record import PREVIEW, RECORD

if TYPE_CHECKING:
    from napari.types import LayerDataTuple

DIFFRACTION = "diffraction image"
"""What ``PREVIEW`` is in the record of such a layer: no stage takes it for a slice of a volume."""


def diffraction_layer(image: DiffractionImage, name: str, path: str | None = None) -> LayerDataTuple:
    """Return a diffraction image as a tuple of layer data, in pixels.

    Parameters
    ----------
    image : DiffractionImage
        What to show; what is no measurement is transparent.
    name : str
        Name of the file.
    path : str, optional
        File that it was read from.
    """
    counted = image.counts[~image.mask]
    # Bragg spots are few: the background and the weaker of them tell the contrast.
    high = float(np.percentile(counted[:: max(1, counted.size // 500_000)], 99.5))
    high = max(high * 1.6, 2.0)
    state: dict[str, Any] = {
        "name": name if image.count == 1 else f"{name} ({image.number} of {image.count})",
        "colormap": "gray_r",
        "contrast_limits": (0.0, high),
        "axis_labels": ("slow", "fast"),
        "metadata": {RECORD: {PREVIEW: DIFFRACTION, DIFFRACTION: image, "provenance": image.provenance, "path": path}},
    }
    return np.where(image.mask, np.nan, image.counts).astype(np.float32), state, "image"


def image_of(layer: Any) -> DiffractionImage | None:
    """The diffraction image of a layer; None where it is of something else."""
    found = layer.metadata.get(RECORD, {}).get(DIFFRACTION) if layer is not None else None
    return found if isinstance(found, DiffractionImage) else None
