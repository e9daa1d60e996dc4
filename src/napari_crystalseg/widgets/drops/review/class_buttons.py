"""ClassButtons: the class of a micrograph, with the probability of each, chosen by a button or a digit."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from ....drops.classes import DROP_CLASSES

_TITLES = {"clear": "Clear", "crystals": "Crystals", "other": "Other", "precipitate": "Precip."}


class ClassButtons(QWidget):
    """Four buttons, of which one is down.

    Attributes
    ----------
    chosen : Signal
        Sent with the class that a person chose.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        self.buttons: dict[str, QPushButton] = {}
        self._group = QButtonGroup(self)
        for number, name in enumerate(DROP_CLASSES, 1):
            button = QPushButton(_TITLES[name])
            button.setCheckable(True)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.setToolTip(f"This drop is of the class {name} (key {number} in the plate).")
            button.setAccessibleName(f"Class {name}")
            button.clicked.connect(lambda checked=False, name=name: self.chosen.emit(name))
            self._group.addButton(button)
            self.buttons[name] = button
            line.addWidget(button)

    def show_class(self, drop_class: str | None, names: Sequence[str], probabilities: Sequence[float]) -> None:
        """Show the class of a micrograph, None where it is not known, and the probability, 0 to 1, of each name."""
        shares = dict(zip(names, probabilities, strict=bool(probabilities)))
        self._group.setExclusive(False)
        for name, button in self.buttons.items():
            button.setChecked(name == drop_class)
            share = shares.get(name)
            button.setText(_TITLES[name] + ("" if share is None else f"\n{100 * share:.0f} %"))
            button.setAccessibleName(f"Class {name}" + ("" if share is None else f", probability {100 * share:.0f} %"))
        self._group.setExclusive(True)
