"""Part of the stage Check: linear attenuation coefficients, typed in, looked up or measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtWidgets import QDoubleSpinBox, QGridLayout, QGroupBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ..errors import InputError
from ..factors import ABSORBING
from ..labels import Material
from ..volume import Quantity, Volume
from ..workflows.coefficients import ASSUMED_PER_UM
from . import coefficient_tasks
from .geometry_tasks import alignment_of
from .label_findings import place_problem
from .label_layer import labels_of, volume_of
from .picture_window import PictureWindow
from .projection_layers import refuse_redrawn
from .stage import Desk, note

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..workflows.measured_coefficients import MeasuredCoefficients

WARNING_STYLE = "color: #f2b134;"


class CoefficientBox(QGroupBox):
    """Fields for the coefficients of the session, and buttons that fill them.

    Parameters
    ----------
    desk : Desk
        What the stages work with.
    make_button : callable
        ``make_button(text, action, tip)`` as :meth:`.stage.Stage.button`.
    """

    def __init__(self, desk: Desk, make_button: Callable[..., Any], parent: QWidget | None = None) -> None:
        super().__init__("Linear attenuation coefficients, per µm", parent)
        self._desk = desk
        self.measured: MeasuredCoefficients | None = None
        self.setToolTip(
            "At the energy of the diffraction experiment. 0.010 per µm means that 100 µm let through exp(−1) = 37 %. "
            "From per mm: divide by 1000; from per cm: divide by 10 000.\n"
            "The values to begin with are those of thaumatin at 3.0 keV: put in those of your sample."
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 4)
        column.setSpacing(4)
        kept = desk.session.coefficients_per_um
        column.addLayout(self._field_grid(kept))
        self.energy = QDoubleSpinBox()
        self.energy.setDecimals(3)
        self.energy.setRange(1.0, 50.0)
        self.energy.setValue(3.0)
        self.energy.setSuffix(" keV")
        self.energy.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.table_button = make_button(
            "From energy", self.take_from_energy, "Typical liquor, Kapton and protein crystal at this energy."
        )
        self.greys_button = make_button(
            "From greys",
            self.take_from_greys,
            "Medians of the volume well inside each class; right when the tomogram was taken at the energy of the "
            "diffraction experiment, and only for a volume in linear attenuation.",
        )
        self.scan_button = make_button(
            "From scan",
            self.take_from_scan,
            "Measured in the projections of the raw scan, with standard errors: fringes, beam drift and surfaces that "
            "are a little off are allowed for. Needs the raw scan and its labels, and up to a minute. Right at the "
            "energy of the scan.",
        )
        for pair in ((self.energy, self.table_button), (self.greys_button, self.scan_button)):
            line = QHBoxLayout()
            for part in pair:
                line.addWidget(part, 1)
            column.addLayout(line)
        self.origin = note("Example: thaumatin, 3.0 keV. Put in your own." if not kept else "As they were set before.")
        column.addWidget(self.origin)
        self.findings = note()
        self.findings.setStyleSheet(WARNING_STYLE)
        column.addWidget(self.findings)
        self.residual_button = make_button(
            "Show residuals",
            self.show_residuals,
            "What the measured coefficients leave unexplained in the projections: it should look like noise.",
        )
        column.addWidget(self.residual_button)
        for field in self.fields.values():
            field.valueChanged.connect(self._typed)
        for name in ("busy", "scan", "labels"):
            desk.connections.add(getattr(desk.session.events, name), self._show_ready)
        self._store()
        self._explain(self.origin.text())
        self._show_ready()

    def values_per_um(self) -> dict[str, float]:
        """Coefficients as they stand in the fields, 1/µm, by the title of the material."""
        return {material.title: field.value() for material, field in self.fields.items()}

    def take_from_energy(self) -> None:
        """Look up coefficients of typical materials at the energy typed in."""
        self._suggest(None, self.energy.value())

    def take_from_greys(self) -> None:
        """Measure the coefficients in the volume that the labels lie on."""
        session = self._desk.session
        if session.image is None or session.labels is None:
            raise InputError("Measuring coefficients takes a volume and its labels; one of them is missing.")
        volume = volume_of(session.image)
        if volume.quantity is not Quantity.LINEAR_ATTENUATION:
            raise InputError(
                f"The greys of '{session.image.name}' are not linear attenuation in 1/µm, so that no coefficient can "
                "be read from them; type in the coefficients or take them from the energy."
            )
        if problem := place_problem(session.labels, session.image):
            raise InputError(f"{problem} Coefficients are measured where both lie on each other.")
        self._suggest(volume, None)

    def take_from_scan(self) -> None:
        """Measure the coefficients in the projections that the labels come from."""
        session = self._desk.session
        if session.scan is None or session.labels is None:
            raise InputError("Measuring coefficients takes a raw scan and its labels; one of them is missing.")
        refuse_redrawn(self._desk.viewer, session.scan)
        labels = labels_of(session.labels)
        self._desk.bar.start(
            "Coefficients from the scan",
            coefficient_tasks.measure_in_scan,
            labels,
            session.scan,
            alignment_of(labels, session.scan),
            done=self._measured,
        )

    def show_residuals(self) -> None:
        """Draw the residuals of the measurement in the worker, and show them in a window."""
        if self.measured is None:
            raise InputError("No coefficients were measured in a scan yet.")
        self._desk.bar.start("Residuals", coefficient_tasks.draw_residuals, self.measured, done=self._residuals_drawn)

    def _field_grid(self, kept: dict[str, float]) -> QGridLayout:
        grid = QGridLayout()
        self.fields: dict[Material, QDoubleSpinBox] = {}
        for place, material in enumerate(ABSORBING):
            field = QDoubleSpinBox()
            field.setDecimals(5)
            field.setRange(0.0, 1.0)
            field.setSingleStep(0.0005)
            field.setValue(kept.get(material.title, ASSUMED_PER_UM.get(material, 0.0)))
            field.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
            field.setToolTip(self.toolTip())
            grid.addWidget(QLabel(material.title), place // 2, 2 * (place % 2))
            grid.addWidget(field, place // 2, 2 * (place % 2) + 1)
            self.fields[material] = field
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        return grid

    def _typed(self, value: float) -> None:
        self._explain("Typed in by hand.")
        self._store()

    def _store(self) -> None:
        self._desk.session.coefficients_per_um = self.values_per_um()

    def _suggest(self, volume: Volume | None, energy_kev: float | None) -> None:
        session = self._desk.session
        labels = labels_of(session.labels) if volume is not None and session.labels is not None else None
        self._desk.bar.start(
            "Coefficients", coefficient_tasks.suggest_coefficients, labels, volume, energy_kev, done=self._suggested
        )

    def _suggested(self, suggestion: tuple[dict[str, float], str]) -> None:
        values, explanation = suggestion
        for material, field in self.fields.items():
            if material.title in values:
                field.setValue(values[material.title])
        self._explain(explanation)
        self._desk.bar.say("Coefficients filled in.")

    def _measured(self, measured: MeasuredCoefficients) -> None:
        for material, value in measured.per_um.items():
            if np.isfinite(value) and value >= 0:
                self.fields[material].setValue(value)
        self._explain(measured_text(measured), measured)
        self._desk.bar.say("Coefficients measured and filled in.")

    def _explain(self, text: str, measured: MeasuredCoefficients | None = None) -> None:
        self.measured = measured
        self.origin.setText(text)
        findings = () if measured is None else measured.findings
        self.findings.setText(" ".join(findings))
        self.findings.setVisible(bool(findings))
        self.residual_button.setVisible(measured is not None)

    def _residuals_drawn(self, png: bytes) -> None:
        self._desk.bar.say("Drawn.")
        PictureWindow("Residuals of the measured coefficients", png, self).show()

    def _show_ready(self, value: Any = None) -> None:
        session = self._desk.session
        self.scan_button.setEnabled(session.scan is not None and session.labels is not None and not session.busy)


def measured_text(measured: MeasuredCoefficients) -> str:
    """Values with their standard errors, and what was not measured, in words."""
    found, kept = [], []
    for material, value in measured.per_um.items():
        if np.isfinite(value) and value >= 0:
            found.append(f"{material.title} {value:.5f} ± {measured.standard_error_per_um[material]:.5f}")
        else:
            kept.append(material.title)
    at = "" if measured.energy_kev is None else f" at {measured.energy_kev:.4g} keV"
    text = f"Measured in the projections{at}: {', '.join(found)}." if found else "Nothing could be measured."
    return text + (f" As before: {', '.join(kept)}." if kept else "")
