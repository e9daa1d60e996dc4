"""What labels are a review of: the file of their volume, and what tells it from others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import InputError
from ...provenance import Provenance
from ...review.session.session_place import facts_of
from ..layers.layer_place import finest, shape_of, voxel_size_um
from ..layers.layer_record import RECORD, path_of, source_of

if TYPE_CHECKING:
    from napari.layers import Image, Layer
    from napari.layers import Labels as LabelsLayer


@dataclass(frozen=True, eq=False)
class ReviewedData:
    """What a review is of.

    Parameters
    ----------
    source : Path or None
        File or folder that a review is kept beside; None for what was made here.
    name : str
        What it is called where there is no file.
    facts : mapping
        What tells a review of the same data from one of others.
    """

    source: Path | None
    name: str
    facts: dict[str, Any]


def reviewed_data(labels: LabelsLayer | None, image: Image | None, layers: Iterable[Layer] = ()) -> ReviewedData | None:
    """Tell what a review of labels, or of a volume that is to have some, is of.

    Parameters
    ----------
    labels : napari.layers.Labels or None
        Labels.
    image : napari.layers.Image or None
        Volume that is chosen; it counts where its shape is that of the labels.
    layers : iterable of Layer
        Layers of the viewer, among them that of the scan which a volume was made from here.

    Returns
    -------
    ReviewedData or None
        None where there is neither, or it does not have three axes.
    """
    of = image if image is not None and (labels is None or shape_of(image) == shape_of(labels)) else labels
    shape = () if of is None else shape_of(of)
    if of is None or len(shape) != 3:  # colours have a fourth
        return None
    z, y, x = shape
    source = _source(of, layers)
    data = None if source is not None else finest(of)
    values = data if isinstance(data, np.ndarray) else None
    try:
        size = voxel_size_um(of)
    except InputError:  # a layer that is sheared
        size = None
    try:
        facts = facts_of(source, (z, y, x), size, values)
    except OSError:  # moved or removed since it was opened
        source, facts = None, facts_of(None, (z, y, x), size, values)
    return ReviewedData(source, source_of(of), facts)


def _source(layer: Layer, layers: Iterable[Layer]) -> Path | None:
    path = path_of(layer)
    if path is not None:
        return path if path.exists() else None
    provenance = layer.metadata.get(RECORD, {}).get("provenance")
    if isinstance(provenance, Provenance):
        for other in layers:
            scan = path_of(other) if "scan" in other.metadata.get(RECORD, {}) else None
            if scan is not None and scan.name in provenance.inputs and scan.exists():
                return scan
    return None
