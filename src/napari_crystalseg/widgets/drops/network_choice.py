"""NetworkChoice: the bundled network, or a file that the user brings."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QFileDialog, QWidget

_FILES = "Weights (*.pt *.pth *.pytorch *.tar);;All files (*)"
_BUNDLED, _OTHER = "bundled demo", "file of your own…"


class NetworkChoice(QComboBox):
    """Which network is asked.

    Attributes
    ----------
    changed : Signal
        Another was chosen.

    Parameters
    ----------
    what : str
        What it is, such as ``classifier``.
    """

    changed = Signal()

    def __init__(self, what: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._what = what
        self.path: Path | None = None
        """File of the network; None is the bundled one."""
        self.addItems([_BUNDLED, _OTHER])
        self.setAccessibleName(f"Network: {what}")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(14)
        self.activated.connect(self._activated)
        self._say()

    def use(self, path: Path | None) -> None:
        """Use the network of a file; None is the bundled one."""
        while self.count() > 2:
            self.removeItem(1)
        if path is not None:
            self.insertItem(1, path.name)
        self.setCurrentIndex(0 if path is None else 1)
        if path != self.path:
            self.path = path
            self._say()
            self.changed.emit()

    def _activated(self, index: int) -> None:
        if index == 0:
            self.use(None)
        elif index == self.count() - 1:
            chosen, _ = QFileDialog.getOpenFileName(self, f"Weights of the {self._what}", "", _FILES)
            self.use(_of_folder(Path(chosen)) if chosen else self.path)

    def _say(self) -> None:
        if self.path is None:
            self.setToolTip(f"The bundled {self._what} was trained on simulated drops alone.")
        else:
            self.setToolTip(str(self.path))


def _of_folder(path: Path) -> Path:
    """The folder of weights that were trained here, which have a card beside them; any other file as it is."""
    return path.parent if (path.parent / "card.json").is_file() else path
