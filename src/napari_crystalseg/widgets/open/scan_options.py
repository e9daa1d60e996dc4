"""Options of a reconstruction, folded away: every one has a default that suits nearly every scan."""

from __future__ import annotations

from dataclasses import replace

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QHBoxLayout, QLabel, QSpinBox, QWidget

from ...errors import InputError
from ...scan import Scan
from ...tomography import Recipe
from ...tomography.binning import BINNINGS
from ...tomography.judged_scan import AXES, turned
from ...tomography.methods.methods import METHODS
from ...tomography.preprocessing.preprocessing import Preprocessing
from ...tomography.preprocessing.ring_removal import STRIPE_METHODS
from ..parts.dock_words import IN_SPITE
from ..parts.fold import Fold
from ..parts.folder_field import FolderField
from ..parts.stage import form

PHASE_OFF, PHASE_LIQUOR, PHASE_RATIO = "off", "liquor", "δ/β"


class ScanOptions(Fold):
    """Method, binning, rows, stripes, phase retrieval, and where a large volume is written.

    Laid by hand, and not a :class:`~..parts.parameter_form.ParameterForm`: one field a row would take two or three rows
    more, and ranges, words and what is shown follow the scan and each other.
    """

    changed = Signal()
    """What the live slice depends on was changed."""
    chosen = Signal()
    """The side that the rotation axis lies along, or whether to go on in spite of findings, was chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Options", "Nothing here needs to be touched.", parent)
        rows = form()
        self.column.addLayout(rows)

        self.method = _choice(METHODS, "auto: the GPU where there is one, else our Fourier method.")
        self.binning = _choice(tuple(map(str, BINNINGS)), "Pixels averaged: 2 is 8 times smaller, 4 is 64 times.")
        rows.addRow("method", self.method)
        rows.addRow("binning", self.binning)
        self.first, self.last = QSpinBox(), QSpinBox()
        for field, tip in ((self.first, "First row of the detector."), (self.last, "The row after the last.")):
            field.setToolTip(tip)
            field.setStyleSheet("min-width: 50px;")
            field.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        rows.addRow("rows", _side_by_side(self.first, QLabel("to"), self.last))
        self.stripes = _choice(
            STRIPE_METHODS, "How rings are kept away: median suits most; all for broad and dead ones too; none."
        )
        self.stripes.currentIndexChanged.connect(lambda index: self.changed.emit())
        rows.addRow("stripes", self.stripes)
        self.phase = _choice(
            (PHASE_OFF, PHASE_LIQUOR, PHASE_RATIO),
            "Undo the bright and dark edges of propagation: with δ/β of the liquor at the energy, or your own. The "
            "live slice is shown without.",
        )
        self.phase.currentIndexChanged.connect(self._show_phase)
        self.ratio = _number(" ", 1.0, 1e6, 1000.0, "Ratio of δ to β of the sample.")
        rows.addRow("phase", _side_by_side(self.phase, self.ratio))
        self.energy = _number(" keV", 0.0, 300.0, 0.0, "Photon energy, which phase retrieval needs.")
        self.distance = _number(" mm", 0.0, 1e5, 0.0, "From the sample to the detector, which phase retrieval needs.")
        for number in (self.energy, self.distance):
            number.setSpecialValueText("unknown")
        self._beam = _side_by_side(self.energy, self.distance)
        rows.addRow("beam", self._beam)
        self._beam_label = rows.labelForField(self._beam)
        self.axis = _choice(AXES, "What the rotation axis lies along on the detector; rows are exchanged with columns.")
        self.axis.currentIndexChanged.connect(lambda index: self.chosen.emit())
        rows.addRow("axis along", self.axis)
        self.force = QCheckBox(IN_SPITE)
        self.force.setToolTip("Go on with a scan that does not fit its angles, or has many bad frames.")
        self.force.toggled.connect(lambda on: self.chosen.emit())
        rows.addRow("", self.force)
        self.folder = FolderField()
        self.folder.setToolTip("A volume that is large for the memory is written to a file here, and shown from it.")
        self.folder.setPlaceholder("beside the scan")
        rows.addRow("file", self.folder)
        self._show_phase()

    def show_scan(self, scan: Scan) -> None:
        """Take the limits of a scan, and what it says of the beam; choices that suit any scan stay."""
        # What was found in another scan is no reason to go on with this one.
        self.force.setChecked(False)
        self.show_rows(scan)
        for box, known in ((self.energy, scan.energy_kev), (self.distance, scan.distance_mm)):
            box.setValue(known or 0.0)
            box.setEnabled(known is None)

    def show_rows(self, scan: Scan) -> None:
        """Take the rows of a scan, turned as chosen: all of them."""
        rows = self.frames(scan).shape[1]
        for field, value in ((self.first, 0), (self.last, rows)):
            field.setRange(0, rows)
            field.setValue(value)

    def frames(self, scan: Scan) -> Scan:
        """Return the scan with its rotation axis along the columns."""
        return turned(scan, self.axis.currentText())

    def recipe(self, scan: Scan, centre_px: float | None) -> Recipe:
        """Return what is to be done.

        Raises
        ------
        InputError
            Choices that do not suit the scan.
        """
        first, last = self.first.value(), self.last.value()
        if first >= last:
            raise InputError(f"The rows {first} to {last} are none; the last must be more than the first.")
        ratio = self.ratio.value() if self.phase.currentText() == PHASE_RATIO else None
        recipe = Recipe(
            centre_px=centre_px,
            preprocessing=Preprocessing(remove_stripes=self.stripes.currentText(), delta_beta=ratio),
            method=self.method.currentText(),
            rows=None if (first, last) == (0, self.frames(scan).shape[1]) else (first, last),
            binning=int(self.binning.currentText()),
            axis=self.axis.currentText(),
            force=self.force.isChecked(),
        )
        recipe.check(scan)
        return recipe

    @property
    def liquor(self) -> bool:
        """Whether the phase is retrieved with δ/β of the liquor."""
        return self.phase.currentText() == PHASE_LIQUOR

    def completed(self, scan: Scan) -> Scan:
        """Return the scan with energy and distance as typed in, where it does not say them."""
        if scan.energy_kev is None and self.energy.value() > 0:
            scan = replace(scan, energy_kev=self.energy.value())
        if scan.distance_mm is None and self.distance.value() > 0:
            scan = replace(scan, distance_mm=self.distance.value())
        return scan

    def _show_phase(self, index: int = 0) -> None:
        self.ratio.setVisible(self.phase.currentText() == PHASE_RATIO)
        on = self.phase.currentText() != PHASE_OFF
        self._beam.setVisible(on)
        if self._beam_label is not None:
            self._beam_label.setVisible(on)


def _choice(entries: tuple[str, ...], tip: str) -> QComboBox:
    box = QComboBox()
    box.addItems(entries)
    box.setToolTip(tip)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(4)
    box.setStyleSheet("min-width: 60px;")
    return box


def _number(suffix: str, low: float, high: float, value: float, tip: str) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setRange(low, high)
    box.setDecimals(3 if suffix.strip() else 1)
    box.setValue(value)
    box.setSuffix(suffix.rstrip() and suffix)
    box.setToolTip(tip)
    box.setStyleSheet("min-width: 60px;")
    box.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
    return box


def _side_by_side(*widgets: QWidget) -> QWidget:
    holder = QWidget()
    line = QHBoxLayout(holder)
    line.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        line.addWidget(widget, 0 if isinstance(widget, QLabel) else 1)
    return holder
