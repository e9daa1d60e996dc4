"""Stage Export: what goes to which folder."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QUrl
from qtpy.QtGui import QDesktopServices
from qtpy.QtWidgets import QCheckBox, QGroupBox, QHBoxLayout, QLabel, QMessageBox, QVBoxLayout

from ...errors import InputError
from ..check.check_stage import given
from ..layers.label_layer import labels_of
from ..layers.layer_record import source_of
from ..parts.command_lines import CommandLines
from ..parts.folder_field import FolderField
from ..parts.levels import SIGNS
from ..parts.readiness_light import ReadinessLight
from ..parts.stage import Desk, Stage, note
from ..session.readiness_facts import factors_outdated
from ..session.remembered import EXPORT_CHOICES, EXPORT_FOLDER, recall, recall_folder, remember
from ..session.session import RESULT_FIELDS
from ..tasks.export import CORRECTED, OF_FACTORS, SCALING, Exported, ExportPlan, export

if TYPE_CHECKING:
    from ..tasks.process import ProcessedSample


_USUAL = ("labels", "factors", SCALING)
"""What is written until something else was chosen."""


class ExportStage(Stage):
    """Writes labels, masks, factors, the table for DIALS and the AnACor folder in the worker.

    Parameters
    ----------
    desk : Desk
        What the stages work with.
    compute : callable, optional
        ``compute(then)``: computes the factors of the labels as they are, and calls ``then``; for factors that are
        outdated when they are to be exported.
    """

    def __init__(self, desk: Desk, compute: Callable[[Callable[[], None]], None] | None = None) -> None:
        super().__init__(desk)
        self._compute = compute
        self._results = ""  # folder of the sample at hand
        self.labels_choice = self.add_labels_choice(self.column)
        self.column.addWidget(self._write_box())
        self.light = ReadinessLight(desk, with_coefficients=self._with_coefficients, brings_up=compute is not None)
        self.column.addWidget(self.light)
        for choice in self.choices.values():
            choice.toggled.connect(self.light.schedule)
        self.folder = FolderField()
        self.folder.setText(recall_folder(EXPORT_FOLDER))
        self.column.addWidget(self.folder)
        self.export_button = self.button("E&xport", self.export, "Write the chosen files.", big=True)
        self.column.addWidget(self.export_button)
        self.commands = CommandLines(
            "Scale in DIALS (3.13 or later) with one of", ("the factors alone", "and spherical harmonics on top")
        )
        self.column.addWidget(self.commands)
        self.written = note()
        self.column.addWidget(self.written)
        self.open_folder = self.button("&Open folder", self._open_folder, "Show the folder in the file browser.")
        self.open_folder.setVisible(False)
        self.column.addWidget(self.open_folder)
        self.column.addStretch(1)
        for field in ("busy", *RESULT_FIELDS):
            self.when(field, self._show_ready)
        self.when("processed", self._follow_results)
        self._follow_results(desk.session.processed)
        self._show_ready()

    def _write_box(self) -> QGroupBox:
        box = QGroupBox("Write")
        inside = QVBoxLayout(box)
        self.choices = {
            "labels": QCheckBox("la&bels, one TIFF with the voxel size"),
            "masks": QCheckBox("&masks, one TIFF for each class"),
            "factors": QCheckBox("JSON"),
            "csv": QCheckBox("CSV"),
            "hdf5": QCheckBox("HDF5"),
            "histogram": QCheckBox("histogram, PNG and CSV"),
            "cif": QCheckBox("C&IF block for a paper"),
            SCALING: QCheckBox("reflections for dials.scale (.refl)"),
            CORRECTED: QCheckBox("reflections with I/A, for XDS or old DIALS"),
            "anacor": QCheckBox("&AnACor folder"),
        }
        self.choices[SCALING].setToolTip(
            "The reflection table with A_h in one more column, analytical_correction; all others stay byte by byte. "
            "For the reflections of a DIALS experiment."
        )
        self.choices[CORRECTED].setToolTip(
            "The reflection table with intensities divided by A_h and variances by its square, for DIALS before 3.13 "
            "and for scaling elsewhere. Not to be scaled with analytical_correction: that would correct twice."
        )
        self.choices["cif"].setToolTip(
            "T_min, T_max, the crystal's linear attenuation coefficient, type and details of the correction, in the "
            "items that checkCIF and a deposition ask for."
        )
        line = QHBoxLayout()
        line.setContentsMargins(18, 0, 0, 0)
        for name, choice in self.choices.items():
            if name in ("factors", "csv", "hdf5"):
                if name == "factors":
                    inside.addWidget(QLabel("absorption factors:"))
                    inside.addLayout(line)
                line.addWidget(choice)
            else:
                inside.addWidget(choice)
        line.addStretch(1)
        remembered = recall(EXPORT_CHOICES).split(",")
        for name, choice in self.choices.items():
            choice.setChecked(name in remembered if any(remembered) else name in _USUAL)
        self.factors_note = note()
        inside.addWidget(self.factors_note)
        return box

    def export(self, brought_up: bool = False) -> None:
        """Write what is chosen, in the worker; factors that are outdated are computed first.

        Parameters
        ----------
        brought_up : bool
            Whether the factors were computed for this export.

        Raises
        ------
        InputError
            There are no labels, nothing is chosen, factors are outdated, or the folder cannot be written to.
        """
        session = self.desk.session
        chosen = tuple(name for name, box in self.choices.items() if box.isChecked() and box.isEnabled())
        if session.labels is None:
            raise InputError("There are no labels to export: segment a volume, or open labels in the stage Open.")
        if not chosen:
            raise InputError("Nothing is chosen: tick what to write.")
        folder = self.folder.path()
        of_factors = any(name in OF_FACTORS for name in chosen)
        if of_factors and self._outdated() and self._compute is not None and not brought_up:
            # As they are now: nobody is to go back for it.
            self._compute(partial(self.export, brought_up=True))
            return
        if of_factors and (outdated := self._outdated()):
            raise InputError(f"{outdated}: compute it again in the stage Check, or untick what holds it.")
        labels = labels_of(session.labels)  # what is wrong with them is said before anything is asked
        # A layer may be called anything, a file not.
        stem = re.sub(r"[^\w.-]+", "_", source_of(session.labels)).strip("_.").removesuffix("_labels") or "crystalseg"
        plan = ExportPlan(folder, stem, chosen, session.experiment.files)
        try:
            old = [path for path in plan.paths() if path.exists()]
        except OSError as error:
            reason = error.strerror or error
            raise InputError(f"'{folder}' cannot be written to ({reason}); choose another folder.") from error
        confirmed = self.light.problems()
        if confirmed and not self._confirmed(confirmed):
            self.desk.bar.say("Nothing was exported.")
            return
        if old and not self._may_replace(old):
            return
        if str(folder) != self._results:
            # A folder of the user's choice is that of the next samples too.
            remember(EXPORT_FOLDER, folder)
        remember(EXPORT_CHOICES, ",".join(chosen))
        self.commands.show_commands(())
        self.written.setText("")
        self.desk.bar.start(
            "Export",
            export,
            labels,
            plan,
            given(session.coefficients.values),
            offset_deg=session.experiment.offset_deg,
            factors=session.factors if of_factors else None,
            confirmed=confirmed,
            done=self._exported,
        )

    def _follow_results(self, sample: ProcessedSample | None) -> None:
        """Write into the folder of the sample's results, unless the user has chosen one for all samples."""
        if sample is None or not sample.request.folder:
            return
        own = self.folder.text().strip()
        if own in ("", self._results):
            self._results = sample.request.folder
            self.folder.setText(self._results)

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))

    def _with_coefficients(self) -> bool:
        """Whether what is ticked holds coefficients or factors."""
        chosen = [name for name, box in self.choices.items() if box.isChecked() and box.isEnabled()]
        return "anacor" in chosen or any(name in OF_FACTORS for name in chosen)

    def _confirmed(self, problems: tuple[str, ...]) -> bool:
        listed = "\n\n".join(f"{SIGNS['problem']} {text}" for text in problems)
        answer = QMessageBox.warning(
            self,
            "Export all the same?",
            f"{listed}\n\nExport all the same? The files will say that this was known.",
            QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.No,
            QMessageBox.StandardButton.No,
        )
        return answer == QMessageBox.StandardButton.Yes

    def _may_replace(self, paths: list[Path]) -> bool:
        names = ", ".join(path.name for path in paths)
        answer = QMessageBox.question(self, "Replace files?", f"Already in this folder: {names}. Replace?")
        return answer == QMessageBox.StandardButton.Yes

    def _exported(self, exported: Exported) -> None:
        folder = self._folder = Path(exported.paths[0]).parent
        # A long name would widen the dock: it may be broken after its joints.
        names = re.sub(r"([_.])", "\\1\N{ZERO WIDTH SPACE}", ", ".join(Path(path).name for path in exported.paths))
        self.written.setText("\n".join([f"Written: {names}", *exported.statements]))
        self.commands.show_commands(exported.commands)
        self.desk.bar.say(f"Exported to {folder}.")
        self.open_folder.setVisible(True)

    def _show_ready(self, value: Any = None) -> None:
        session = self.desk.session
        self.export_button.setEnabled(session.labels is not None and not session.busy)
        for name in OF_FACTORS:
            self.choices[name].setEnabled(session.factors is not None)
        of_experiment = session.experiment.files is not None
        for name in (SCALING, CORRECTED):
            self.choices[name].setEnabled(session.factors is not None and of_experiment)
        self.factors_note.setVisible(session.factors is None or not of_experiment)
        if session.factors is None:
            text = "Compute the absorption in the stage Check to export factors, histogram and .refl."
        else:
            text = "A .refl takes the reflections of a DIALS experiment (stage Check)."
        self.factors_note.setText(text)

    def _outdated(self) -> str:
        return factors_outdated(self.desk.session)
