"""What the stages share: where they stand, and how they are laid out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QBoxLayout,
    QCheckBox,
    QComboBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ...errors import CrystalSegError
from ..layers.connections import Connections
from ..session.session import Session
from .job_bar import JobBar
from .layer_choice import LayerChoice

if TYPE_CHECKING:
    from napari.components import ViewerModel


@dataclass(frozen=True, eq=False)
class Desk:
    """What every stage works with.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Viewer that the dock belongs to.
    session : Session
        What the stages share.
    bar : JobBar
        Runs jobs and speaks to the user.
    connections : Connections
        Undone when the dock goes.
    """

    viewer: ViewerModel
    session: Session
    bar: JobBar
    connections: Connections


class Stage(QWidget):
    """Base of a stage: a column of parts, a big button, and one sentence for each mistake."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.fixed: QWidget | None = None  # shown above the rest, which scrolls
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(8, 8, 8, 8)
        self.column.setSpacing(6)

    def watch_hands(self) -> None:
        """Forget the warning in the foot once something is chosen or typed in: what it was of may be mended."""
        forget = self.desk.bar.forget_warning
        for button in self.findChildren(QAbstractButton):
            if isinstance(button, QCheckBox | QRadioButton):
                button.clicked.connect(forget)
        for chooser in self.findChildren(QComboBox):
            chooser.activated.connect(forget)
        for field in self.findChildren(QLineEdit):
            field.textEdited.connect(forget)

    def leave_wheel_to_panel(self) -> None:
        """Let the mouse wheel scroll the panel where the pointer passes a number that was not clicked into."""
        for kind in (QAbstractSpinBox, QComboBox):
            for field in self.findChildren(kind):
                field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
                field.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Keep the wheel from fields without focus; what is ignored goes on to the panel."""
        turned = event is not None and event.type() == QEvent.Type.Wheel
        if event is not None and turned and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False

    def add_labels_choice(self, layout: QBoxLayout) -> LayerChoice:
        """Add the drop-down of the session's labels, the same choice in every stage that works on them."""
        from napari.layers import Labels as LabelsLayer

        rows = form()
        choice = LayerChoice(self.desk.viewer, self.desk.session, "labels", LabelsLayer, self.desk.connections)
        rows.addRow("labels", choice)
        layout.addLayout(rows)
        return choice

    def when(self, field: str, slot: Callable[..., None]) -> None:
        """Call ``slot`` whenever a field of the session changes."""
        self.desk.connections.add(getattr(self.desk.session.events, field), slot)

    def attempt(self, action: Callable[[], None]) -> None:
        """Run what a button does; an error made on purpose becomes one sentence in the dock."""
        self.desk.bar.forget_warning()
        try:
            action()
        except CrystalSegError as error:
            self.desk.bar.warn(str(error))

    def button(self, text: str, action: Callable[[], None], tip: str, big: bool = False) -> QPushButton:
        """Make a button that attempts an action."""
        button = QPushButton(text)
        button.setToolTip(tip)
        if big:
            button.setMinimumHeight(36)
            font = button.font()
            font.setBold(True)
            button.setFont(font)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.clicked.connect(lambda: self.attempt(action))
        return button


def form() -> QFormLayout:
    """Labels on the left, fields that grow on the right."""
    layout = QFormLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(6)
    layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
    return layout


def note(text: str = "") -> QLabel:
    """Text that wraps in the width it is given."""
    label = QLabel(text)
    label.setWordWrap(True)
    return label
