"""What a layer cannot say itself, kept in its metadata."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari.layers import Layer


RECORD = "crystalseg"
"""Key of ``layer.metadata`` that keeps what a layer cannot say itself: provenance and what the voxel values mean."""

PREVIEW = "preview"
"""Key in that record of a layer that only shows what could be, or asks: no stage works on it."""

SURFACES = "labels in 3-D"
"""What ``PREVIEW`` is in the record of the layer that shows labels as surfaces."""

LIVE = "live slice"
"""Key in that record of the layer that shows one slice while the rotation axis is looked for: no stage works on it."""

OVERLAY = "geometry overlay"
"""Key in that record of the layers that lay labels over a projection: no stage works on them."""


PATH = "path"
"""Key in that record of the file or folder that a layer is of."""

READING = "reading"
"""Key in that record of how that file was read where it does not say it itself: axes, dataset and voxel size."""


PROCESSED = "processed"
"""Key in that record of a volume that *Process* has made of that file."""


def path_of(layer: Layer) -> Path | None:
    """Return the file or folder that a layer was read from; None where nothing says so."""
    path = layer.metadata.get(RECORD, {}).get(PATH) or getattr(layer.source, "path", None)
    return Path(path) if path else None


def source_of(layer: Layer) -> str:
    """Name of the file or sample that a layer was made from; its own name where nothing says so."""
    return str(layer.metadata.get(RECORD, {}).get("source", layer.name))
