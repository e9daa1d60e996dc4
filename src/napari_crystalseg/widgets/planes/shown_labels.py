"""Which labels and which volume of a viewer the views are of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..layers.layer_record import LIVE, OVERLAY, PREVIEW, RECORD

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Image
    from napari.layers import Labels as LabelsLayer

    from ..session.session import Session


def labels_to_show(viewer: ViewerModel, session: Session) -> LabelsLayer | None:
    """Labels that are worked on; else those that are chosen in the layer list, or lie on top."""
    from napari.layers import Labels

    if session.labels is not None and session.labels in viewer.layers:
        return session.labels
    found: LabelsLayer | None = _one_of(viewer, Labels)
    return found


def volume_to_show(viewer: ViewerModel, session: Session) -> Image | None:
    """Volume that is worked on; else the one that is chosen in the layer list, or lies on top."""
    from napari.layers import Image

    if session.image is not None and session.image in viewer.layers:
        return session.image
    found: Image | None = _one_of(viewer, Image)
    return found


def doubt_of(viewer: ViewerModel) -> Image | None:
    """Layer that shows where the network is unsure."""
    from napari.layers import Image

    named = (one for one in reversed(viewer.layers) if isinstance(one, Image) and one.name.startswith("uncertainty"))
    return next(named, None)


def _one_of(viewer: ViewerModel, kind: Any) -> Any:
    active = viewer.layers.selection.active
    ours = {PREVIEW, LIVE, OVERLAY}
    found = [
        one
        for one in viewer.layers
        if isinstance(one, kind) and one.ndim >= 3 and not ours & one.metadata.get(RECORD, {}).keys()
    ]
    if active in found:
        return active
    return next((one for one in reversed(found) if one.visible), found[-1] if found else None)
