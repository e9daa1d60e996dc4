"""A drop-down of the viewer's layers of one kind, bound to a field of the session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QComboBox, QSizePolicy, QWidget

from ..layers.connections import Connections
from ..layers.layer_record import LIVE, OVERLAY, PREVIEW, RECORD
from ..layers.one_slice import taken_as_volume
from ..session.session import Session

if TYPE_CHECKING:
    from napari.components import ViewerModel


NONE = "none"
"""What the drop-down of volumes offers besides the layers."""


class LayerChoice(QComboBox):
    """Chooses ``session.image`` or ``session.labels`` among the layers of ``kind``.

    The projections of a scan, its live slice, labels laid over them and the previews of simulated samples are none of
    them, nor are layers of other axes or in colours. A single slice that is chosen is taken as a volume one voxel
    thick.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Viewer whose layers are offered.
    session : Session
        Holder of the field.
    field : {"image", "labels"}
        Field to read and set.
    kind : type
        Class of the layers offered.
    connections : Connections
        Keeps what must be undone when the dock goes.
    """

    def __init__(
        self,
        viewer: ViewerModel,
        session: Session,
        field: str,
        kind: type,
        connections: Connections,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._session = session
        self._field = field
        self._kind = kind
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumContentsLength(8)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for name in ("inserted", "removed", "reordered", "renamed"):
            connections.add(getattr(viewer.layers.events, name), self._fill)
        connections.add(getattr(session.events, field), self._fill)
        self.activated.connect(self._chosen)
        self._fill()

    def offered(self) -> list[Any]:
        """Layers in the order of the drop-down."""
        layers: list[Any] = [
            layer for layer in reversed(self._viewer.layers) if isinstance(layer, self._kind) and _fits(layer)
        ]
        return [
            layer for layer in layers if not {"scan", PREVIEW, LIVE, OVERLAY} & layer.metadata.get(RECORD, {}).keys()
        ]

    def _fill(self, event: Any = None) -> None:
        layers = self.offered()
        current = getattr(self._session, self._field)
        self.clear()
        self.addItems([layer.name for layer in layers])
        if layers and self._field == "image":
            # Labels can be worked on without a volume, which may be of another sample.
            self.addItem(NONE)
        self.setEnabled(bool(layers))
        self.setPlaceholderText("choose a layer" if layers else "none yet")
        self.setCurrentIndex(layers.index(current) if current in layers else -1)

    def _chosen(self, index: int) -> None:
        layers = self.offered()
        if index == len(layers):
            setattr(self._session, self._field, None)
        elif 0 <= index < len(layers):
            layer = taken_as_volume(self._viewer, layers[index])
            if self._field == "labels":
                # The brush paints the active layer.
                self._viewer.layers.selection.active = layer
            setattr(self._session, self._field, layer)


def _fits(layer: Any) -> bool:
    """Whether a layer has the axes (z, y, x), or those of a single slice, and no colours."""
    return layer.ndim in (2, 3) and not getattr(layer, "rgb", False)
