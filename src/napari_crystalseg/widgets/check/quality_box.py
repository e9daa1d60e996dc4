"""Part of the stage Check: what do the labels cost in the merged data?"""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtGui import QFontDatabase
from qtpy.QtWidgets import QComboBox, QDialog, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from ...errors import InputError
from ..layers.check_sum import fingerprint_with_voxel_size
from ..layers.label_layer import labels_of, volume_of
from ..layers.layer_place import finest
from ..layers.orientation import orientation_of
from ..parts.fold import Fold
from ..parts.levels import WARNING_SIGN, set_level
from ..parts.picture_window import PictureWindow
from ..parts.stage import Desk, note
from ..planes.views_dock import jump
from ..session.label_findings import label_findings
from ..session.readiness_facts import readiness_of
from ..session.remembered import MODEL_FOLDER, recall_folder
from ..tasks.quality import JudgedQuality, judge_quality

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.layers import Labels as LabelsLayer

CRYSTALS = ("thaumatin", "thermolysin", "lysozyme", "insulin", "proteinase-k")
"""Crystal forms of a simulated scan, where there is no experiment."""

USUAL_KEV = 4.5
"""Photon energy of a simulated scan where the coefficients have none."""

_PLACES = 3


class QualityBox(Fold):
    """Judges the labels by what they cost in R_meas and anomalous signal, and leads to the places that cost most.

    Parameters
    ----------
    desk : Desk
        What the stages work with.
    make_button : callable
        ``make_button(text, action, tip)`` as :meth:`.stage.Stage.button`.
    """

    def __init__(self, desk: Desk, make_button: Callable[..., Any], parent: QWidget | None = None) -> None:
        super().__init__(
            "Data quality: what the labels cost",
            "Intensities are simulated with the absorption of these labels and of others that the doubt about them "
            "allows, corrected, scaled and merged: what would a wrong segmentation do to the data?",
            parent,
        )
        self._desk = desk
        self._judged: tuple[LabelsLayer, int | None, JudgedQuality] | None = None
        line = QHBoxLayout()
        self.crystal_name = QLabel("crystal")
        self.crystal = QComboBox()
        self.crystal.addItems(CRYSTALS)
        tip = "Crystal form of the scan that is simulated while no DIALS experiment is chosen above."
        self.crystal.setToolTip(tip)
        self.crystal_name.setToolTip(tip)
        line.addWidget(self.crystal_name)
        line.addWidget(self.crystal, 1)
        self.column.addLayout(line)
        self.judge_button = make_button(
            "Judge by data &quality",
            self.judge,
            "Simulate intensities, correct them with these labels, and tell what doubtful places may cost in Rmeas.",
        )
        self.column.addWidget(self.judge_button)
        self.stale = note()
        set_level(self.stale, "warning")
        self.column.addWidget(self.stale)
        self.verdict = note()
        self.column.addWidget(self.verdict)
        line = QHBoxLayout()
        self.place_buttons = []
        for number in range(_PLACES):
            button = make_button(f"Place {number + 1}", partial(self.go_to, number), "Show this place in all views.")
            self.place_buttons.append(button)
            line.addWidget(button)
        self.column.addLayout(line)
        line = QHBoxLayout()
        self.table_button = make_button("Table", self.show_table, "Merging statistics of every way of correcting.")
        self.picture_button = make_button("Picture", self.show_picture, "The same drawn, and in shells of resolution.")
        line.addWidget(self.table_button)
        line.addWidget(self.picture_button)
        self.column.addLayout(line)
        session, connections = desk.session, desk.connections
        for field in ("busy", "labels", "experiment", "fingerprint"):
            connections.add(getattr(session.events, field), self._show)
        self._show()

    def judge(self) -> None:
        """Judge the labels as they are now, in the worker.

        Raises
        ------
        InputError
            There are no labels, or they or the coefficients are not ready.
        """
        session = self._desk.session
        layer = session.labels
        if layer is None:
            raise InputError("There are no labels: segment a volume, or open labels in the stage Open.")
        if refused := [*label_findings(session), *readiness_of(session).refusals()]:
            raise InputError(refused[0])
        coefficients = session.coefficients.values
        if coefficients is None:
            raise InputError("There are no linear attenuation coefficients: choose them above.")
        labels = labels_of(layer)
        if session.fingerprint is None:
            session.fingerprint = fingerprint_with_voxel_size(layer)
        check_sum = session.fingerprint
        volume = None if session.image is None else volume_of(session.image)
        if volume is not None and volume.shape != labels.shape:
            volume = None
        before = session.automatic.get(layer)
        automatic = None if before is None else orientation_of(layer).seen(before)
        if automatic is not None and (automatic.shape != labels.shape or np.array_equal(automatic, labels.data)):
            automatic = None
        uncertainty = session.uncertainty.get(layer)
        self._desk.bar.start(
            "Judge data quality",
            judge_quality,
            labels,
            asdict(coefficients),
            reflection_files=session.experiment.files,
            crystal=self.crystal.currentText(),
            energy_kev=coefficients.energy_kev or USUAL_KEV,
            offset_deg=session.experiment.offset_deg,
            automatic=automatic,
            volume=volume,
            uncertainty=uncertainty if isinstance(uncertainty, np.ndarray) else None,
            probabilities=None if volume is None else session.probabilities.get(session.image),
            model_folder=recall_folder(MODEL_FOLDER) or None,
            done=partial(self._arrived, layer, check_sum),
        )

    def _arrived(self, layer: LabelsLayer, check_sum: int | None, judged: JudgedQuality) -> None:
        self._judged = layer, check_sum, judged
        self._desk.bar.say(judged.sentences[0])
        self._show()

    def go_to(self, number: int) -> None:
        """Show one of the places that are told of, in all views."""
        if self._judged is not None:
            layer, _, judged = self._judged
            # Places are of the labels as they are seen.
            centre = orientation_of(layer).stored_voxel(judged.places_voxel[number], finest(layer).shape)
            jump(self._desk.viewer, centre, layer)

    def show_table(self) -> None:
        """Show the merging statistics in a window."""
        if self._judged is not None:
            TextWindow("What the labels cost in the merged data", self._judged[2].text, self).show()

    def show_picture(self) -> None:
        """Show the figures in a window."""
        if self._judged is not None:
            PictureWindow("What the labels cost in the merged data", self._judged[2].picture, self).show()

    def _show(self, value: Any = None) -> None:
        session = self._desk.session
        self.judge_button.setEnabled(session.labels is not None and not session.busy)
        for widget in (self.crystal_name, self.crystal):
            widget.setVisible(session.experiment.files is None)
        if self._judged is not None and self._judged[0] is not session.labels:
            self._judged = None
        judged = None if self._judged is None else self._judged[2]
        self.verdict.setText("" if judged is None else "\n".join(judged.sentences))
        self.verdict.setVisible(judged is not None)
        places = () if judged is None else judged.places_voxel
        for number, button in enumerate(self.place_buttons):
            button.setVisible(number < len(places))
        for button in (self.table_button, self.picture_button):
            button.setVisible(judged is not None)
        stale = self._judged is not None and session.fingerprint not in (None, self._judged[1])
        self.stale.setText(f"{WARNING_SIGN} Labels edited since: judge again.")
        self.stale.setVisible(stale)


class TextWindow(QDialog):
    """Shows a text beside the main window, in letters of one width; it can be selected and copied."""

    def __init__(self, title: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.view = QPlainTextEdit(text)
        self.view.setReadOnly(True)
        self.view.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        close = QPushButton("Close")
        close.clicked.connect(self.close)
        column = QVBoxLayout(self)
        column.addWidget(self.view)
        column.addWidget(close)
        self.resize(900, 520)
