"""Stage Export: what goes to which folder."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from qtpy.QtWidgets import QCheckBox, QGroupBox, QHBoxLayout, QLabel, QMessageBox, QVBoxLayout

from ..errors import InputError
from . import export_tasks
from .command_lines import CommandLines
from .export_tasks import OF_FACTORS, SCALING, Exported, ExportPlan
from .folder_field import FolderField
from .geometry_box import NOT_CHECKED, WARNING_STYLE, geometry_text
from .label_layer import labels_of, source_of
from .stage import Desk, Stage, note


class ExportStage(Stage):
    """Writes labels, masks, factors, the table for DIALS and the AnACor folder in the worker."""

    title = "Export"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.labels_choice = self.add_labels_choice(self.column)
        self.column.addWidget(self._write_box())
        self.geometry_note = note()
        self.column.addWidget(self.geometry_note)
        self.folder = FolderField()
        self.column.addWidget(self.folder)
        self.export_button = self.button("Export", self.export, "Write the chosen files.", big=True)
        self.column.addWidget(self.export_button)
        self.commands = CommandLines(
            "Scale in DIALS (3.13 or later) with one of", ("the factors alone", "and spherical harmonics on top")
        )
        self.column.addWidget(self.commands)
        self.written = note()
        self.column.addWidget(self.written)
        self.column.addStretch(1)
        for field in ("busy", "labels", "factors", "stale", "settings_changed", "reflection_files"):
            self.when(field, self._show_ready)
        for field in ("scan", "labels", "geometry", "geometry_fingerprint", "fingerprint"):
            self.when(field, self._show_geometry)
        self._show_ready()
        self._show_geometry()

    def _write_box(self) -> QGroupBox:
        box = QGroupBox("Write")
        inside = QVBoxLayout(box)
        self.choices = {
            "labels": QCheckBox("labels, one TIFF with the voxel size"),
            "masks": QCheckBox("masks, one TIFF for each class"),
            "factors": QCheckBox("JSON"),
            "csv": QCheckBox("CSV"),
            "hdf5": QCheckBox("HDF5"),
            "histogram": QCheckBox("histogram of A_h, PNG and CSV"),
            SCALING: QCheckBox("reflections with A_h for dials.scale (.refl)"),
            "anacor": QCheckBox("AnACor folder"),
        }
        self.choices[SCALING].setToolTip(
            "The reflection table with one more column, analytical_correction; all others stay byte by byte. For the "
            "reflections of a DIALS experiment."
        )
        line = QHBoxLayout()
        for name, choice in self.choices.items():
            if name in ("factors", "csv", "hdf5"):
                if name == "factors":
                    line.addWidget(QLabel("absorption factors:"))
                    inside.addLayout(line)
                line.addWidget(choice)
            else:
                inside.addWidget(choice)
        line.addStretch(1)
        self.choices["labels"].setChecked(True)
        self.factors_note = note()
        inside.addWidget(self.factors_note)
        return box

    def export(self) -> None:
        """Write what is chosen, in the worker."""
        session = self.desk.session
        chosen = tuple(name for name, box in self.choices.items() if box.isChecked() and box.isEnabled())
        if session.labels is None:
            raise InputError("There are no labels to export: segment a volume, or open labels in the stage Open.")
        if not chosen:
            raise InputError("Nothing is chosen: tick what to write.")
        folder = self.folder.path()
        of_factors = any(name in OF_FACTORS for name in chosen)
        if of_factors and (outdated := self._outdated()):
            raise InputError(f"{outdated}: compute it again in the stage Check, or untick what holds it.")
        # A layer may be called anything, a file not.
        stem = re.sub(r"[^\w.-]+", "_", source_of(session.labels)).strip("_.") or "crystalseg"
        plan = ExportPlan(folder, stem, chosen, session.reflection_files)
        try:
            old = [path for path in plan.paths() if path.exists()]
        except OSError as error:
            reason = error.strerror or error
            raise InputError(f"'{folder}' cannot be written to ({reason}); choose another folder.") from error
        if old and not self._may_replace(old):
            return
        self.commands.show_commands(())
        self.written.setText("")
        self.desk.bar.start(
            "Export",
            export_tasks.export,
            labels_of(session.labels),
            plan,
            session.coefficients_per_um,
            offset_deg=session.offset_deg,
            factors=session.factors if of_factors else None,
            done=self._exported,
        )

    def _may_replace(self, paths: list[Path]) -> bool:
        names = ", ".join(path.name for path in paths)
        answer = QMessageBox.question(self, "Replace files?", f"Already in this folder: {names}. Replace?")
        return answer == QMessageBox.StandardButton.Yes

    def _exported(self, exported: Exported) -> None:
        folder = Path(exported.paths[0]).parent
        # A long name would widen the dock: it may be broken after its joints.
        names = re.sub(r"([_.])", "\\1\N{ZERO WIDTH SPACE}", ", ".join(Path(path).name for path in exported.paths))
        self.written.setText("\n".join([f"Written: {names}", *exported.statements]))
        self.commands.show_commands(exported.commands)
        self.desk.bar.say(f"Exported to {folder}.")

    def _show_ready(self, value: Any = None) -> None:
        session = self.desk.session
        self.export_button.setEnabled(session.labels is not None and not session.busy)
        for name in OF_FACTORS:
            self.choices[name].setEnabled(session.factors is not None)
        of_experiment = session.reflection_files is not None
        self.choices[SCALING].setEnabled(session.factors is not None and of_experiment)
        outdated = self._outdated()
        self.factors_note.setVisible(session.factors is None or bool(outdated) or not of_experiment)
        if session.factors is None:
            text = "Compute A_h in the stage Check to export factors, histogram and .refl."
        elif outdated:
            text = f"{outdated}: compute it again."
        else:
            text = "A .refl takes A_h of the reflections of a DIALS experiment (stage Check)."
        self.factors_note.setText(text)
        self.factors_note.setStyleSheet(WARNING_STYLE if outdated else "")

    def _show_geometry(self, value: Any = None) -> None:
        session = self.desk.session
        text, good = geometry_text(session)
        if text == NOT_CHECKED:
            text += " See Geometry in the stage Check."
        self.geometry_note.setText(text)
        self.geometry_note.setVisible(session.scan is not None and session.labels is not None)
        self.geometry_note.setStyleSheet("" if good else WARNING_STYLE)

    def _outdated(self) -> str:
        """Why the factors are not those of the labels and settings as they are now; empty when they are."""
        session = self.desk.session
        if session.factors is None:
            return ""
        if session.labels is None:
            return "The labels that A_h was computed of are not chosen any more, or were removed"
        if session.stale:
            return "The labels were edited after A_h was computed"
        if session.settings_changed:
            return "The coefficients or reflections were changed after A_h was computed"
        return ""
