"""A folder to write to: typed in or chosen."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QWidget

from ...errors import InputError


class FolderField(QWidget):
    """A line with the folder, and a button to choose it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        self._edit = QLineEdit()
        self._edit.setPlaceholderText("folder to write to")
        button = QPushButton("Choos&e…")
        button.setToolTip("Choose the folder to write to.")
        button.clicked.connect(self._browse)
        line.addWidget(self._edit, 1)
        line.addWidget(button)

    def text(self) -> str:
        """What is typed in."""
        return self._edit.text()

    def setText(self, text: str) -> None:
        """Show a folder."""
        self._edit.setText(text)

    def setPlaceholder(self, text: str) -> None:
        """Say what an empty field stands for."""
        self._edit.setPlaceholderText(text)

    def path(self) -> Path:
        """Return the whole path of the folder, with ``~`` resolved; a relative one is shown whole, too.

        Raises
        ------
        InputError
            None was chosen, or the user that ``~`` names is unknown.
        """
        text = self.text().strip()
        if not text:
            raise InputError("Choose the folder to write to.")
        try:
            # A name alone would be a folder wherever napari was started: say which one it is.
            folder = Path(text).expanduser().absolute()
        except RuntimeError as error:
            raise InputError(f"'{text}' cannot be written to ({error}); choose another folder.") from error
        if not Path(text).is_absolute() and not text.startswith("~"):
            self.setText(str(folder))
        return folder

    def _browse(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder to write to", self.text())
        if folder:
            self.setText(folder)
