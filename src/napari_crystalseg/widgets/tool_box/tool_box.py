"""The tool box: what may be edited, tools with a preview that is applied or dropped, and the timeline."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import Qt, QTimer
from qtpy.QtGui import QKeyEvent
from qtpy.QtWidgets import QAbstractButton, QVBoxLayout, QWidget

from ...errors import CrystalSegError, InputError
from ...review.tools.need import Need
from ...review.tools.tool import Tool
from ..label_edits.layer_edits import LayerEdits, edits_of
from ..layers.layer_place import voxel_size_um
from ..parts.effect_words import effect_text
from ..parts.stage import Desk
from .copy_box import COPY_BUTTON, CopyBox
from .hand.gesture import Gesture
from .hand.hand import Hand
from .hand.seen_slice import SeenSlice, scene_of, seen_slice, voxel_at
from .hand.sketch import sketch
from .held_labels import HeldLabels
from .policy_box import PolicyBox
from .proposals.offer import Offer
from .proposals.preview_effect import PreviewEffect
from .proposals.preview_layer import PreviewLayer
from .proposals.proposal import Proposal
from .proposals.proposer import Proposer
from .timeline_box import TimelineBox
from .tool_grid import ToolGrid
from .tool_keys import ToolKeys
from .tool_panel import ToolPanel
from .tool_words import less_than_a_voxel, nothing_back

if TYPE_CHECKING:
    from ...absorption import EditEffect


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
        self._tool: type[Tool] | None = None
        self._gesture: Gesture | None = None
        self._held = HeldLabels(desk.viewer, self)
        self._held.touched.connect(self._ask_again)
        self._held.replaced.connect(self._labels_replaced)
        self._proposer = Proposer(self)
        self._proposer.offered.connect(self._show_offer)
        self._proposer.refused.connect(self._wrong)
        self._proposer.due.connect(self._ask)
        self._proposer.lost.connect(self._labels_changed)
        self.effect = PreviewEffect(desk.session, self)
        self.effect.measured.connect(self._show_effect)
        self._hand = Hand(desk.viewer, self._drawing, self._drawn, self.cancel)
        self._keys = ToolKeys(self._key_pressed, self.apply, self.cancel)

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
        self.panel = ToolPanel(self.apply, self.cancel)
        column.addWidget(self.panel)
        desk.connections.add(desk.session.events.labels, self._labels_changed)
        desk.connections.add(desk.session.events.image, self._ask_again)
        desk.connections.add(desk.viewer.layers.events.removed, self._layer_removed)
        desk.connections.add_undo(self.stop)
        self._labels_changed()

    # What the stage and scripts call.

    @property
    def tool(self) -> type[Tool] | None:
        """The tool that is chosen."""
        return self._tool

    @property
    def proposal(self) -> Proposal | None:
        """What the tool proposes for the labels as they are; None while it is not known."""
        offer = self._proposer.offer
        return None if offer is None else offer.proposal

    @property
    def working(self) -> bool:
        """Whether a proposal is on its way."""
        return self._proposer.working

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
            self._tool = tool
            self.panel.show_form(tool, self._ask_again)
        point = None if position is None else voxel_at(self.desk.viewer, layer, position)
        self._gesture = Gesture(seen, point)
        self.panel.show_words(tool)
        self.grid.setVisible(False)
        self.panel.setVisible(True)
        QTimer.singleShot(0, self.panel.bring_into_view)
        self._keys.bind_answers()
        self._hand.take(layer, tool.needs)
        self._say("")
        self._show_ready()
        if tool.needs is Need.NOTHING or (tool.needs is Need.POINT and point is not None):
            self._ask()

    def apply(self) -> None:
        """Make the change that is shown; if labels or limits changed since it was computed, it is proposed again."""
        if self._tool is None:
            return
        offer, said = self._proposer.offer, self.panel.said.text()
        if offer is None:
            self._say("There is nothing to apply yet." if self.working or not said else said)
            return
        if not offer.holds or self._proposer.waiting or self._held.edits is None:
            self._ask()
            return
        tool = self._tool
        if self.panel.form is not None:
            self.panel.form.keep()
        if offer.prepared is not None:
            try:
                self._held.make(offer.edits, offer.prepared)
            except CrystalSegError as error:
                self._say(str(error), wrong=True)
                return
            self.desk.bar.say(f"{tool.title}: {offer.proposal.text}")
        if tool.needs is Need.NOTHING:
            self.cancel()
            return
        # The hand goes on with the same tool.
        self._drop()
        if self._gesture is not None:
            self._gesture = Gesture(self._gesture.seen)
        self._say("")
        self._show_ready()

    def cancel(self) -> None:
        """Drop what is proposed, and put the tool away."""
        self._drop()
        self._hand.put_down()
        self._keys.release_answers()
        self._tool = None
        self.panel.clear_form()
        self.panel.setVisible(False)
        self.grid.setVisible(True)

    def stop(self) -> None:
        """End the thread and let go of layers; the tool box is of no more use."""
        self.cancel()
        self._proposer.stop()
        self.effect.stop()
        self._let_go()

    # Proposals.

    def _ask_again(self, value: Any = None) -> None:
        """Ask once the hand rests: what the proposal was computed from changed."""
        tool, gesture = self._tool, self._gesture
        if tool is not None and gesture is not None and not self._held.making and gesture.shows(tool.needs):
            self._proposer.postpone()

    def _ask(self) -> None:
        edits, form, gesture = self._held.edits, self.panel.form, self._gesture
        if edits is None or form is None or gesture is None:
            return
        self._proposer.begin()
        try:
            tool = form.value()
            scene = scene_of(
                self.desk.session,
                edits,
                gesture.seen,
                point=gesture.point,
                path=gesture.path,
                box=gesture.box,
                other_index=self._held.other_slice(gesture.seen),
            )
        except CrystalSegError as error:
            self._wrong(str(error))
            return
        self._say("Looking …")
        self._show_ready()
        self._proposer.ask(tool, scene, edits)

    def _show_offer(self, offer: Offer) -> None:
        proposal = offer.proposal
        if proposal.box is None or proposal.picture is None:
            self.preview.hide()
        else:
            self.preview.show(offer.edits.layer, proposal.box, proposal.picture)
        text = proposal.text
        if proposal.change is None and self.panel.form is not None:
            text += less_than_a_voxel(self.panel.form.value(), voxel_size_um(offer.edits.layer))
        self._say(text + self._why_nothing_back(offer))
        self._show_ready()
        self.effect.ask(offer)

    def _show_effect(self, offer: Offer, effect: EditEffect) -> None:
        if self._proposer.offer is offer and not self._proposer.waiting:
            self._say(f"{offer.proposal.text} {effect_text('If applied', effect)}{self._why_nothing_back(offer)}")

    def _why_nothing_back(self, offer: Offer) -> str:
        """Why a habit gives the crystal nothing, where it does not."""
        if self.panel.form is None:
            return ""
        chosen = int(offer.edits.layer.selected_label)
        gained = any(volume > 0 for material, volume in offer.proposal.gains_um3.items() if material == chosen)
        return nothing_back(self.panel.form.value(), gained)

    def _wrong(self, text: str) -> None:
        self._proposer.withdraw()
        self.preview.hide()
        self._say(text, wrong=True)
        self._show_ready()

    def _drop(self) -> None:
        self._proposer.drop()
        self.effect.forget()
        self.preview.hide()

    # The hand.

    def _drawing(self, path: NDArray[np.float64], seen: SeenSlice) -> None:
        edits, tool = self._held.edits, self._tool
        if edits is None:
            return
        self._proposer.forget()
        drawn = None if tool is None else sketch(tool.needs, path, seen, edits.edited.data.shape)
        if drawn is not None:
            self.preview.show(edits.layer, *drawn)

    def _drawn(self, path: NDArray[np.float64], seen: SeenSlice) -> None:
        edits, tool = self._held.edits, self._tool
        if edits is None or tool is None or self._gesture is None:
            return
        self._gesture = gesture = replace(self._gesture, seen=seen)
        if tool.needs is not Need.BOX:
            self._gesture = gesture.with_path(tool.needs, path)
        else:
            size = voxel_size_um(edits.layer)
            if len(path) < 2 or size is None:
                return
            self._gesture = gesture.with_box(path, size, edits.edited.data.shape)
            if self._gesture.box is None:
                self._wrong("The box lies outside the labels; drag it over them.")
                return
        self._ask()

    # Labels and keys.

    def _required_edits(self) -> LayerEdits:
        if self.desk.session.labels is None:
            raise InputError("There are no labels: segment a volume, or open labels in the stage Open.")
        edits = edits_of(self.desk.session.labels)
        if edits is None:
            raise InputError(f"These labels cannot be edited as they are: press '{COPY_BUTTON}'.")
        if edits is not self._held.edits:
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
        labels = self.desk.session.labels
        self._held.take(labels)
        if labels is not None:
            self._keys.bind(labels)

    def _let_go(self) -> None:
        self._held.let_go()
        self._keys.release()

    def _key_pressed(self, tool: type[Tool]) -> None:
        self._attempt(tool, tuple(self.desk.viewer.cursor.position))

    def _labels_replaced(self) -> None:
        self._labels_changed()
        self.copy_box.refresh()

    def _layer_removed(self, event: Any) -> None:
        if event.value is self._held.layer:
            self._labels_changed()

    # What is shown.

    def _say(self, text: str, wrong: bool = False) -> None:
        self.panel.say(text, wrong)
        if text and not self.isVisible():
            # A key was pressed while another stage is shown.
            (self.desk.bar.warn if wrong else self.desk.bar.say)(text)

    def _show_ready(self) -> None:
        proposal = self.proposal
        self.panel.apply_button.setEnabled(proposal is not None and proposal.voxels > 0)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Apply by Enter and drop by Escape, wherever in the box the keyboard is but on another button."""
        if event is None or self._tool is None:
            super().keyPressEvent(event)
            return
        focused = self.focusWidget()
        other = isinstance(focused, QAbstractButton) and focused is not self.panel.apply_button
        if event.key() == Qt.Key.Key_Escape:
            self.cancel()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not other:
            self.apply()
        else:
            super().keyPressEvent(event)
