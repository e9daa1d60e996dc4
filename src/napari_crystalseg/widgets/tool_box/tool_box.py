"""The tool box: what may be edited, tools with a preview that is applied or dropped, and the timeline."""

from __future__ import annotations

import logging
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import Qt, QTimer
from qtpy.QtGui import QKeyEvent
from qtpy.QtWidgets import QAbstractButton, QHBoxLayout, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from ...absorption.edits.changed_box import Box
from ...errors import Cancelled, CrystalSegError, InputError
from ...progress import Progress
from ...review.edits.edit import Edit
from ...review.edits.edited_labels import PreparedEdit
from ...review.edits.policy import EditPolicy
from ...review.tools.need import Need
from ...review.tools.tool import Tool
from ...review.tools.tools import TOOLS
from ..label_edits.layer_edits import LayerEdits, edits_of
from ..layers.layer_place import voxel_size_um
from ..parts.background import Background
from ..parts.levels import set_level
from ..parts.stage import Desk, note
from .copy_box import COPY_BUTTON, CopyBox
from .drawing import box_between, drawn_voxels
from .drawn_slices import DrawnSlices
from .hand import Hand
from .policy_box import PolicyBox
from .preview_layer import PreviewLayer
from .proposal import Proposal, propose
from .seen_slice import SeenSlice, scene_of, seen_slice, voxel_at
from .timeline_box import TimelineBox
from .tool_form import ToolForm
from .tool_grid import ToolGrid, key_text

APPLY_KEY, CANCEL_KEY = "Enter", "Escape"
_REST_MS = 120

_Basis = tuple[LayerEdits, int, int, EditPolicy] | None
"""Which labels a proposal was computed from: the layer's edits, its array, how often it was edited, and limits."""

_ASKS = {
    Need.NOTHING: "",
    Need.POINT: "Click on the place in the canvas.",
    Need.STROKE: "Draw a stroke in the canvas.",
    Need.OUTLINE: "Draw an outline in the canvas; it closes itself.",
    Need.BOX: "Drag a box in the canvas; it is as deep as its shorter side.",
}


class ToolBox(QWidget):
    """Tools, limits and timeline of the labels that the session works on.

    A tool proposes its change in a thread; it is shown over the labels, and made when it is applied. What is applied
    was computed on the labels as they are: when they change, the tool is asked again.

    Parameters
    ----------
    desk : Desk
        Whose labels are edited.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.preview = PreviewLayer(desk.viewer)
        self.form: ToolForm | None = None
        self._tool: type[Tool] | None = None
        self._proposal: tuple[Proposal, PreparedEdit | None, _Basis] | None = None
        self._seen: SeenSlice | None = None
        self._point: NDArray[np.float64] | None = None
        self._path: NDArray[np.float64] | None = None
        self._box: Box | None = None
        self._slices = DrawnSlices()
        self._edits: LayerEdits | None = None
        self._bound: Any = None
        self._end: Any = None
        self._applying = False
        self._thread = Background("propose edits", self)
        self._hand = Hand(desk.viewer, self._drawing, self._drawn, self.cancel)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._ask)

        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self.copy_box = CopyBox(desk)
        column.addWidget(self.copy_box)
        self.timeline = TimelineBox(desk)
        column.addWidget(self.timeline)
        self.policy = PolicyBox(desk, self._ask_again)
        column.addWidget(self.policy)
        self.grid = ToolGrid(self._pressed)
        column.addWidget(self.grid)
        column.addWidget(self._panel())
        desk.connections.add(desk.session.events.labels, self._labels_changed)
        desk.connections.add(desk.session.events.image, self._ask_again)
        desk.connections.add(desk.viewer.layers.events.removed, self._layer_removed)
        desk.connections.add_undo(self.stop)
        self._labels_changed()

    def _panel(self) -> QWidget:
        self.panel = QWidget()
        column = QVBoxLayout(self.panel)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self.title = note()
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        column.addWidget(self.title)
        self.hint = note()
        column.addWidget(self.hint)
        self._form_place = QVBoxLayout()
        column.addLayout(self._form_place)
        self.said = note()
        column.addWidget(self.said)
        line = QHBoxLayout()
        self.apply_button = QPushButton(f"Apply ({APPLY_KEY})")
        self.apply_button.setToolTip("Make this change; Undo takes it back.")
        self.apply_button.clicked.connect(self.apply)
        self.cancel_button = QPushButton("Cancel (Esc)")
        self.cancel_button.setToolTip("Drop the proposal, and put the tool away.")
        self.cancel_button.clicked.connect(self.cancel)
        line.addWidget(self.apply_button)
        line.addWidget(self.cancel_button)
        column.addLayout(line)
        # For the keyboard, once the button that was pressed makes way.
        self.panel.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.panel.setVisible(False)
        return self.panel

    # What the stage and scripts call.

    @property
    def tool(self) -> type[Tool] | None:
        """The tool that is chosen."""
        return self._tool

    @property
    def proposal(self) -> Proposal | None:
        """What the tool proposes for the labels as they are; None while it is not known."""
        return None if self._proposal is None else self._proposal[0]

    @property
    def working(self) -> bool:
        """Whether a proposal is on its way."""
        return self._rest.isActive() or self._thread.working

    def keep(self, mask: NDArray[np.bool_] | None) -> None:
        """Keep the voxels of a mask, shape (z, y, x), as they are, such as places that were ticked; None keeps none."""
        self.policy.keep(mask)

    def choose(self, tool: type[Tool], position: tuple[float, ...] | None = None) -> None:
        """Take a tool up, and show what it proposes.

        Parameters
        ----------
        tool : type of Tool
            One of :data:`~napari_crystalseg.review.tools.tools.TOOLS`.
        position : tuple of float, optional
            Place in the canvas, in the viewer's world, that it is pointed at; without it the hand is asked for what the
            tool needs.

        Raises
        ------
        InputError
            There are no labels, or they cannot be edited.
        """
        edits = self._required_edits()
        layer = edits.layer
        seen = seen_slice(self.desk.viewer, layer)
        self._drop()
        if tool is not self._tool:
            self._show_form(tool)
        self._seen, self._path, self._box = seen, None, None
        self._point = None if position is None else voxel_at(self.desk.viewer, layer, position)
        self.title.setText(f"{tool.title} ({key_text(tool.key)})" if tool.key else tool.title)
        self.hint.setText(f"{tool.hint} {_ASKS[tool.needs]}".strip())
        self.grid.setVisible(False)
        self.panel.setVisible(True)
        QTimer.singleShot(0, self._bring_into_view)
        self._bind_answers(layer)
        self._hand.take(layer, tool.needs)
        self._say("")
        self._show_ready()
        if tool.needs is Need.NOTHING or (tool.needs is Need.POINT and self._point is not None):
            self._ask()

    def apply(self) -> None:
        """Make the change that is shown; if labels or limits changed since it was computed, it is proposed again."""
        if self._tool is None:
            return
        if self._proposal is None:
            self._say("There is nothing to apply yet." if self.working or not self.said.text() else self.said.text())
            return
        proposal, prepared, basis = self._proposal
        if basis != self._basis() or self._rest.isActive() or self._edits is None:
            self._ask()
            return
        edits = self._edits
        tool = self._tool
        if self.form is not None:
            self.form.keep()
        if prepared is not None:
            self._applying = True
            try:
                edits.make(prepared)
            except CrystalSegError as error:
                self._say(str(error), wrong=True)
                return
            finally:
                self._applying = False
            self.desk.bar.say(f"{tool.title}: {proposal.text}")
        if tool.needs is Need.NOTHING:
            self.cancel()
            return
        # The hand goes on with the same tool.
        self._drop()
        self._point = self._path = self._box = None
        self._say("")
        self._show_ready()

    def cancel(self) -> None:
        """Drop what is proposed, and put the tool away."""
        self._drop()
        self._hand.put_down()
        self._unbind_answers()
        self._tool = None
        self._clear_form()
        self.panel.setVisible(False)
        self.grid.setVisible(True)

    def stop(self) -> None:
        """End the thread and let go of layers; the tool box is of no more use."""
        self.cancel()
        self._thread.stop()
        self._let_go()

    # Proposals.

    def _ask_again(self, value: Any = None) -> None:
        """Ask once the hand rests: what the proposal was computed from changed."""
        if self._tool is not None and not self._applying and self._can_ask():
            self._thread.forget()
            self._rest.start()

    def _can_ask(self) -> bool:
        assert self._tool is not None
        given = {
            Need.NOTHING: True,
            Need.POINT: self._point is not None,
            Need.STROKE: self._path is not None,
            Need.OUTLINE: self._path is not None,
            Need.BOX: self._box is not None,
        }
        return given[self._tool.needs]

    def _ask(self) -> None:
        self._rest.stop()
        edits, form, seen = self._edits, self.form, self._seen
        if edits is None or form is None or seen is None or self._tool is None:
            return
        self._proposal = None
        try:
            tool = form.value()
            scene = scene_of(
                self.desk.session,
                edits,
                seen,
                point=self._point,
                path=self._path,
                box=self._box,
                other_index=self._slices.other_than(seen.axis, seen.index),
            )
        except CrystalSegError as error:
            self._wrong(str(error))
            return
        policy, basis, edited = edits.policy, self._basis(), edits.edited

        def work(progress: Progress) -> tuple[Proposal, PreparedEdit | None]:
            proposal = propose(tool, scene, policy, progress)
            if proposal.box is None or proposal.change is None:
                return proposal, None
            return proposal, edited.prepare(proposal.change, policy=policy, name=tool.title)

        self._say("Looking …")
        self._show_ready()
        self._thread.ask(work, lambda answer: self._came(answer, edits, basis))

    def _basis(self) -> _Basis:
        edits = self._edits
        if edits is None or edits_of(edits.layer) is not edits:
            return None
        return edits, id(edits.edited.data), edits.edited.timeline.revision, edits.policy

    def _came(self, answer: Any, edits: LayerEdits, basis: _Basis) -> None:
        if isinstance(answer, Cancelled) or self._tool is None:
            return
        if self._basis() is None:
            # Somebody let go of the labels.
            self._labels_changed()
            return
        if basis != self._basis():
            self._ask()
            return
        if isinstance(answer, CrystalSegError):
            self._wrong(str(answer))
        elif isinstance(answer, MemoryError):
            self._wrong("There is not enough memory for this tool on labels of this size.")
        elif isinstance(answer, BaseException):
            logging.getLogger(__name__).error("The tool %s failed.", self._tool.title, exc_info=answer)
            self._wrong(f"The tool could not do it here: {answer}")
        else:
            proposal, prepared = answer
            self._proposal = proposal, prepared, basis
            if proposal.box is None:
                self.preview.hide()
            else:
                self.preview.show(edits.layer, proposal.box, proposal.picture)
            self._say(proposal.text if proposal.change is not None else f"{proposal.text}{self._less_than_a_voxel()}")
            self._show_ready()

    def _less_than_a_voxel(self) -> str:
        """Say so where a size is smaller than the voxels, which then have nothing to do."""
        size = None if self._edits is None else voxel_size_um(self._edits.layer)
        if self.form is None or size is None:
            return ""
        tool = self.form.value()
        lengths = [getattr(tool, one.name) for one in fields(tool) if one.name.endswith("_um")]  # type: ignore[arg-type]
        if any(0 < length < max(size) for length in lengths):
            return f" The voxels are {max(size):.3g} µm large: try more than that."
        return ""

    def _wrong(self, text: str) -> None:
        self._proposal = None
        self.preview.hide()
        self._say(text, wrong=True)
        self._show_ready()

    def _drop(self) -> None:
        self._rest.stop()
        self._thread.forget()
        self._proposal = None
        self.preview.hide()

    # The hand.

    def _drawing(self, path: NDArray[np.float64], seen: SeenSlice) -> None:
        if self._edits is None:
            return
        self._thread.forget()
        self._proposal = None
        self._show_path(path, seen)

    def _drawn(self, path: NDArray[np.float64], seen: SeenSlice) -> None:
        edits, tool = self._edits, self._tool
        if edits is None or tool is None:
            return
        self._seen = seen
        if tool.needs is Need.POINT:
            self._point = path[0]
        elif tool.needs is Need.BOX:
            size = voxel_size_um(edits.layer)
            if len(path) < 2 or size is None:
                return
            self._box = box_between(path[0], path[-1], seen.axis, size, edits.edited.data.shape)
            if self._box is None:
                self._wrong("The box lies outside the labels; drag it over them.")
                return
        else:
            self._path = path
        self._ask()

    def _show_path(self, path: NDArray[np.float64], seen: SeenSlice) -> None:
        edits, tool = self._edits, self._tool
        if edits is None or tool is None:
            return
        shape = edits.edited.data.shape
        if tool.needs is Need.BOX:
            one, other = path[0], path[-1]
            rows, columns = (axis for axis in range(3) if axis != seen.axis)
            corners = np.stack([one, one, other, other])
            corners[1, columns], corners[3, columns] = other[columns], one[columns]
            corners[1, rows], corners[3, rows] = one[rows], other[rows]
            path = corners
        path = path.copy()
        path[:, seen.axis] = seen.index
        drawn = drawn_voxels(path, seen.axis, shape, closed=tool.needs is not Need.STROKE)
        if drawn is not None:
            self.preview.show(edits.layer, *drawn)

    # Labels and keys.

    def _required_edits(self) -> LayerEdits:
        if self.desk.session.labels is None:
            raise InputError("There are no labels: segment a volume, or open labels in the stage Open.")
        edits = edits_of(self.desk.session.labels)
        if edits is None:
            raise InputError(f"These labels cannot be edited as they are: press '{COPY_BUTTON}'.")
        if edits is not self._edits:
            self._labels_changed()
        return edits

    def _pressed(self, tool: type[Tool]) -> None:
        self._attempt(tool)
        self.panel.setFocus()

    def _attempt(self, tool: type[Tool], position: tuple[float, ...] | None = None) -> None:
        self.desk.bar.forget_warning()
        try:
            self.choose(tool, position)
        except CrystalSegError as error:
            self.cancel()
            self.desk.bar.warn(str(error))

    def _labels_changed(self, layer: Any = None) -> None:
        self.cancel()
        self._let_go()
        session = self.desk.session
        self._edits = edits_of(session.labels)
        self._slices.forget()
        if self._edits is not None:
            self._end = self._edits.listen(self._edited)
        if session.labels is not None:
            self._bound = session.labels
            self._bound.events.selected_label.connect(self._ask_again)
            # After the edits have seen to it.
            self._bound.events.data.connect(self._data_replaced, position="last")
            for tool in TOOLS:
                if tool.key:
                    self._bound.bind_key(tool.key, self._on_key(tool), overwrite=True)

    def _let_go(self) -> None:
        if self._end is not None:
            self._end()
            self._end = None
        bound, self._bound = self._bound, None
        if bound is not None:
            bound.events.selected_label.disconnect(self._ask_again)
            bound.events.data.disconnect(self._data_replaced)
            for tool in TOOLS:
                if tool.key:
                    bound.bind_key(tool.key, None)
        self._edits = None

    def _on_key(self, tool: type[Tool]) -> Any:
        return lambda layer: self._attempt(tool, tuple(self.desk.viewer.cursor.position))

    def _bind_answers(self, layer: Any) -> None:
        layer.bind_key(APPLY_KEY, lambda layer: self.apply(), overwrite=True)
        layer.bind_key(CANCEL_KEY, lambda layer: self.cancel(), overwrite=True)

    def _unbind_answers(self) -> None:
        if self._bound is not None and self._tool is not None:
            for key in (APPLY_KEY, CANCEL_KEY):
                self._bound.bind_key(key, None)

    def _edited(self, edits: LayerEdits, edit: Edit | None) -> None:
        if edit is not None and edits.edited.timeline.next_undo is edit and not self._applying:
            try:
                seen = seen_slice(self.desk.viewer, edits.layer)
                self._slices.note(edit.box, seen.axis, seen.index)
            except InputError:  # turned, or out of the viewer
                pass
        self._ask_again()

    def _data_replaced(self, event: Any = None) -> None:
        if edits_of(self._bound) is not self._edits:
            self._labels_changed()
            self.copy_box.refresh()

    def _layer_removed(self, event: Any) -> None:
        if event.value is self._bound:
            self._labels_changed()

    # What is shown.

    def _show_form(self, tool: type[Tool]) -> None:
        self._clear_form()
        self._tool = tool
        self.form = ToolForm(tool, self._ask_again)
        box = QWidget()
        box.setLayout(self.form.rows)
        # Fields are not squeezed where room is scarce: the stage scrolls.
        box.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._form_place.addWidget(box)

    def _clear_form(self) -> None:
        self.form = None
        while self._form_place.count():
            item = self._form_place.takeAt(0)
            widget = None if item is None else item.widget()
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()

    def _bring_into_view(self) -> None:
        """Scroll to the form and its buttons: a key of the canvas may have called for them."""
        area: QWidget | None = self if self.isVisible() else None
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parentWidget()
        if isinstance(area, QScrollArea) and self._tool is not None:
            area.ensureWidgetVisible(self.panel)

    def _say(self, text: str, wrong: bool = False) -> None:
        set_level(self.said, "warning" if wrong else None)
        self.said.setText(text)
        self.said.setVisible(bool(text))
        if text and not self.isVisible():
            # A key was pressed while another stage is shown.
            (self.desk.bar.warn if wrong else self.desk.bar.say)(text)

    def _show_ready(self) -> None:
        proposal = self.proposal
        self.apply_button.setEnabled(proposal is not None and proposal.voxels > 0)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Apply by Enter and drop by Escape, wherever in the box the keyboard is but on another button."""
        if event is None or self._tool is None:
            super().keyPressEvent(event)
            return
        focused = self.focusWidget()
        other = isinstance(focused, QAbstractButton) and focused is not self.apply_button
        if event.key() == Qt.Key.Key_Escape:
            self.cancel()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not other:
            self.apply()
        else:
            super().keyPressEvent(event)
