"""Part of the stage Check: do labels and projections agree, in figures and in a picture?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QSignalBlocker, Qt, QTimer
from qtpy.QtWidgets import QHBoxLayout, QLabel, QSlider, QWidget

from ...errors import InputError
from ..layers.check_sum import fingerprint_with_voxel_size
from ..layers.label_layer import labels_of
from ..parts.fold import Fold
from ..parts.levels import set_level
from ..parts.stage import Desk, note
from ..session.checked_geometry import CheckedGeometry
from ..session.session import GEOMETRY_FIELDS, Session
from ..tasks.geometry import ScanAlignment, alignment_of, check_geometry, frames_for_check
from ..views.geometry_layers import GeometryLayers
from ..views.hidden_layers import GIVE_WAY_MS, is_work_layer
from ..views.projection_layers import refuse_redrawn
from .overlay_follower import OverlayFollower

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...calibration.geometry_overlay import GeometryOverlay
    from ...calibration.geometry_score import GeometryScore
    from ...labels import Labels

NOT_CHECKED = "Not checked yet whether the labels match the projections."


class GeometryBox(Fold):
    """Scores the labels against the scan, and lays them over one projection after the other.

    Parameters
    ----------
    desk : Desk
        What the stages work with.
    make_button : callable
        ``make_button(text, action, tip)`` as :meth:`.stage.Stage.button`.
    """

    def __init__(self, desk: Desk, make_button: Callable[..., Any], parent: QWidget | None = None) -> None:
        super().__init__(
            "Geometry: labels against projections",
            "Mirrored labels, a reversed rotation or angles that are off give absorption factors that look right and "
            "are wrong. The raw scan tells.",
            parent,
        )
        self._desk = desk
        self.layers = GeometryLayers(desk.viewer, desk.connections, self._uncover_layer)
        self.follower = OverlayFollower(self)
        self.follower.arrived.connect(self._arrived)
        self.follower.failed.connect(self._failed)
        line = QHBoxLayout()
        self.check_button = make_button(
            "Check &geometry",
            self.check,
            "Compare the labels with the projections of the raw scan, as they are and mirrored, reversed, upside down "
            "and turned, and lay them over a projection.",
        )
        self.remove_button = make_button(
            "Remove overlay", self.remove_overlay, "Show again the layers that were there before."
        )
        line.addWidget(self.check_button, 1)
        line.addWidget(self.remove_button)
        self.column.addLayout(line)
        self.verdict = note()
        self.column.addWidget(self.verdict)
        line = QHBoxLayout()
        self.angle_slider = QSlider(Qt.Orientation.Horizontal)
        self.angle_slider.setToolTip("Angle of the projection that the labels are laid over.")
        self.angle_slider.valueChanged.connect(self._angle_moved)
        self.angle = QLabel("–")
        self.angle.setMinimumWidth(self.angle.fontMetrics().horizontalAdvance("-179.9° "))
        self.angle.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(QLabel("angle"))
        line.addWidget(self.angle_slider, 1)
        line.addWidget(self.angle)
        self.column.addLayout(line)
        self.shown = note()
        self.column.addWidget(self.shown)
        session, connections = desk.session, desk.connections
        for field in ("scan", "labels"):
            connections.add(getattr(session.events, field), self._others_chosen)
        for field in ("busy", *GEOMETRY_FIELDS):
            connections.add(getattr(session.events, field), self._show)
        self._give_way = QTimer(self)
        self._give_way.setSingleShot(True)
        self._give_way.timeout.connect(self.remove_overlay)
        connections.add(desk.viewer.layers.events.inserted, self._layer_inserted)
        connections.add(desk.viewer.layers.events.removed, self._layer_removed)
        connections.add_undo(self.close_down)
        self._set_angles()
        self._show()

    def check(self) -> None:
        """Compare labels and projections in the worker; the overlay follows.

        Raises
        ------
        InputError
            There is no raw scan or no labels, or the scan's layer is flipped or turned in napari.
        """
        session = self._desk.session
        if session.scan is None:
            raise InputError(
                "There is no raw scan to hold the labels against: open the scan that they come from in the stage Open."
            )
        if session.labels is None:
            raise InputError("There are no labels: segment a volume, or open labels in the stage Open.")
        layer, scan = session.labels, session.scan
        refuse_redrawn(self._desk.viewer, scan)
        labels = labels_of(layer)
        if session.fingerprint is None:
            # The count after the last stroke is still to come, but what is compared must be known by its check sum.
            session.fingerprint = fingerprint_with_voxel_size(layer)
        check_sum = session.fingerprint
        alignment = alignment_of(labels, scan, session.taken.axis, session.taken.force)

        def compared(result: tuple[GeometryScore, float]) -> None:
            if session.labels is not layer or session.scan is not scan:
                self._desk.bar.say("Other labels or another scan were chosen meanwhile: check again.")
                return
            score, centre = result
            session.geometry = CheckedGeometry(score, check_sum)
            self._compared(score, labels, alignment, centre)

        self._desk.bar.start(
            "Check geometry",
            check_geometry,
            labels,
            frames_for_check(scan, alignment),
            alignment,
            done=compared,
        )

    def remove_overlay(self) -> None:
        """Show again what was seen before, and end the process that makes overlays."""
        self.follower.stop()
        self.layers.clear()
        self._show()

    def close_down(self) -> None:
        """Leave neither a process nor hidden layers behind."""
        self._give_way.stop()
        self.follower.stop()
        self.layers.clear()

    def chosen_angle_deg(self) -> float:
        """Angle that the slider stands at."""
        angles = self._angles()
        return float(angles[self.angle_slider.value()]) if len(angles) else 0.0

    def _angles(self) -> Any:
        scan = self._desk.session.scan
        return np.zeros(0) if scan is None else np.unique(scan.angles_deg)

    def _compared(self, score: GeometryScore, labels: Labels, alignment: ScanAlignment, centre_px: float) -> None:
        scan = self._desk.session.scan
        if scan is None:
            return
        self.title.setChecked(True)
        if score.agrees:
            self._desk.bar.say("Labels and projections agree; move the angle to see it.")
        else:
            self._desk.bar.warn(score.sentence())
        self.follower.show(labels, scan, alignment, centre_px, self.chosen_angle_deg())
        self._show()

    def _angle_moved(self, place: int) -> None:
        self._show_angle()
        self.follower.request(self.chosen_angle_deg())

    def _arrived(self, overlay: GeometryOverlay) -> None:
        self.layers.show(overlay)
        self.shown.setText(
            f"Shown: {overlay.angle_deg:.1f}°, score {overlay.score:.3f}. Left the projection with outlines in the "
            "colours of the classes and the rotation axis; the beam goes into the picture (⊗). Right the labels along "
            "the axis, with the beam."
        )
        self._show()

    def _failed(self, cause: str) -> None:
        self.remove_overlay()
        self._desk.bar.warn(f"No overlay: {cause}")

    def _others_chosen(self, value: Any = None) -> None:
        session = self._desk.session
        self.remove_overlay()
        session.geometry = None
        self._set_angles()
        self._show()

    def _set_angles(self) -> None:
        angles = self._angles()
        with QSignalBlocker(self.angle_slider):
            self.angle_slider.setRange(0, max(len(angles) - 1, 0))
            self.angle_slider.setValue(len(angles) // 2)

    def _layer_inserted(self, event: Any) -> None:
        """A volume or labels came while the overlay is shown, which would lie over them."""
        if is_work_layer(event.value):
            self._uncover_layer()

    def _uncover_layer(self, layer: Any = None) -> None:
        # Not at once: napari is still adding or showing a layer.
        if self.follower.active:
            self._give_way.start(GIVE_WAY_MS)

    def _layer_removed(self, event: Any) -> None:
        # Deleted by hand: nobody looks any more.
        if self.follower.active and not self.follower.busy and not self.layers.layers():
            self.follower.stop()
            self._show()

    def _show_angle(self) -> None:
        self.angle.setText(f"{self.chosen_angle_deg():.1f}°" if len(self._angles()) else "–")

    def _show(self, value: Any = None) -> None:
        session = self._desk.session
        self.check_button.setEnabled(session.labels is not None and session.scan is not None and not session.busy)
        self.remove_button.setEnabled(self.follower.active)
        self.angle_slider.setEnabled(self.follower.active)
        self._show_angle()
        self.shown.setVisible(self.follower.active and bool(self.layers.layers()))
        text, good = geometry_text(session)
        self.verdict.setText(text)
        set_level(self.verdict, None if good else "warning")


def geometry_text(session: Session) -> tuple[str, bool]:
    """What is known of the geometry, in words, and whether it is no cause for a warning."""
    missing = [name for name, there in (("raw scan", session.scan), ("labels", session.labels)) if there is None]
    if missing:
        return f"Takes the raw scan and its labels; missing: {' and '.join(missing)}.", True
    if session.geometry is None:
        return NOT_CHECKED, True
    score = session.geometry.score
    return score.sentence() + (" The labels were edited since." if session.geometry_edited else ""), score.agrees
