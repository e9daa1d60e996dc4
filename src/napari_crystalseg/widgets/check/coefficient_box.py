"""Part of the stage Check: linear attenuation coefficients, typed in, looked up or measured."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QSignalBlocker
from qtpy.QtWidgets import QBoxLayout, QDoubleSpinBox, QHBoxLayout, QLabel, QWidget

from ...absorption.coefficients import Coefficients
from ...errors import InputError
from ...labels import Material
from ...workflows.coefficients import ASSUMED_PER_UM, EXAMPLE_ENERGY_KEV
from ..parts.fold import Fold
from ..parts.levels import WARNING_SIGN, set_level
from ..parts.picture_window import PictureWindow
from ..parts.stage import Desk, note
from ..session.chosen_coefficients import SessionCoefficients
from ..session.measured_in import MeasuredIn
from ..session.sample_ties import is_of_other_scan
from .coefficient_fields import MAIN, CoefficientFields
from .coefficient_jobs import CoefficientJobs
from .coefficient_words import ORIGINS, OTHER_SCAN, energy_text, is_of_other_energy, measured_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...calibration.measured_coefficients import MeasuredCoefficients
    from ...workflows.coefficient_energy import ConvertedCoefficients

EXAMPLE = Coefficients(
    **{material.title: value for material, value in ASSUMED_PER_UM.items()},
    energy_kev=EXAMPLE_ENERGY_KEV,
    origin="example",
)


class CoefficientBox(Fold):
    """Fields for the coefficients of the session, and buttons that fill them; folded to one line.

    Parameters
    ----------
    desk : Desk
        What the stages work with.
    make_button : callable
        ``make_button(text, action, tip)`` as :meth:`.stage.Stage.button`.
    """

    def __init__(self, desk: Desk, make_button: Callable[..., Any], parent: QWidget | None = None) -> None:
        tip = (
            "Linear attenuation coefficients at the energy of the diffraction experiment, per µm. 0.010 per µm means "
            "that 100 µm let through exp(−1) = 37 %. From per mm: divide by 1000; from per cm: divide by 10 000.\n"
            "The values to begin with are those of thaumatin at 3.0 keV: put in those of your sample."
        )
        super().__init__("µ", tip, parent)
        self._desk = desk
        self._jobs = CoefficientJobs(desk)
        before = desk.session.coefficients
        self._explanation = before.remark or "As they were set before."
        # What is to be known of them: beside them, and in the record of the factors.
        self._remark = self._done = before.remark
        self._measured_in = before.measured_in
        self.measured: MeasuredCoefficients | None = None
        self.column.addWidget(QLabel("linear attenuation coefficients, per µm"))
        self.values = CoefficientFields(before.values or EXAMPLE, tip, self)
        self.fields = self.values.by_class
        self.column.addLayout(self.values.grid)
        self.energy = QDoubleSpinBox()
        self.energy.setDecimals(3)
        self.energy.setRange(1.0, 50.0)
        self.energy.setValue(EXAMPLE_ENERGY_KEV)
        self.energy.setSuffix(" keV")
        self.energy.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.energy.setToolTip("Energy at which typical coefficients are looked up; it is that of the experiment.")
        self._energy_typed = False
        self.energy.valueChanged.connect(self._energy_chosen)
        self.table_button = make_button(
            "&Typical at", self.take_from_energy, "Typical liquor, Kapton and protein crystal at this energy."
        )
        self.measure_button = make_button(
            "From gre&ys",
            self.take_from_volume,
            "Medians of the volume well inside each class; right when the tomogram was taken at the energy of the "
            "diffraction experiment, and only for a volume in linear attenuation.",
        )
        self.scan_button = make_button(
            "F&rom scan",
            self.take_from_scan,
            "Measured in the projections of the raw scan, with standard errors: fringes, beam drift and surfaces that "
            "are a little off are allowed for. Needs the raw scan and its labels, and up to a minute. Right at the "
            "energy of the scan.",
        )
        self.held = QDoubleSpinBox()
        self.held.setDecimals(3)
        self.held.setRange(0.0, 60.0)
        self.held.setSpecialValueText("not said")
        self.held.setSuffix(" keV")
        self.held.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.held.setKeyboardTracking(False)
        self.held.setToolTip("Photon energy that the values typed in hold for: those of another one can be converted.")
        self.held.valueChanged.connect(self._store)
        self.held_line = QWidget()
        line = QHBoxLayout(self.held_line)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(QLabel("values typed in hold at"), 1)
        line.addWidget(self.held, 1)
        self.column.addWidget(self.held_line)
        for pair in ((self.table_button, self.energy), (self.measure_button, self.scan_button)):
            line = QHBoxLayout()
            for part in pair:
                line.addWidget(part, 1)
            self.column.addLayout(line)
        self.origin = note()
        self.column.addWidget(self.origin)
        self.findings = note()
        set_level(self.findings, "warning")
        self.column.addWidget(self.findings)
        self.residual_button = make_button(
            "Show resid&uals",
            self.show_residuals,
            "What the measured coefficients leave unexplained in the projections: it should look like noise.",
        )
        self.column.addWidget(self.residual_button)
        # Below the line that folds, so that it is seen with the box folded.
        self.energy_line = note()
        outside = self.layout()
        assert isinstance(outside, QBoxLayout)
        outside.insertWidget(1, self.energy_line)
        self.convert_button = make_button(
            "Conv&ert",
            self.convert,
            "Multiply each coefficient with the ratio that usual compositions of its material have between the two "
            "energies; half the range of that ratio is stated as its error. Elements that are in none of them, such as "
            "Se, I or metals, are not allowed for.",
        )
        outside.insertWidget(2, self.convert_button)
        self.values.typed_in.connect(self._typed_in)
        for name in ("busy", "scan", "labels"):
            desk.connections.add(getattr(desk.session.events, name), self._show_ready)
        for name in ("scan", "experiment", "coefficients", "image", "labels"):
            desk.connections.add(getattr(desk.session.events, name), self._show_origin)
        for name in ("scan", "experiment"):
            desk.connections.add(getattr(desk.session.events, name), self._offer_energy)
        self._explain(self._explanation)
        self._store()
        self._offer_energy()
        self._show_ready()

    def coefficients(self) -> Coefficients:
        """Coefficients as they stand in the fields."""
        return self.values.coefficients(self.held.value() or None)

    def take_from_energy(self) -> None:
        """Look up coefficients of typical materials at the energy typed in."""
        self._jobs.look_up(self.energy.value(), self._suggested)

    def take_from_volume(self) -> None:
        """Measure the coefficients in the volume that the labels lie on."""
        self._jobs.measure_in_volume(self._suggested)

    def take_from_scan(self) -> None:
        """Measure the coefficients in the projections that the labels come from."""
        self._jobs.measure_in_scan(self._measured)

    def take(self, values: Coefficients, explanation: str) -> None:
        """Take coefficients that were chosen elsewhere, with the sentence that says where they come from.

        Measured ones are of the labels and volume of the session.
        """
        session = self._desk.session
        if values != self.coefficients():
            self._fill(values)
            if values.other is None:
                self.values.forget_other()  # it is of the sample before
        self._measured_in = MeasuredIn(session.labels, session.image) if values.origin == "measured" else None
        self._explain(explanation)
        self._store()

    def convert(self) -> None:
        """Bring the coefficients to the energy of the experiment, in the worker."""
        self._jobs.convert(self.coefficients(), self._converted)

    def show_residuals(self) -> None:
        """Draw the residuals of the measurement in the worker, and show them in a window."""
        self._jobs.draw_residuals(self.measured, self._residuals_drawn)

    def _typed_in(self) -> None:
        if self.values.are_the_users:
            self._remark = self._done = ""
        # What was measured is what is used no more.
        self._explain(self._explanation)
        self._store()

    def _fill(self, values: Coefficients) -> None:
        self.values.fill(values)
        self._remark = self._done = ""

    def _store(self, value: Any = None) -> None:
        self._desk.session.coefficients = SessionCoefficients(self.coefficients(), self._done, self._measured_in)
        self._show_origin()

    def _suggested(self, found: Coefficients, measured_in: MeasuredIn | None) -> None:
        self._fill(found)
        self._measured_in = measured_in
        if found.origin == "tabulated":
            self._explain(f"Typical materials at {found.energy_kev:g} keV, not of this sample.")
        else:
            self._explain("Measured: medians of the voxel values well inside each class.")
        self._store()
        self._desk.bar.say("Coefficients filled in.")

    def _measured(self, measured: MeasuredCoefficients, measured_in: MeasuredIn) -> None:
        found = {
            material.title: value for material, value in measured.per_um.items() if np.isfinite(value) and value >= 0
        }
        if not found:
            self._explain(measured_text(measured), measured)
            self._store()
            return
        before = self.coefficients()
        # What could not be measured stays what it was, and stays an example where it was one.
        filled = replace(before, **found, energy_kev=measured.energy_kev, origin="measured")
        missing = [one for one in MAIN if one.title not in found and self._is_present(one)]
        if missing and before.origin == "example":
            filled = replace(filled, origin="example")
        self._fill(filled)
        self._measured_in = measured_in
        self._explain(measured_text(measured), measured)
        if missing and is_of_other_energy(before, measured.energy_kev):
            names = " and ".join(one.title for one in missing)
            self._remark = (
                f"{names.capitalize()} could not be measured: kept from before, of {before.energy_kev:.4g} keV, not "
                f"{measured.energy_kev:.4g} keV."
            )
            self._done = self._remark
        self._store()
        self._desk.bar.say("Coefficients measured and filled in.")

    def _converted(self, converted: ConvertedCoefficients, before: Coefficients) -> None:
        if self.coefficients() != before:
            raise InputError("The coefficients were changed while they were converted: press Convert again.")
        self._fill(converted.coefficients)
        self._explain(converted.sentence)
        errors = ", ".join(f"{title} ± {error:.1%}" for title, error in converted.relative_error.items())
        self._remark = f"Converted from {before.energy_kev:.4g} keV: {errors}, over usual compositions."
        self._done = converted.sentence
        self._store()
        self._desk.bar.say("Coefficients converted to the energy of the experiment.")

    def _is_present(self, material: Material) -> bool:
        volumes = self._desk.session.volumes_um3
        return volumes is None or volumes[material] > 0

    def _explain(self, text: str, measured: MeasuredCoefficients | None = None) -> None:
        self.measured = measured
        self._explanation = text
        findings = () if measured is None else measured.findings
        session = self._desk.session
        if measured is not None and session.labels is not None and session.scan is not None:
            if is_of_other_scan(session.labels, session.scan):
                findings = (OTHER_SCAN.format(session.labels.name, session.taken.name or "this scan"), *findings)
        self.findings.setText(" ".join(findings))
        self.findings.setVisible(bool(findings))
        self.residual_button.setVisible(measured is not None)
        self._show_origin()

    def _show_origin(self, value: Any = None) -> None:
        now = self.coefficients()
        example = now.origin == "example"
        by_hand = [material.title for material in self.values.by_hand]
        if now.origin == "given" and by_hand:
            text = "Typed in by hand."
        elif example:
            rest = [material.title for material in MAIN if material not in self.values.by_hand]
            text = (
                f"{WARNING_SIGN} Example values (thaumatin, {EXAMPLE_ENERGY_KEV:.1f} keV) for {', '.join(rest)}: put "
                "in your own."
            )
            self.title.setText(f"{WARNING_SIGN} µ: example, not your sample")
        else:
            text = self._explanation + (f" By hand: {', '.join(by_hand)}." if by_hand else "")
        if not example:
            how = "converted" if self._done else ORIGINS[now.origin]
            self.title.setText(f"µ: {how}{'' if now.energy_kev is None else f', {now.energy_kev:.4g} keV'}")
        self.origin.setText(text)
        set_level(self.title, "warning" if example else None)
        set_level(self.origin, "warning" if example else None)
        text, good = energy_text(
            now,
            self._desk.session.experiment.energies_kev,
            None if self._desk.session.scan is None else self._desk.session.scan.energy_kev,
        )
        self.held_line.setVisible(self.values.are_the_users)
        self.convert_button.setVisible(not good and now.energy_kev is not None)
        text = "\n".join(filter(None, (text, self._remark)))
        self.energy_line.setText(text)
        self.energy_line.setVisible(bool(text))
        set_level(self.energy_line, None if good else "problem")

    def _energy_chosen(self, value: float) -> None:
        self._energy_typed = True

    def _offer_energy(self, value: Any = None) -> None:
        """Offer the energy of the experiment, else that of the scan, until one was typed in."""
        session = self._desk.session
        known = [*session.experiment.energies_kev, *([] if session.scan is None else [session.scan.energy_kev])]
        if not self._energy_typed and known and known[0] is not None:
            with QSignalBlocker(self.energy):
                self.energy.setValue(known[0])

    def _residuals_drawn(self, png: bytes) -> None:
        self._desk.bar.say("Drawn.")
        PictureWindow("Residuals of the measured coefficients", png, self).show()

    def _show_ready(self, value: Any = None) -> None:
        session = self._desk.session
        self.scan_button.setEnabled(session.scan is not None and session.labels is not None and not session.busy)
