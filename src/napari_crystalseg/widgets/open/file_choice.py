"""What has to be chosen before a file can be opened: one of several volumes in it, its axes, or its voxel size."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QGroupBox, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout

from ...errors import ChoiceNeeded, InputError
from ..parts.dock_words import in_dock_words
from ..parts.levels import WARNING_SIGN, set_level
from ..parts.stage import note

_ASKED = {"dataset": "take", "axes": "axes as stored", "voxel_size_um": "voxel, µm"}


@dataclass(frozen=True)
class ChosenReading:
    """How a file is to be read, where it does not say it itself.

    Parameters
    ----------
    axes, dataset : str or None
        As :func:`~..io.open_file` takes them.
    voxel_size_um : float or None
        Of cubes, µm.
    """

    axes: str | None = None
    dataset: str | None = None
    voxel_size_um: float | None = None

    def also(self, option: str, value: str) -> ChosenReading:
        """Return it with one more choice made.

        Raises
        ------
        InputError
            A voxel size that is no number above zero.
        """
        if option == "voxel_size_um":
            return replace(self, voxel_size_um=_size(value))
        if option == "axes":
            return replace(self, axes=value)
        # A channel is chosen of an image that was chosen before.
        return replace(self, dataset=f"{self.dataset},{value}" if self.dataset and "=" in value else value)


AS_STATED = ChosenReading()
"""As the file itself says."""


class FileChoice(QGroupBox):
    """Offers what a file holds, and opens it as chosen; hidden until a file asks."""

    chosen = Signal(object, object)
    """With the path and a :class:`ChosenReading`."""

    def __init__(self) -> None:
        super().__init__("Choose what to open")
        self._asked: list[tuple[Path, ChoiceNeeded, ChosenReading]] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 4)
        column.setSpacing(4)
        self.text = note()
        set_level(self.text, "warning")
        column.addWidget(self.text)
        line = QHBoxLayout()
        self.label = QLabel()
        self.offered = QComboBox()
        self.offered.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.offered.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.offered.setMinimumContentsLength(8)
        self.open_button = QPushButton("Open it")
        self.open_button.setToolTip("Open the file as chosen; what was chosen goes into its record.")
        self.leave_button = QPushButton("Leave it")
        self.leave_button.setToolTip("Do not open the file.")
        line.addWidget(self.label)
        line.addWidget(self.offered, 1)
        column.addLayout(line)
        # In a line of their own, for the width of the dock.
        buttons = QHBoxLayout()
        buttons.addWidget(self.open_button)
        buttons.addWidget(self.leave_button)
        column.addLayout(buttons)
        self.leave_button.clicked.connect(lambda: self.forget())
        self.offered.currentTextChanged.connect(self._show_ready)
        self._show_first()

    def ask(self, path: Path, needed: ChoiceNeeded, so_far: ChosenReading) -> None:
        """Offer what a refusal lists, after what other files ask; nothing is chosen beforehand."""
        self._asked = [one for one in self._asked if one[0] != path]
        self._asked.append((path, needed, so_far))
        self._show_first()

    def forget(self, path: Path | None = None) -> None:
        """Ask no more about a file, by default the one that is asked about now."""
        path = self._asked[0][0] if path is None and self._asked else path
        self._asked = [one for one in self._asked if one[0] != path]
        self._show_first()

    def _show_first(self) -> None:
        self.offered.clear()
        self.setVisible(bool(self._asked))
        if not self._asked:
            return
        _, needed, _ = self._asked[0]
        self.text.setText(f"{WARNING_SIGN} {in_dock_words(str(needed))}")
        self.label.setText(_ASKED.get(needed.option, needed.option))
        self.offered.setEditable(needed.option != "dataset")
        for value, said in needed.offered:
            self.offered.addItem(said, value)
        self.offered.setCurrentIndex(-1)
        if self.offered.isEditable():
            self.offered.setEditText("")
            line = self.offered.lineEdit()
            assert line is not None
            line.setPlaceholderText("such as xzy" if needed.option == "axes" else "such as 1.5")
        else:
            self.offered.setPlaceholderText(f"one of {len(needed.offered)}")
        self._show_ready()

    def take(self) -> None:
        """Say what was chosen.

        Raises
        ------
        InputError
            Nothing, or no voxel size.
        """
        value = self._value()
        if not value or not self._asked:
            raise InputError("Choose first what is to be opened.")
        path, needed, so_far = self._asked[0]
        self.chosen.emit(path, so_far.also(needed.option, value))

    def _value(self) -> str:
        typed = self.offered.currentText().strip()
        place = self.offered.findText(typed)
        return str(self.offered.itemData(place)) if place >= 0 else typed if self.offered.isEditable() else ""

    def _show_ready(self, text: str = "") -> None:
        self.open_button.setEnabled(bool(self._value()))


def _size(text: str) -> float:
    try:
        size = float(text.replace(",", "."))
    except ValueError:
        size = 0.0
    if not 0 < size < float("inf"):
        raise InputError(f"A voxel size is a number of µm above 0, such as 1.5; not '{text}'.")
    return size
