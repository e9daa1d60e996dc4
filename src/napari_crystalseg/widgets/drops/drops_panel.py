"""DropsPanel: the plate, the buttons and the fields of the widget, and where they stand."""

from __future__ import annotations

from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ..parts.fold import Fold
from ..parts.job_bar import JobBar
from ..session.session import Session
from .network_choice import NetworkChoice
from .plate.plate_legend import PlateLegend
from .plate.plate_view import PlateView
from .review.review_box import ReviewBox

_NOTHING = "Open a folder of micrographs, or drop one here."
_DEMO = "The bundled networks were trained on simulated drops alone."
_BESIDE = "Reviews are kept beside the images, in drop-reviews."


class DropsPanel(QWidget):
    """What is seen of the widget; what it does is up to whoever connects it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = QLabel(_NOTHING)
        self.title.setWordWrap(True)
        self.folder_button = _button("F&older…", "Open a folder of micrographs.")
        self.files_button = _button("&Images…", "Open single micrographs.")
        self.plate = PlateView()
        self.order = QComboBox()
        self.order.addItems(["in order of the plate", "likeliest crystals first"])
        self.order.setToolTip("Order of Next, Previous and Accept.")
        self.order.setAccessibleName("Order")
        self.previous_button = _button("◂", "Previous drop (P in the plate).")
        self.previous_button.setAccessibleName("Previous drop")
        self.next_button = _button("▸", "Next drop (N in the plate).")
        self.next_button.setAccessibleName("Next drop")
        self.crystals_button = _button("Ne&xt crystals", "Next with crystals that is not accepted (X in the plate).")
        self.classify_button = _button("Classif&y all", "Class and probabilities of each image that has none.")
        self.detect_button = _button("&Detect", "Look for drop and crystals in this image.")
        self.detect_all_button = _button(
            "Detect in all", "Look for drops and crystals in each image that was not looked at."
        )
        self.export_button = _button("&Export…", "Write positions, classes, outlines, masks.")
        self.networks = Fold("Networks and reviews", "Which networks are asked, and where reviews are kept.")
        self.classifier, self.detector = NetworkChoice("classifier"), NetworkChoice("detector")
        self.by_itself = QCheckBox("Detect in an image when it is opened, and in the next")
        self.by_itself.setChecked(True)
        self.reviews_label = QLabel(_BESIDE)
        self.reviews_label.setWordWrap(True)
        self.reviews_button = _button("Keep in…", "Keep reviews in another folder.")
        self.demo_note = QLabel(_DEMO)
        self.demo_note.setWordWrap(True)
        self.demo_note.setToolTip("Check what they say of real drops, or choose the weights of CHiMP under Networks.")
        self.box = ReviewBox()
        self.job_bar = JobBar(Session(), self)
        self._lay_out()

    def set_ready(self, ready: bool) -> None:
        """Let buttons be pressed that need open images."""
        for one in (
            self.previous_button, self.next_button, self.crystals_button, self.classify_button, self.detect_button,
            self.detect_all_button, self.export_button, self.order,
        ):  # fmt: skip
            one.setEnabled(ready)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setSpacing(5)
        column.addLayout(_line((self.title, 1), (self.folder_button, 0), (self.files_button, 0)))
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setMinimumHeight(130)
        area.setWidget(self.plate)
        column.addWidget(area, 1)
        column.addWidget(PlateLegend())
        column.addLayout(
            _line((self.previous_button, 0), (self.next_button, 0), (self.crystals_button, 0), (self.order, 1))
        )
        buttons = (self.classify_button, self.detect_button, self.detect_all_button, self.export_button)
        column.addLayout(_line(*((button, 1) for button in buttons)))
        form = QFormLayout()
        form.addRow("Classifier", self.classifier)
        form.addRow("Detector", self.detector)
        self.networks.column.addLayout(form)
        self.networks.column.addWidget(self.by_itself)
        self.networks.column.addLayout(_line((self.reviews_label, 1), (self.reviews_button, 0)))
        column.addWidget(self.networks)
        column.addWidget(self.demo_note)
        column.addWidget(self.box)
        column.addWidget(self.job_bar)


def _button(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    return button


def _line(*parts: tuple[QWidget, int]) -> QHBoxLayout:
    line = QHBoxLayout()
    for widget, stretch in parts:
        line.addWidget(widget, stretch)
    return line
