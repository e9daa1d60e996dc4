"""ReviewBox: class, outlines and dispensing point of the micrograph that is shown, and what is done with them."""

from __future__ import annotations

from qtpy.QtCore import QSignalBlocker, Qt, Signal
from qtpy.QtWidgets import QDoubleSpinBox, QGridLayout, QGroupBox, QHBoxLayout, QLabel, QPushButton, QSlider, QWidget

from ....drops.contradiction import Contradiction
from ....drops.dispensing import LOWEST_SCORE
from ...parts.levels import WARNING_SIGN, set_level
from .class_buttons import ClassButtons
from .tool_row import ToolRow

_NONE = "No drop is shown"


class ReviewBox(QGroupBox):
    """Fields and buttons alone: what they do is up to whoever listens.

    Attributes
    ----------
    score_changed : Signal
        Sent with the score, 0 to 1, from which on detections are shown.
    pixel_size_changed : Signal
        Sent with the side of a pixel, µm, that a person typed; 0 where it is not known after all.
    """

    score_changed = Signal(float)
    pixel_size_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_NONE, parent)
        self.classes = ClassButtons()
        self.tools = ToolRow()
        self.score = QSlider(Qt.Orientation.Horizontal)
        self.score.setRange(5, 100)
        self.score.setValue(round(100 * LOWEST_SCORE))
        self.score.setToolTip("Detections of a lower score are left out; what you edited stays.")
        self.score.setAccessibleName("Lowest score of detections")
        self.score_label = QLabel()
        self.score.valueChanged.connect(self._score_moved)
        self.pixel_size = QDoubleSpinBox()
        self.pixel_size.setRange(0.0, 1000.0)
        self.pixel_size.setSpecialValueText("not known")
        self.pixel_size.setDecimals(3)
        self.pixel_size.setSingleStep(0.1)
        self.pixel_size.setSuffix(" µm/px")
        self.pixel_size.setKeyboardTracking(False)
        self.pixel_size.setToolTip("Side of a pixel at the drop. What is typed holds for all images of the folder.")
        self.pixel_size.valueChanged.connect(self.pixel_size_changed)
        self.pixel_note = QLabel()
        self.contradiction = QLabel()
        self.contradiction.setWordWrap(True)
        self.contradiction.hide()
        self.place = QLabel()
        self.place.setWordWrap(True)
        self.place.setMinimumHeight(2 * self.fontMetrics().height() + 2)
        self.back_button = QPushButton("&Back to best")
        self.back_button.setToolTip("Put the dispensing point back where it is farthest from crystals and edge.")
        self.accept_button = QPushButton("&Accept, next")
        self.accept_button.setToolTip("Keep class, outlines and point, and go to the next (Space in the plate).")

        grid = QGridLayout(self)
        grid.setContentsMargins(8, 4, 8, 6)
        grid.setVerticalSpacing(4)
        grid.addWidget(self.classes, 0, 0, 1, 3)
        grid.addWidget(self.tools, 1, 0, 1, 3)
        grid.addWidget(QLabel("Lowest score"), 2, 0)
        grid.addWidget(self.score, 2, 1)
        grid.addWidget(self.score_label, 2, 2)
        grid.addWidget(QLabel("Pixel"), 3, 0)
        pixel = QHBoxLayout()
        pixel.addWidget(self.pixel_size)
        pixel.addWidget(self.pixel_note, 1)
        grid.addLayout(pixel, 3, 1, 1, 2)
        grid.addWidget(self.contradiction, 4, 0, 1, 3)
        grid.addWidget(self.place, 5, 0, 1, 3)
        buttons = QHBoxLayout()
        buttons.addWidget(self.back_button)
        buttons.addWidget(self.accept_button, 1)
        grid.addLayout(buttons, 6, 0, 1, 3)
        grid.setColumnStretch(1, 1)
        self._score_moved(self.score.value(), tell=False)
        self.show_nothing()

    @property
    def lowest_score(self) -> float:
        """Score, 0 to 1, from which on detections are shown."""
        return self.score.value() / 100

    def show_nothing(self, title: str = _NONE) -> None:
        """Show that there is no micrograph."""
        self.setTitle(title)
        self.setEnabled(False)
        self.show_place("", False, False)
        self.show_contradiction(None)

    def show_drop(self, title: str, lowest_score: float) -> None:
        """Show another micrograph with the lowest score, 0 to 1, that it is shown with."""
        self.setTitle(title)
        self.setEnabled(True)
        with QSignalBlocker(self.score):
            self.score.setValue(round(100 * lowest_score))
        self._score_moved(self.score.value(), tell=False)

    def show_pixel_size(self, size_um: float | None, note: str) -> None:
        """Show the side of a pixel, µm, None where nobody knows, and where it is from."""
        with QSignalBlocker(self.pixel_size):
            self.pixel_size.setValue(size_um or 0.0)
        self.pixel_note.setText(note)

    def show_place(self, text: str, warning: bool, by_hand: bool) -> None:
        """Say where the dispensing point lies."""
        self.place.setText(text)
        set_level(self.place, "warning" if warning else None)
        self.back_button.setEnabled(by_hand)

    def show_contradiction(self, found: Contradiction | None) -> None:
        """Say what does not go together of class and outlines; None where nothing does not."""
        sign = f"{WARNING_SIGN} " if found is not None and found.warning else ""
        self.contradiction.setText("" if found is None else f"{sign}{found.sentence}")
        set_level(self.contradiction, "warning" if sign else None)
        self.contradiction.setVisible(found is not None)

    def _score_moved(self, value: int, tell: bool = True) -> None:
        self.score_label.setText(f"{value / 100:.2f}")
        if tell:
            self.score_changed.emit(value / 100)
