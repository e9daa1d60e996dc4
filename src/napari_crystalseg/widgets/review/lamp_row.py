"""Lamps of the labels: a sign and a name each, the explanation as tool tip; a click says it and goes there."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtGui import QKeyEvent
from qtpy.QtWidgets import QGridLayout, QSizePolicy, QToolButton, QWidget

from ...errors import InputError
from ...judgement.finding import Level
from ...judgement.lamp import Lamp
from ...judgement.lamps.lit_lamps import LAMP_NAMES
from ..layers.layer_place import finest
from ..layers.orientation import orientation_of
from ..parts.levels import SIGNS, set_level
from ..parts.stage import Desk
from ..planes.views_dock import jump

_COLUMNS = 4
_LEAST_SPAN = 12
"""Voxels that are shown about a place, however small it is."""

_UNKNOWN_SIGN, _WAITING_SIGN = "?", "\N{HORIZONTAL ELLIPSIS}"


class LampRow(QWidget):
    """Shows ``session.lamps``; hidden while there are no labels.

    Parameters
    ----------
    desk : Desk
        What the stages work with.
    attempt : callable
        Runs what a lamp does; an error made on purpose becomes one sentence in the dock.
    """

    def __init__(self, desk: Desk, attempt: Callable[[Callable[[], None]], None]) -> None:
        super().__init__()
        self._desk = desk
        self._attempt = attempt
        self.setAccessibleName("What was looked at in the labels")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(2)
        self.buttons: dict[str, LampButton] = {}
        for number, name in enumerate(LAMP_NAMES):
            button = LampButton()
            button.clicked.connect(lambda checked=False, name=name: self._attempt(lambda: self.press(name)))
            grid.addWidget(button, number // _COLUMNS, number % _COLUMNS)
            self.buttons[name] = button
        for field in ("lamps", "labels"):
            desk.connections.add(getattr(desk.session.events, field), self._show)
        self._show()

    def press(self, name: str) -> None:
        """Say what a lamp found, and go to its place.

        Raises
        ------
        InputError
            Nobody has looked yet.
        """
        session = self._desk.session
        lamp = self._lamp(name)
        if lamp is None or session.labels is None:
            raise InputError("Nobody has looked yet whether the labels are plausible: wait a moment.")
        self._desk.bar.say(lamp.sentence)
        if lamp.place is None:
            return
        layer = session.labels
        orientation = orientation_of(layer)
        centre = orientation.stored_voxel(lamp.place.centre, finest(layer).shape)
        z, y, x = (max(_LEAST_SPAN, side.stop - side.start) for side in lamp.place.box)
        jump(self._desk.viewer, centre, layer, orientation.stored_lengths((z, y, x)))

    def _lamp(self, name: str) -> Lamp | None:
        return next((lamp for lamp in self._desk.session.lamps or () if lamp.name == name), None)

    def _show(self, value: Any = None) -> None:
        self.setVisible(self._desk.session.labels is not None)
        for name, button in self.buttons.items():
            lamp = self._lamp(name)
            if lamp is None:
                button.show_lamp(f"{_WAITING_SIGN} {name}", "Nobody has looked yet; it comes when the labels rest.")
            elif lamp.level == "unknown":
                button.show_lamp(f"{_UNKNOWN_SIGN} {name}", lamp.sentence)
            else:
                button.show_lamp(f"{SIGNS[lamp.level]} {name}", lamp.sentence, lamp.level)


class LampButton(QToolButton):
    """One lamp: a sign and a name; Enter presses it as Space does, and the arrows go to its neighbours."""

    def __init__(self) -> None:
        super().__init__()
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setAutoRaise(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_lamp(self, text: str, sentence: str, level: Level | None = None) -> None:
        """Show sign and name, in the colour of a level, and a sentence as tool tip."""
        self.setText(text)
        self.setToolTip(f"<p>{escape(sentence)}</p>")
        self.setAccessibleDescription(sentence)
        set_level(self, level)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Press by Enter, too."""
        if event is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
            return
        super().keyPressEvent(event)
