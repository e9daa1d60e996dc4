"""What edits may touch: locked classes, classes that may be overwritten, and a window of voxel values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QLocale
from qtpy.QtGui import QDoubleValidator
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPushButton, QToolButton, QVBoxLayout, QWidget

from ...errors import InputError
from ...labels import Material
from ...review.edits.policy import EditPolicy
from ..class_labels.class_table import swatch
from ..label_edits.layer_edits import edits_of
from ..parts.background import Background
from ..parts.fold import Fold
from ..parts.levels import WARNING_SIGN, set_level
from ..parts.stage import Desk, form, note
from .policy_words import policy_sentence

_ANY, _EMPTY, _THESE = "anything", "only what is empty (air)", "only these classes"
_SAMPLED_VOXELS = 2_000_000
_TAIL_PERCENT = 2.0


class PolicyBox(QWidget):
    """Locks, what may be overwritten, and a window of voxel values, for brush and tools alike.

    Parameters
    ----------
    desk : Desk
        Whose labels are edited.
    changed : callable
        Called when the policy was changed.
    """

    def __init__(self, desk: Desk, changed: Callable[[], None]) -> None:
        super().__init__()
        self._desk, self._changed = desk, changed
        self._kept: NDArray[np.bool_] | None = None
        self._held: Any = None  # the edits whose policy is set here
        self._window_thread = Background("window of values", self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self.sentence = note()
        font = self.sentence.font()
        font.setBold(True)
        self.sentence.setFont(font)
        set_level(self.sentence, "warning")
        column.addWidget(self.sentence)
        self.fold = Fold("Limit edits", "Locks of classes, what may be overwritten, and a window of voxel values.")
        column.addWidget(self.fold)
        rows = form()
        self.fold.column.addLayout(rows)
        self.locks, locks = self._classes("Lock {}: it neither wins nor loses a voxel.")
        rows.addRow("locked", locks)
        self.over = QComboBox()
        self.over.addItems([_ANY, _EMPTY, _THESE])
        self.over.setToolTip("What brush and tools may overwrite.")
        self.over.currentIndexChanged.connect(self._set)
        rows.addRow("overwrite", self.over)
        self.over_classes, self._over_row = self._classes("Edits may overwrite {}.")
        rows.addRow("", self._over_row)
        window = QHBoxLayout()
        self.low, self.high = (self._number(tip) for tip in ("Lowest voxel value.", "Highest voxel value."))
        self.from_class = QPushButton("From class")
        self.from_class.setToolTip(
            f"Take the voxel values of the chosen class, without {_TAIL_PERCENT:g} % at either end."
        )
        self.from_class.clicked.connect(self.take_window)
        self.no_window = QToolButton()
        self.no_window.setText("✕")
        self.no_window.setToolTip("Take the window of voxel values away.")
        self.no_window.clicked.connect(lambda: self.set_window(None))
        for widget in (self.low, self.high, self.from_class, self.no_window):
            window.addWidget(widget)
        rows.addRow("values", window)
        desk.connections.add(desk.session.events.labels, self._labels_changed)
        desk.connections.add_undo(self.stop)
        self._labels_changed()

    @property
    def policy(self) -> EditPolicy:
        """What edits may touch, as it is set.

        Raises
        ------
        InputError
            A window whose ends are swapped, or of which one is missing.
        """
        over: frozenset[Material] | None = None
        if self.over.currentText() == _EMPTY:
            over = frozenset({Material.AIR})
        elif self.over.currentText() == _THESE:
            over = frozenset(m for m, button in self.over_classes.items() if button.isChecked())
        locked = frozenset(m for m, button in self.locks.items() if button.isChecked())
        return EditPolicy(locked, over, self._window(), kept=self._kept)

    def lock(self, *classes: Material) -> None:
        """Lock these classes and no others."""
        for material, button in self.locks.items():
            button.setChecked(material in classes)

    def overwrite(self, *classes: Material) -> None:
        """Let edits overwrite only these classes; anything where none is given."""
        for material, button in self.over_classes.items():
            button.setChecked(material in classes)
        self.over.setCurrentText(_EMPTY if classes == (Material.AIR,) else _THESE if classes else _ANY)

    def set_window(self, window: tuple[float, float] | None) -> None:
        """Limit edits to voxel values between two numbers; None to any."""
        for field, value in zip((self.low, self.high), window or ("", ""), strict=True):
            field.setText(f"{value:.5g}" if value != "" else "")
        self._set()

    def keep(self, mask: NDArray[np.bool_] | None) -> None:
        """Keep the voxels of a mask, shape (z, y, x), as they are; None keeps none."""
        self._kept = mask if mask is not None and mask.any() else None
        self._set()

    def take_window(self) -> None:
        """Take the window from the voxel values of the chosen class, in the background."""
        edits = edits_of(self._desk.session.labels)
        self._desk.bar.forget_warning()
        if edits is None or edits.edited.values is None:
            self._desk.bar.warn("A window of voxel values needs the volume that the labels belong to; choose it.")
            return
        labels, values, code = edits.edited.data, edits.edited.values, int(edits.layer.selected_label)
        self._window_thread.ask(lambda progress: window_of(labels, values, code), self._window_came)

    def stop(self) -> None:
        """Limit edits no more: nobody would be left to say so."""
        self._window_thread.stop()
        if self._held is not None:
            self._held.policy = EditPolicy()
            self._held = None

    def _window_came(self, answer: Any) -> None:
        if isinstance(answer, tuple):
            self.set_window(answer)
        elif isinstance(answer, InputError):
            self._desk.bar.warn(str(answer))
        else:
            self._desk.bar.warn(f"The voxel values could not be read: {answer}")

    def _window(self) -> tuple[float, float] | None:
        texts = [field.text().strip() for field in (self.low, self.high)]
        if not any(texts):
            return None
        try:
            low, high = (float(text) for text in texts)
        except ValueError:
            raise InputError("Give both ends of the window of voxel values, or none.") from None
        return low, high

    def _labels_changed(self, layer: Any = None) -> None:
        edits = edits_of(self._desk.session.labels)
        if edits is not self._held:
            if self._held is not None:
                self._held.policy = EditPolicy()
            # Labels of work that is gone on with come with the locks that they had.
            locked = frozenset() if edits is None else edits.policy.locked
            self._held, self._kept = edits, None
            if locked:
                self.lock(*locked)
        self.setEnabled(edits is not None)
        self._set()

    def _set(self, value: Any = None) -> None:
        self._over_row.setVisible(self.over.currentText() == _THESE)
        level, text = "warning", ""
        try:
            policy = self.policy
            text = policy_sentence(policy)
        except InputError as error:
            # Half a window limits nothing yet, and says so.
            policy, level, text = self._without_window(), "problem", str(error)
        if policy.window is not None and (self._held is None or self._held.edited.values is None):
            policy, level = self._without_window(), "problem"
            text = "The window of voxel values needs the volume that the labels belong to; choose it."
        if self._held is not None:
            self._held.policy = policy
        set_level(self.sentence, "problem" if level == "problem" else "warning")
        self.sentence.setText(f"{WARNING_SIGN} {text}" if text else "")
        self.sentence.setVisible(bool(text))
        self._changed()

    def _without_window(self) -> EditPolicy:
        kept = self.low.text(), self.high.text()
        for field in (self.low, self.high):
            field.blockSignals(True)
            field.setText("")
        try:
            return self.policy
        finally:
            for field, text in zip((self.low, self.high), kept, strict=True):
                field.setText(text)
                field.blockSignals(False)

    def _classes(self, tip: str) -> tuple[dict[Material, QPushButton], QWidget]:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(2)
        buttons = {}
        for material in Material:
            button = QPushButton(swatch(material), "")
            button.setCheckable(True)
            button.setStyleSheet("padding: 2px 6px; min-width: 16px;")
            button.setToolTip(tip.format(material.title))
            button.setAccessibleName(tip.format(material.title))
            button.toggled.connect(self._set)
            line.addWidget(button)
            buttons[material] = button
        line.addStretch(1)
        return buttons, row

    def _number(self, tip: str) -> QLineEdit:
        field = QLineEdit()
        validator = QDoubleValidator(field)
        validator.setLocale(QLocale.c())
        field.setValidator(validator)
        field.setToolTip(f"{tip} Edits change only voxels between both.")
        field.setMinimumWidth(40)
        field.editingFinished.connect(self._set)
        return field


def window_of(labels: NDArray[np.uint8], values: Any, code: int) -> tuple[float, float]:
    """Return the range of the voxel values of a class, without a few per cent at either end.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Labels.
    values : array-like, shape (z, y, x)
        Voxel values, in memory or lazy; of large ones every second or so along each axis is looked at.
    code : int
        Which class.

    Returns
    -------
    (float, float)
        Lowest and highest voxel value of the rest.

    Raises
    ------
    InputError
        No voxel of the class has a value.
    """
    step = max(1, round((labels.size / _SAMPLED_VOXELS) ** (1 / 3)))
    for every in sorted({step, 1}, reverse=True):
        some = slice(None, None, every)
        found = np.asarray(values[some, some, some])[labels[some, some, some] == code].astype(float)
        found = found[np.isfinite(found)]
        if found.size:
            low, high = np.percentile(found, (_TAIL_PERCENT, 100 - _TAIL_PERCENT))
            return float(low), float(high)
    raise InputError("There is no voxel of the chosen class to take voxel values from; choose another.")
