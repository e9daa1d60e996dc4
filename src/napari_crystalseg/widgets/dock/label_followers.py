"""What follows the labels of a session while its dock is open: edits, counts, findings, brush, keys and 3-D."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QWidget

from ..class_labels.automatic_labels import remember_automatic
from ..class_labels.brush_ready import BrushReady
from ..class_labels.class_keys import ClassKeys
from ..class_labels.finding_follower import FindingFollower
from ..class_labels.label_monitor import LabelMonitor
from ..class_labels.labels_in_3d import LabelsIn3D
from ..label_edits.edit_keeper import EditKeeper
from ..layers.connections import Connections
from ..session.session import Session

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Labels as LabelsLayer


class LabelFollowers:
    """Takes up whichever labels the session works on.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Viewer of the labels.
    session : Session
        Its session.
    connections : Connections
        Ends them with the dock.
    dock : QWidget
        The dock, with which their timers go.
    """

    def __init__(self, viewer: ViewerModel, session: Session, connections: Connections, dock: QWidget) -> None:
        self._session = session
        # Before whoever listens to the edits of the layer that is chosen.
        self._edits = EditKeeper(session, dock)
        connections.add(session.events.labels, self._edits.take)
        connections.add(session.events.image, self._edits.use_volume)
        connections.add_undo(self._edits.stop)
        self._edits.take(session.labels)
        self.monitor = LabelMonitor(session, dock)
        connections.add(session.events.labels, self.monitor.watch)
        connections.add_undo(self.monitor.stop)
        self.findings = FindingFollower(session, dock)
        for field in ("labels", "fingerprint"):
            connections.add(getattr(session.events, field), self.findings.schedule)
        for field in ("image", "coefficients", "scan"):
            connections.add(getattr(session.events, field), self.findings.look_again)
        connections.add_undo(self.findings.stop)
        # Here and not in a stage: the brush may be quicker than the stages are made.
        connections.add(session.events.labels, self._keep_automatic)
        self._keep_automatic(session.labels)
        self._brush = BrushReady(dock)
        connections.add(session.events.labels, self._brush.take)
        connections.add_undo(self._brush.stop)
        self._keys = ClassKeys(viewer, session, connections, dock)
        self.in_3d = LabelsIn3D(viewer, session, dock)
        connections.add_undo(self.in_3d.stop)

    def begin(self) -> None:
        """Take up the labels that are there already."""
        self.monitor.watch(self._session.labels)
        self._brush.take(self._session.labels)

    def _keep_automatic(self, layer: LabelsLayer | None) -> None:
        remember_automatic(self._session, layer)
