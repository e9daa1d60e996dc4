"""ExportDialog: which drops are exported, in which forms, and where to."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtWidgets import QCheckBox, QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLabel, QWidget

from ...errors import InputError
from ...workflows.drops.export_drops import FORMS
from ..parts.folder_field import FolderField

_ACCEPTED, _ALL = "those that are accepted", "all, accepted or as found"


class ExportDialog(QDialog):
    """Asks what to export.

    Parameters
    ----------
    accepted, everything : int
        How many drops are accepted, and how many there are.
    folder : Path
        Where to, unless another folder is chosen.
    """

    def __init__(self, accepted: int, everything: int, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export drops")
        form = QFormLayout(self)
        self.which = QComboBox()
        self.which.addItems([f"{_ACCEPTED} ({accepted})", f"{_ALL} ({everything})"])
        self.which.setCurrentIndex(0 if accepted else 1)
        form.addRow("Drops", self.which)
        self.forms: dict[str, QCheckBox] = {}
        for name, text in FORMS.items():
            box = QCheckBox(text[0].upper() + text[1:])
            box.setChecked(True)
            self.forms[name] = box
            form.addRow(box)
        self.folder = FolderField()
        self.folder.setText(str(folder))
        form.addRow("Folder", self.folder)
        self.note = QLabel("Files that are there already are not replaced.")
        form.addRow(self.note)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        form.addRow(buttons)

    @property
    def only_accepted(self) -> bool:
        """Whether those that are not accepted are left out."""
        return self.which.currentIndex() == 0

    @property
    def chosen_forms(self) -> list[str]:
        """Forms that are ticked."""
        return [name for name, box in self.forms.items() if box.isChecked()]

    def _accept(self) -> None:
        try:
            self.folder.path()
            if not self.chosen_forms:
                raise InputError("Tick at least one form.")
        except InputError as error:
            self.note.setText(str(error))
            return
        self.accept()
