"""The bar that offers work which was begun on the sample."""

from __future__ import annotations

from qtpy.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ..parts.levels import set_level
from ..parts.stage import note
from .recovery import Recovery


class RecoveryBar(QWidget):
    """Says what was found, with a button to go on and one to begin anew; hidden while nothing is."""

    def __init__(self, recovery: Recovery, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._recovery = recovery
        self.text = note()
        set_level(self.text, "warning")
        self.go_on_button = QPushButton("Go on with it")
        self.go_on_button.setToolTip(
            "Labels, places seen and every undo as they were last saved, on a layer of their own."
        )
        self.go_on_button.clicked.connect(recovery.go_on)
        self.anew_button = QPushButton("Begin anew")
        self.anew_button.setToolTip("The earlier work stays on disk as it is; edits are kept in another folder.")
        self.anew_button.clicked.connect(recovery.begin_anew)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 0, 8, 0)
        column.setSpacing(4)
        column.addWidget(self.text)
        line = QHBoxLayout()
        line.addWidget(self.go_on_button)
        line.addWidget(self.anew_button)
        column.addLayout(line)
        recovery.changed.connect(self.show_offer)
        self._show_text()
        # Not shown here where something is offered: without a parent yet it would be a window of its own.
        if not recovery.sentence:
            self.setVisible(False)

    def show_offer(self) -> None:
        """Show what is offered now."""
        self._show_text()
        self.setVisible(bool(self._recovery.sentence))

    def _show_text(self) -> None:
        recovery = self._recovery
        self.text.setText(recovery.sentence)
        for button in (self.go_on_button, self.anew_button):
            button.setEnabled(not recovery.busy)
        self.go_on_button.setHidden(recovery.offer is None)
        if recovery.offer is not None:
            self.setToolTip(f"It lies in {recovery.offer.path}.")
