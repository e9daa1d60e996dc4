"""Stage Export: what goes to which folder."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from qtpy.QtWidgets import QCheckBox, QGroupBox, QMessageBox, QVBoxLayout

from ..errors import InputError
from . import tasks
from .folder_field import FolderField
from .label_layer import labels_of, source_of
from .stage import Desk, Stage, note


class ExportStage(Stage):
    """Writes labels, masks, factors and the AnACor folder in the worker."""

    title = "Export"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.labels_choice = self.add_labels_choice(self.column)
        box = QGroupBox("Write")
        inside = QVBoxLayout(box)
        self.choices = {
            "labels": QCheckBox("labels, one TIFF with the voxel size"),
            "masks": QCheckBox("masks, one TIFF for each class"),
            "factors": QCheckBox("absorption factors, JSON"),
            "anacor": QCheckBox("AnACor folder"),
        }
        for choice in self.choices.values():
            inside.addWidget(choice)
        self.choices["labels"].setChecked(True)
        self.factors_note = note()
        inside.addWidget(self.factors_note)
        self.column.addWidget(box)
        self.folder = FolderField()
        self.column.addWidget(self.folder)
        self.export_button = self.button("Export", self.export, "Write the chosen files.", big=True)
        self.column.addWidget(self.export_button)
        self.written = note()
        self.column.addWidget(self.written)
        self.column.addStretch(1)
        for field in ("busy", "labels", "factors", "stale", "settings_changed"):
            self.when(field, self._show_ready)
        self._show_ready()

    def export(self) -> None:
        """Write what is chosen, in the worker."""
        session = self.desk.session
        chosen = [name for name, box in self.choices.items() if box.isChecked() and box.isEnabled()]
        if session.labels is None:
            raise InputError("There are no labels to export: segment a volume, or open labels in the stage Open.")
        if not chosen:
            raise InputError("Nothing is chosen: tick what to write.")
        folder = self.folder.path()
        if "factors" in chosen and (outdated := self._outdated()):
            raise InputError(f"{outdated}: compute it again in the stage Check, or untick the absorption factors.")
        # A layer may be called anything, a file not.
        stem = re.sub(r"[^\w.-]+", "_", source_of(session.labels)).strip("_.") or "crystalseg"
        try:
            old = [path for path in tasks.export_paths(folder, stem, chosen) if path.exists()]
        except OSError as error:
            reason = error.strerror or error
            raise InputError(f"'{folder}' cannot be written to ({reason}); choose another folder.") from error
        if old and not self._may_replace(old):
            return
        self.desk.bar.start(
            "Export",
            tasks.export,
            labels_of(session.labels),
            str(folder),
            stem,
            chosen,
            session.coefficients_per_um,
            reflection_files=session.reflection_files,
            factors=session.factors if "factors" in chosen else None,
            done=self._exported,
        )

    def _may_replace(self, paths: list[Path]) -> bool:
        names = ", ".join(path.name for path in paths)
        answer = QMessageBox.question(self, "Replace files?", f"Already in this folder: {names}. Replace?")
        return answer == QMessageBox.StandardButton.Yes

    def _exported(self, paths: list[str]) -> None:
        folder = Path(paths[0]).parent
        self.written.setText("Written: " + ", ".join(Path(path).name for path in paths))
        self.desk.bar.say(f"Exported to {folder}.")

    def _show_ready(self, value: Any = None) -> None:
        session = self.desk.session
        self.export_button.setEnabled(session.labels is not None and not session.busy)
        self.choices["factors"].setEnabled(session.factors is not None)
        outdated = self._outdated()
        self.factors_note.setVisible(session.factors is None or bool(outdated))
        self.factors_note.setText(
            "Compute A_h in the stage Check to export the factors."
            if session.factors is None
            else f"{outdated}: compute it again."
        )

    def _outdated(self) -> str:
        """Why the factors are not those of the labels and settings as they are now; empty when they are."""
        session = self.desk.session
        if session.stale:
            return "The labels were edited after A_h was computed"
        if session.settings_changed:
            return "The coefficients or reflections were changed after A_h was computed"
        return ""
