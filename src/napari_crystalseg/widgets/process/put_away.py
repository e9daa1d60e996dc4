"""The layers of a sample, put away before the next one is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..layers.layer_record import LIVE, OVERLAY, PREVIEW, RECORD

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Layer

    from ..session.session import Session


def put_away(session: Session, viewer: ViewerModel) -> list[str]:
    """Remove the volumes, scans, automatic labels and uncertainties of the sample at hand.

    Labels that were worked on are hidden and stay, and so do layers of the user's own and of other plugins.

    Returns
    -------
    list of str
        Names of the labels that stay.
    """
    kept = []
    before = list(viewer.layers)
    for layer in before:
        record = layer.metadata.get(RECORD, {})
        if layer not in viewer.layers or {LIVE, OVERLAY, PREVIEW} & record.keys():
            continue
        if "fingerprint" in record or layer is session.labels:
            if _is_edited(session, layer):
                layer.visible = False
                kept.append(layer.name)
            else:
                viewer.layers.remove(layer)
        elif "scan" in record or "quantity" in record or record.get("uncertainty"):
            viewer.layers.remove(layer)
    session.labels = None
    session.image = None
    session.scan = None
    session.result = None
    session.geometry = None
    session.processed = None
    return kept


def _is_edited(session: Session, layer: Layer) -> bool:
    automatic = session.automatic.get(layer)
    data = getattr(layer, "data", None)
    if automatic is None:
        return True  # nobody knows
    return not (isinstance(data, np.ndarray) and np.array_equal(automatic, data))
