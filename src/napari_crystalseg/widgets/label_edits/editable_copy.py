"""A copy of labels that can be edited in place, for those that cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...progress import Progress, silent
from ..layers.label_layer import class_layer
from ..layers.layer_place import finest, spatial_of
from ..layers.orientation import LayerOrientation, orientation_of

if TYPE_CHECKING:
    from napari.layers import Labels as LabelsLayer

_SLAB_VOXELS = 1 << 24
_CODES = 256


def why_not_in_place(layer: LabelsLayer) -> str:
    """Say why labels cannot be edited as they are; only for those that :func:`.layer_edits.can_be_edited` refuses."""
    data = finest(layer)
    if getattr(layer, "multiscale", False):
        return "they have several scales"
    if not isinstance(data, np.ndarray):
        return "they are read from a file piece by piece"
    if data.ndim != 3:
        return f"they have {data.ndim} axes instead of three"
    if data.dtype != np.uint8:
        return f"they are of {data.dtype} instead of uint8"
    if not data.flags.writeable:
        return "they are read-only"
    if not data.flags.c_contiguous:
        return "they do not lie in memory in the order z, y, x"
    return "they are flipped or turned in napari"


def copied_codes(data: Any, orientation: LayerOrientation, name: str, progress: Progress = silent) -> NDArray[np.uint8]:
    """Read labels into memory, as they are seen.

    Parameters
    ----------
    data : array-like of integer, shape (z, y, x)
        Labels, in memory or lazy; read in slabs.
    orientation : LayerOrientation
        How they are flipped and turned.
    name : str
        What the user calls them.
    progress : Progress
        Called for each slab.

    Returns
    -------
    ndarray of uint8, shape (z, y, x)
        In C order and writable; codes that are no class stay.

    Raises
    ------
    InputError
        Other axes than three, no whole numbers, or codes below 0 or above 255.
    """
    shape = tuple(int(length) for length in data.shape)
    if len(shape) != 3 or not all(shape):
        raise InputError(f"'{name}' has {shape} voxels; only labels of three axes (z, y, x) can be corrected.")
    copy = np.empty(shape, np.uint8)
    step = max(1, _SLAB_VOXELS // (shape[1] * shape[2]))
    for start in range(0, shape[0], step):
        progress(start / shape[0], "reading labels")
        slab = np.asarray(data[start : start + step])
        if not (np.issubdtype(slab.dtype, np.integer) or slab.dtype == bool):
            raise InputError(f"'{name}' holds {slab.dtype}; labels are whole numbers.")
        low, high = int(slab.min()), int(slab.max())
        if low < 0 or high >= _CODES:
            wrong = low if low < 0 else high
            raise InputError(
                f"'{name}' holds the code {wrong}, and only 0 to 255 fit into the copy: give its voxels one of the "
                "classes first (0 air, 1 liquor, 2 loop, 3 crystal, 4 other)."
            )
        copy[start : start + step] = slab
    return copy if orientation.is_plain else np.ascontiguousarray(orientation.seen(copy))


def corrected_layer(layer: LabelsLayer, codes: NDArray[np.uint8]) -> LabelsLayer:
    """Make the layer of a copy, in the same place: "<name> corrected".

    Parameters
    ----------
    layer : napari.layers.Labels
        The labels that were copied.
    codes : ndarray of uint8, shape (z, y, x)
        What :func:`copied_codes` returned.
    """
    new = class_layer(codes, spatial_of(layer), f"{layer.name} corrected", dict(layer.metadata))
    new.selected_label = min(int(layer.selected_label), _CODES - 1)
    return new


def orientation_to_copy(layer: LabelsLayer) -> LayerOrientation:
    """Return how labels are flipped and turned, for a copy.

    Raises
    ------
    InputError
        Other axes than three, or turned by an angle that is no multiple of 90°.
    """
    if layer.ndim != 3:
        raise InputError(f"'{layer.name}' has {layer.ndim} axes; only labels of three (z, y, x) can be corrected.")
    return orientation_of(layer)
