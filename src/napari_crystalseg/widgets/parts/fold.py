"""A part of a stage that is folded away under its title."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget


class Fold(QWidget):
    """A title that shows and hides what is below it; folded to begin with.

    superqt's ``QCollapsible`` was tried: what is folded away in it still takes the keyboard, an open one cuts off lines
    that are added later (its height is that at the time of opening), its title does not show that it has the keyboard,
    and its arrow is black on napari's dark ground.

    Parameters
    ----------
    title, tip : str
        What it says, and what it says under the pointer.
    """

    def __init__(self, title: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self.title = QToolButton()
        self.title.setText(title)
        self.title.setToolTip(tip)
        self.title.setCheckable(True)
        self.title.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.title.setArrowType(Qt.ArrowType.RightArrow)
        self.title.setAutoRaise(True)
        self.title.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.title.toggled.connect(self._folded)
        column.addWidget(self.title)
        self.inside = QWidget()
        self.inside.setVisible(False)
        self.column = QVBoxLayout(self.inside)
        self.column.setContentsMargins(6, 0, 0, 4)
        self.column.setSpacing(4)
        column.addWidget(self.inside)

    def _folded(self, open_: bool) -> None:
        self.title.setArrowType(Qt.ArrowType.DownArrow if open_ else Qt.ArrowType.RightArrow)
        self.inside.setVisible(open_)
