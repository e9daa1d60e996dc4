"""Stage Check: volumes of the classes, and the absorption factors that follow from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QRadioButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ...errors import InputError
from ...factors import Factors
from ..class_labels.class_table import ClassTable
from ..layers.check_sum import fingerprint_with_voxel_size
from ..layers.label_layer import labels_of
from ..parts.dock_words import in_dock_words
from ..parts.fold import Fold
from ..parts.levels import WARNING_SIGN, set_level
from ..parts.readiness_light import ReadinessLight
from ..parts.stage import Desk, Stage, note
from ..planes.views_dock import LOOK_KEY, VIEWS_KEY, bind_keys, toggle_views
from ..session.computed_factors import ComputedFactors
from ..session.experiment import ExperimentFiles
from ..session.label_findings import label_findings
from ..session.readiness_facts import energies_of, readiness_of
from ..session.session import RESULT_FIELDS
from ..tasks.factors import absorb
from ..tasks.process import SPHERE
from ..tasks.reflection_files import ReflectionFiles
from .coefficient_box import CoefficientBox
from .edit_effect_view import EditEffectView
from .edit_follower import Settings
from .geometry_box import GeometryBox
from .quality_box import QualityBox

if TYPE_CHECKING:
    from ...absorption.coefficients import Coefficients
    from ..tasks.process import ProcessedSample

OFFSET_TIP = (
    "Degrees to add to the scan angles of the diffraction experiment to make them the angles of the tomogram: the zero "
    "between diffraction and tomography. If the diffraction goniometer stood at 30° where the tomogram has its angle "
    "zero, the offset is −30°. It goes into the A_h of a DIALS experiment and into the AnACor folder.\n"
    "The tomogram alone cannot tell it; a picture of the sample at a known goniometer angle can."
)


NUMBER_TIP = "One experiment of several in the .expt, counted from 0: coefficients hold for one wavelength."
AXIS_TIP = (
    "Where axis 0 of the labels lies, about which the tomogram was turned. For experiments that do not turn about X\n"
    "of DIALS: along the scan axis, where the same goniometer turned the tomogram, or along X all the same."
)


class CheckStage(Stage):
    """Computes A_h in the worker and shows how it is distributed."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        # Before the boxes, whose values it is told of.
        self.effect = EditEffectView(desk, self._effect_settings, self.button)
        # The result stays in sight, whatever is unfolded below it.
        self.fixed = QWidget()
        result = QVBoxLayout(self.fixed)
        result.setContentsMargins(8, 8, 8, 0)
        result.setSpacing(4)
        self.light = ReadinessLight(desk, short=True)
        result.addWidget(self.light)
        result.addWidget(self.effect.histogram)
        self.stale = note()
        set_level(self.stale, "warning")
        result.addWidget(self.stale)
        self.statistics = note()
        result.addWidget(self.statistics)
        result.addWidget(self.effect.line)
        self.compute_button = self.button(
            "Compute &absorption",
            self.compute,
            "Trace the incident and diffracted rays through the labels: the absorption factor A_h of each reflection.",
            big=True,
        )
        result.addWidget(self.compute_button)
        self.labels_choice = self.add_labels_choice(self.column)
        bind_keys(desk.viewer)
        self.planes_button = self.button(
            f"Three planes and 3-&D ({VIEWS_KEY})",
            partial(toggle_views, desk.viewer),
            "Show the two other planes and the labels in 3-D below the canvas, linked with it, or take them away "
            f"(key {VIEWS_KEY} in the canvas). Key {LOOK_KEY}: labels filled, outlined or hidden.",
        )
        self.column.addWidget(self.planes_button)
        self.coefficients = CoefficientBox(desk, self.button)
        self.column.addWidget(self.coefficients)
        self.column.addWidget(self._direction_box())
        self.doubts = note()
        set_level(self.doubts, "warning")
        self.column.addWidget(self.doubts)
        self.files_fold = Fold("", "What was found in the files of the experiment, and how they were taken.")
        self.found = note()
        self.files_fold.column.addWidget(self.found)
        self.column.addWidget(self.files_fold)
        self.geometry_box = GeometryBox(desk, self.button)
        self.column.addWidget(self.geometry_box)
        self.quality_box = QualityBox(desk, self.button)
        self.column.addWidget(self.quality_box)
        self.column.addWidget(self.effect)
        self.class_table = ClassTable(desk.viewer, desk.session, desk.connections)
        self.column.addWidget(self.class_table)
        self.column.addStretch(1)
        for field in ("busy", "labels"):
            self.when(field, self._show_ready)
        self.when("coefficients", self.effect.settings_changed)
        self.when("result", self._show_factors)
        for field in RESULT_FIELDS:
            self.when(field, self._show_stale)
        self._store_files()
        self._show_ready()
        self._show_factors()
        self._show_stale()

    def take_processed(self, sample: ProcessedSample, check_sum: int | None) -> None:
        """Take over coefficients, experiment and factors of a sample that was processed.

        Parameters
        ----------
        sample : ProcessedSample
            What came of it.
        check_sum : int or None
            Check sum of its labels, and their voxel size, as they came.
        """
        session = self.desk.session
        self.take_experiment(sample.request.reflection_files, SPHERE)
        self.coefficients.take(sample.coefficients, in_dock_words(sample.coefficients_explanation))
        if sample.factors is None or check_sum is None:
            session.result = None
            return
        values, directions = session.coefficients.values, session.experiment.directions
        session.result = ComputedFactors(sample.factors, check_sum, values, directions)
        self.effect.settings_changed()

    def take_experiment(self, files: ReflectionFiles | None, sphere: int) -> None:
        """Take the files of an experiment, or directions over a sphere, as if they had been chosen here."""
        if files is None:
            self.sphere.setValue(sphere)
            self.use_sphere.setChecked(True)
        else:
            self.experiment.setText(files.experiment)
            self.reflections.setText(files.reflections)
            self.experiment_number.setValue(-1 if files.experiment_number is None else files.experiment_number)
            self.axis_0.setCurrentIndex(self.axis_0.findData(files.axis_0))
            self.use_files.setChecked(True)
        self._store_files()

    def _effect_settings(self) -> Settings:
        session = self.desk.session
        experiment = session.experiment
        return given(session.coefficients.values), experiment.files, experiment.sphere, experiment.offset_deg

    def _store_offset(self, offset_deg: float) -> None:
        session = self.desk.session
        session.experiment = replace(session.experiment, offset_deg=offset_deg)
        self.effect.settings_changed()

    def _store_files(self) -> None:
        paths = self.experiment.text().strip(), self.reflections.text().strip()
        number = self.experiment_number.value()
        files = None
        if self.use_files.isChecked() and all(paths):
            files = ReflectionFiles(*paths, None if number < 0 else number, self.axis_0.currentData())
        energies = () if files is None else energies_of(files)
        session = self.desk.session
        session.experiment = ExperimentFiles(files, energies, session.experiment.offset_deg, self.sphere.value())
        if self.use_files.isChecked():
            name = Path(paths[1]).name or "choose the files"
            self.directions.title.setText(f"Reflections: {name}")
        else:
            self.directions.title.setText(f"Reflections: none yet, {self.sphere.value()} directions over a sphere")
        self.effect.settings_changed()

    def _direction_box(self) -> Fold:
        box = self.directions = Fold("Reflections", "What absorption factors are computed of.")
        kept = self.desk.session.experiment.files
        column = box.column
        line = QHBoxLayout()
        self.use_sphere = QRadioButton("directions over a sphere")
        self.use_sphere.setToolTip("For when there is no diffraction experiment yet.")
        self.use_sphere.setChecked(True)
        self.sphere = QSpinBox()
        self.sphere.setRange(10, 100000)
        self.sphere.setValue(500)
        line.addWidget(self.use_sphere, 1)
        line.addWidget(self.sphere)
        column.addLayout(line)
        self.use_files = QRadioButton("of a DIALS experiment")
        column.addWidget(self.use_files)
        self.files = QWidget()
        grid = QGridLayout(self.files)
        grid.setContentsMargins(0, 0, 0, 0)
        self.experiment, self.reflections = QLineEdit(), QLineEdit()
        for row, (field, suffix) in enumerate(((self.experiment, ".expt"), (self.reflections, ".refl"))):
            field.setPlaceholderText(f"integrated{suffix}")
            browse = self.button("…", partial(self._browse, field, suffix), f"Choose the {suffix} file.")
            browse.setMaximumWidth(32)
            browse.setAccessibleName(f"Choose the {suffix} file")
            grid.addWidget(QLabel(suffix), row, 0)
            grid.addWidget(field, row, 1)
            grid.addWidget(browse, row, 2)
        self.experiment_number = QSpinBox()
        self.experiment_number.setRange(-1, 9999)
        self.experiment_number.setValue(-1)
        self.experiment_number.setSpecialValueText("all")
        self.experiment_number.setToolTip(NUMBER_TIP)
        self.axis_0 = QComboBox()
        for text, value in (("X of DIALS", None), ("the scan axis", "scan"), ("X all the same", "x")):
            self.axis_0.addItem(text, value)
        self.axis_0.setToolTip(AXIS_TIP)
        for row, (text, tip, chooser) in enumerate(
            (("experiment", NUMBER_TIP, self.experiment_number), ("axis 0 is", AXIS_TIP, self.axis_0)), 2
        ):
            label = QLabel(text)
            label.setToolTip(tip)
            grid.addWidget(label, row, 0)
            grid.addWidget(chooser, row, 1, 1, 2)
        column.addWidget(self.files)
        line = QHBoxLayout()
        self.offset = QDoubleSpinBox()
        self.offset.setDecimals(2)
        self.offset.setRange(-360.0, 360.0)
        self.offset.setSuffix("°")
        self.offset.setValue(self.desk.session.experiment.offset_deg)
        self.offset.setToolTip(OFFSET_TIP)
        self.offset.valueChanged.connect(self._store_offset)
        name = QLabel("offset to the tomogram")
        name.setToolTip(OFFSET_TIP)
        line.addWidget(name, 1)
        line.addWidget(self.offset)
        column.addLayout(line)
        self.files.setVisible(False)
        self.use_files.toggled.connect(self.files.setVisible)
        self.use_files.toggled.connect(self._store_files)
        for field in (self.experiment, self.reflections):
            field.textChanged.connect(self._store_files)
        self.experiment_number.valueChanged.connect(self._store_files)
        self.axis_0.currentIndexChanged.connect(self._store_files)
        self.use_sphere.toggled.connect(self.sphere.setEnabled)
        self.sphere.valueChanged.connect(self._store_files)
        if kept is not None:
            self.experiment.setText(kept.experiment)
            self.reflections.setText(kept.reflections)
            self.experiment_number.setValue(-1 if kept.experiment_number is None else kept.experiment_number)
            self.axis_0.setCurrentIndex(self.axis_0.findData(kept.axis_0))
            self.use_files.setChecked(True)
        return box

    def _browse(self, field: QLineEdit, suffix: str) -> None:
        path, _ = QFileDialog.getOpenFileName(self, f"DIALS {suffix} file", "", f"DIALS (*{suffix});;All files (*)")
        if path:
            field.setText(path)

    def compute(self, then: Callable[[], None] | None = None) -> None:
        """Compute the absorption factors of the labels as they are now, in the worker.

        Parameters
        ----------
        then : callable, optional
            Called when they are there.

        Raises
        ------
        InputError
            There are no labels, or they, the coefficients or the reflections are not ready.
        """
        session = self.desk.session
        if session.labels is None:
            raise InputError("There are no labels: segment a volume, or open labels in the stage Open.")
        layer = session.labels
        if problems := label_findings(session):
            raise InputError(problems[0])
        labels = labels_of(layer)
        if session.fingerprint is None:
            # The count after the last stroke is still to come, but what is sent must be known by its check sum.
            session.fingerprint = fingerprint_with_voxel_size(layer)
        check_sum = session.fingerprint
        coefficients, directions = session.coefficients.values, session.experiment.directions
        if self.use_files.isChecked() and session.experiment.files is None:
            raise InputError("Choose both the .expt and the .refl file, or use directions over a sphere.")
        # A file that was named before it was written has said no energy yet.
        self._store_files()
        if refused := readiness_of(session).refusals():
            raise InputError(refused[0])
        self.desk.bar.start(
            "Compute absorption",
            absorb,
            labels,
            given(coefficients),
            reflection_files=session.experiment.files,
            sphere=session.experiment.sphere,
            offset_deg=session.experiment.offset_deg,
            remark=session.coefficients.remark,
            done=lambda factors: self._computed(ComputedFactors(factors, check_sum, coefficients, directions), then),
        )

    def _computed(self, result: ComputedFactors, then: Callable[[], None] | None = None) -> None:
        # While the job ran the user may have painted, gone on to other labels, or typed: the session compares.
        self.desk.session.result = result
        self.effect.settings_changed()
        self.desk.bar.say(f"Computed the absorption factors of {len(result.factors)} reflections.")
        if then is not None:
            then()

    def _show_ready(self, value: Any = None) -> None:
        session = self.desk.session
        self.compute_button.setEnabled(session.labels is not None and not session.busy)

    def _show_factors(self, value: Any = None) -> None:
        factors = self.desk.session.factors
        text, details = ("", "") if factors is None else statistics_text(factors)
        self.statistics.setText(text)
        self.statistics.setToolTip(details)
        self.statistics.setVisible(bool(text))
        # What was done to the coefficients is said beside them.
        remark = self.desk.session.coefficients.remark
        doubts, found = (
            step_findings(factors, "judge the coefficients"),
            step_findings(factors, "check the reflections"),
        )
        self.doubts.setText("\n".join(f"{WARNING_SIGN} {text}" for text in doubts if text != remark))
        self.doubts.setVisible(bool(self.doubts.text()))
        self.found.setText("\n".join(found))
        self.files_fold.title.setText(f"Files of the experiment: {len(found)} remark{'' if len(found) == 1 else 's'}")
        self.files_fold.setVisible(bool(found))

    def _show_stale(self, value: Any = None) -> None:
        session = self.desk.session
        self.stale.setVisible(session.factors is not None and (session.stale or session.settings_changed))
        if session.labels is None:
            text = "These are of labels that are not chosen any more, or were removed."
        else:
            what = "Labels edited or others chosen" if session.stale else "Coefficients or reflections changed"
            text = f"{what} since: compute again."
        self.stale.setText(f"{WARNING_SIGN} {text}")


def given(coefficients: Coefficients | None) -> dict[str, Any]:
    """Coefficients as the tasks of the worker take them."""
    return {} if coefficients is None else asdict(coefficients)


def statistics_text(factors: Factors) -> tuple[str, str]:
    """Mean and spread of absorption factors in a line, and their standard errors for the tool tip."""
    good = np.isfinite(factors.absorption)
    if not good.any():
        return "No reflection has a usable direction.", ""
    values, errors = factors.absorption[good], factors.standard_error[good]
    text = f"{good.sum()} reflections: mean {values.mean():.4f}, spread {values.std():.4f}."
    if not good.all():
        text += f" No usable direction: {np.count_nonzero(~good)}."
    if errors.max() > 0:
        details = f"Standard error of one A_h: median {np.median(errors):.1e}, largest {errors.max():.1e}."
    else:
        details = "Every crystal voxel was traced: no sampling error."
    return text, f"Spread: standard deviation over the reflections. {details}"


def step_findings(factors: Factors | None, step_name: str) -> list[str]:
    """Sentences that a step of the factors' record has found, in the words of the dock."""
    steps = () if factors is None else factors.provenance.steps
    checks = [step for step in steps if step.get("step") == step_name]
    return [in_dock_words(text) for text in checks[-1]["found"]] if checks else []
