"""The labels of a layer as they first came, to hold its edits against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...labels import Material
from ..layers.layer_place import finest
from ..session.session import Session

if TYPE_CHECKING:
    from napari.layers import Labels as LabelsLayer


def remember_automatic(session: Session, layer: LabelsLayer | None) -> None:
    """Keep a copy of a layer's labels when it is first worked on; edits that follow do not touch it.

    Layers that no A_h can be computed of (other axes than three, not in memory, other codes) have none.
    """
    if layer is None or layer in session.automatic:
        return
    data = finest(layer)
    if isinstance(data, np.ndarray) and data.ndim == 3 and data.size and _are_materials(data):
        copy = data.astype(np.uint8)
        copy.flags.writeable = False
        session.automatic[layer] = copy


def _are_materials(data: NDArray[Any]) -> bool:
    return bool(np.issubdtype(data.dtype, np.integer)) and int(data.min()) >= 0 and int(data.max()) <= max(Material)
