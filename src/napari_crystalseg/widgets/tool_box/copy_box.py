"""Labels that cannot be edited in place, and the button that makes a copy that can."""

from __future__ import annotations

from typing import Any

import numpy as np
from qtpy.QtWidgets import QHBoxLayout, QPushButton, QWidget

from ...errors import CrystalSegError
from ..label_edits.editable_copy import copied_codes, corrected_layer, orientation_to_copy, why_not_in_place
from ..label_edits.layer_edits import can_be_edited
from ..layers.label_layer import add_labels
from ..layers.layer_place import finest
from ..parts.background import Background
from ..parts.levels import set_level
from ..parts.stage import Desk, note

COPY_BUTTON = "Edit a copy"


class CopyBox(QWidget):
    """Says why labels cannot be edited, and copies them; out of sight where they can.

    Parameters
    ----------
    desk : Desk
        Whose labels are edited.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._thread = Background("copy labels", self)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        self.sentence = note()
        set_level(self.sentence, "warning")
        self.button = QPushButton(COPY_BUTTON)
        self.button.setToolTip(
            "Make labels of uint8 in memory at the same place; these are hidden and stay as they are."
        )
        self.button.clicked.connect(self.copy)
        line.addWidget(self.sentence, 1)
        line.addWidget(self.button)
        desk.connections.add(desk.session.events.labels, self.refresh)
        desk.connections.add_undo(self._thread.stop)
        self.refresh()

    def copy(self) -> None:
        """Copy the labels that are chosen, in the background; then the copy is chosen."""
        layer = self._desk.session.labels
        if layer is None:
            return
        try:
            orientation = orientation_to_copy(layer)
        except CrystalSegError as error:
            self._desk.bar.warn(str(error))
            return
        data, name = finest(layer), layer.name
        self.button.setEnabled(False)
        self._desk.bar.say(f"Copying '{name}' …")
        self._thread.ask(
            lambda progress: copied_codes(data, orientation, name, progress),
            lambda answer: self._came(layer, answer),
        )

    def _came(self, layer: Any, answer: Any) -> None:
        self.button.setEnabled(True)
        session, viewer = self._desk.session, self._desk.viewer
        if not isinstance(answer, np.ndarray):
            self._desk.bar.warn(str(answer) or f"'{layer.name}' could not be read ({type(answer).__name__}).")
            return
        if layer not in viewer.layers:
            self._desk.bar.say(f"'{layer.name}' is gone; nothing was copied.")
            return
        new = corrected_layer(layer, answer)
        before = session.automatic.get(layer)
        if before is not None:
            # Edits are held against what the labels were before the first of them, copies too.
            automatic = np.array(orientation_to_copy(layer).seen(before), order="C")
            automatic.flags.writeable = False
            session.automatic[new] = automatic
        if layer in session.uncertainty and orientation_to_copy(layer).is_plain:
            session.uncertainty[new] = session.uncertainty[layer]
        layer.visible = False
        add_labels(viewer, new)
        session.labels = new
        self._desk.bar.say(f"'{new.name}' is edited from now on; '{layer.name}' stays as it is, hidden.")

    def refresh(self, value: Any = None) -> None:
        """Show whether the labels can be edited."""
        layer = self._desk.session.labels
        wrong = layer is not None and not can_be_edited(layer)
        self.setVisible(wrong)
        if layer is not None and wrong:
            self.sentence.setText(f"These labels cannot be edited with undo: {why_not_in_place(layer)}.")
