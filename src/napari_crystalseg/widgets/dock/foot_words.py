"""What the foot of the dock says of itself, while no job speaks there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..class_labels.labels_in_3d import LabelsIn3D
from ..layers.software_rendering import SLOW_IN_3D, draws_in_software
from ..parts.stage import Desk
from ..session.next_step import scan_purpose

if TYPE_CHECKING:
    from napari.components import ViewerModel


class FootWords:
    """Says where the work stands, what a scan is for, and that 3-D is slow; forgets warnings that hold no more.

    Parameters
    ----------
    desk : Desk
        The session, and the bar that speaks.
    labels_in_3d : LabelsIn3D
        Shows labels in 3-D by surfaces, which are quick.
    """

    def __init__(self, desk: Desk, labels_in_3d: LabelsIn3D) -> None:
        self._session, self._bar, self._labels_in_3d = desk.session, desk.bar, labels_in_3d
        self._viewer: ViewerModel = desk.viewer
        events, connections = desk.session.events, desk.connections
        connections.add(desk.viewer.dims.events.ndisplay, self._say_slow_in_3d)
        # What a stage has to say of its own result comes after it.
        for field in ("image", "labels"):
            connections.add(getattr(events, field), self.say_where_it_stands)
        connections.add(events.scan, self._say_scan)
        for field in ("coefficients", "experiment"):
            connections.add(getattr(events, field), self._bar.forget_warning)
        connections.add(events.other_codes, self._codes_known)

    def say_where_it_stands(self, value: object = None) -> None:
        """Say where the work stands, unless a job runs."""
        if not self._session.busy:
            self._bar.say_where_it_stands()

    def _say_scan(self, scan: object) -> None:
        if scan is None:
            self.say_where_it_stands()
        elif not self._session.busy:
            self._bar.say(scan_purpose(self._session))

    def _codes_known(self, codes: object) -> None:
        if not codes:
            self._bar.forget_warning()

    def _say_slow_in_3d(self, event: object = None) -> None:
        if self._viewer.dims.ndisplay == 3 and not self._labels_in_3d.active and draws_in_software(self._viewer):
            self._bar.say(SLOW_IN_3D)
