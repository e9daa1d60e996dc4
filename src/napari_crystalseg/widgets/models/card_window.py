"""A window with the card of a model."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtGui import QTextOption
from qtpy.QtWidgets import QDialog, QHBoxLayout, QPushButton, QTextBrowser, QVBoxLayout, QWidget

from .card_html import card_html

if TYPE_CHECKING:
    from ...segmentation.model_folders.model_verification import ModelCheck
    from ...segmentation.model_folders.registered_model import RegisteredModel

_SIZE = (560, 640)
_LEFT_OF_SCREEN = 120  # for the desktop's own bars


class CardWindow(QDialog):
    """Shows what a model was made for, on what it was trained, what it reaches and where it fails; Esc closes it.

    Parameters
    ----------
    model : RegisteredModel
        The model.
    verify : callable
        Called to verify it; what comes is handed to :meth:`show_checks`.

    Raises
    ------
    InputError
        The model cannot be used.
    """

    def __init__(self, model: RegisteredModel, verify: Callable[[], None], parent: QWidget | None = None) -> None:
        from ...segmentation.model_folders.card_page import card_page

        super().__init__(parent)
        self.setWindowTitle(f"Model {model.name}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.model = model
        self._sections = card_page(model)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        self.text = QTextBrowser()
        self.text.setAccessibleName(f"Card of the model {model.name}")
        # Hashes and paths have no places to break at.
        self.text.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.text.setHtml(card_html(self._sections))
        column.addWidget(self.text, 1)
        line = QHBoxLayout()
        self.verify_button = QPushButton("&Verify")
        self.verify_button.setToolTip(
            "Hold hashes, networks and weights against the card; nothing in the model is run."
        )
        self.verify_button.setAutoDefault(False)
        self.verify_button.clicked.connect(lambda: verify())
        close = QPushButton("&Close")
        close.setDefault(True)
        close.clicked.connect(self.close)
        line.addWidget(self.verify_button)
        line.addStretch(1)
        line.addWidget(close)
        column.addLayout(line)
        screen = self.screen()
        room = _SIZE[1] if screen is None else screen.availableGeometry().height() - _LEFT_OF_SCREEN
        self.resize(_SIZE[0], min(_SIZE[1], max(200, room)))

    def show_checks(self, checks: tuple[ModelCheck, ...]) -> None:
        """Show what was verified, above the card."""
        self.text.setHtml(card_html(self._sections, checks))
