"""The classes that strokes are drawn of: a button each, and how many voxels were drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QButtonGroup, QGridLayout, QLabel, QPushButton, QWidget

from ...labels import Material
from ..class_labels.class_keys import class_key
from ..class_labels.class_table import swatch


class StrokeClasses(QWidget):
    """One row a class.

    Parameters
    ----------
    chosen : callable
        Called with the class whose button was pressed.
    """

    def __init__(self, chosen: Callable[[Material], None]) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(2)
        self._group = QButtonGroup(self)
        self.buttons: dict[Material, QPushButton] = {}
        self.counts: dict[Material, QLabel] = {}
        heading = QLabel("voxels")
        heading.setAlignment(Qt.AlignmentFlag.AlignRight)
        grid.addWidget(heading, 0, 1)
        for row, material in enumerate(Material, start=1):
            button = QPushButton(swatch(material), material.title)
            button.setCheckable(True)
            button.setStyleSheet("text-align: left; padding: 2px 6px;")
            seen = ", which is drawn white" if material is Material.AIR else ""
            button.setToolTip(f"Draw strokes of {material.title}{seen} (key {class_key(material)}).")
            self._group.addButton(button, int(material))
            grid.addWidget(button, row, 0)
            count = QLabel("0")
            count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(count, row, 1)
            self.buttons[material], self.counts[material] = button, count
        grid.setColumnStretch(0, 1)
        self._group.idClicked.connect(lambda code: chosen(Material(code)))

    def show_counts(self, counts: Mapping[Material, int]) -> None:
        """Show how many voxels were drawn of each class."""
        for material, count in counts.items():
            self.counts[material].setText(f"{count:,}".replace(",", "\N{NARROW NO-BREAK SPACE}"))

    def show_chosen(self, chosen: Material | None) -> None:
        """Show which class the brush draws; None while it draws none."""
        self._group.setExclusive(False)
        for material, button in self.buttons.items():
            button.setChecked(material is chosen)
        self._group.setExclusive(True)
