"""Stage Review: it opens on the worst place, and says when to stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ...errors import InputError
from ...review.edits.edit import Edit
from ...review.session.review_state import Verdict
from ..class_labels.class_table import ClassTable
from ..label_edits.layer_edits import LayerEdits, edits_of
from ..layers.label_layer import labels_of, volume_of
from ..layers.layer_place import finest
from ..layers.orientation import orientation_of
from ..parts.levels import set_level
from ..parts.stage import Desk, Stage, note
from ..planes.views_dock import jump
from ..session.label_findings import label_findings
from ..session.place_review import PlaceReview, name_of
from ..session.remembered import MODEL_FOLDER, recall_folder
from ..tasks.places import FoundPlaces, find_places
from ..teaching.teach_box import TeachBox
from ..tool_box.copy_box import COPY_BUTTON
from ..tool_box.tool_box import ToolBox
from .fitted_brush import FittedBrush
from .lamp_row import LampRow
from .place_mark import PlaceMark
from .place_table import PlaceTable

if TYPE_CHECKING:
    from napari.layers import Image, Layer
    from napari.layers import Labels as LabelsLayer

    from ...review.places.place import Place

KEYS = {"next": "N", "back": "Shift-N", "right": "Space", "accept": "G"}
"""Keys on the labels layer, as napari writes them."""


class ReviewStage(Stage):
    """Places to look at, worst first; keys go from one to the next, and a line says what the rest is worth."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._end_listening: Callable[[], object] | None = None
        self._bound: Any = None
        self.mark = PlaceMark(desk.viewer, desk.connections)
        self.brush = FittedBrush(desk.connections)
        self.fixed = QWidget()
        top = self.top = QVBoxLayout(self.fixed)
        top.setContentsMargins(8, 8, 8, 0)
        top.setSpacing(4)
        self.find_button = self.button(
            "Find do&ubtful places",
            self.find_places,
            "Rank the places where labels may be wrong by what they would change in the absorption factors.",
            big=True,
        )
        self.head = QHBoxLayout()
        self.head.addWidget(self.find_button)
        top.addLayout(self.head)
        self.stop_line = note()
        font = self.stop_line.font()
        font.setBold(True)
        self.stop_line.setFont(font)
        top.addWidget(self.stop_line)
        self.remarks = note()
        set_level(self.remarks, "warning")
        top.addWidget(self.remarks)
        keys = QGridLayout()
        self.back_button = self._step("Back", "back", self.back, "The open place before this one.")
        self.next_button = self._step("Next", "next", self.next, "The next open place; this one stays open.")
        self.right_button = self._step("Right", "right", self.right, "It looks right: tick it, and go to the next.")
        self.accept_button = self._step(
            "Change it", "accept", self.accept, "Give this place the class that is suggested, and go to the next."
        )
        for place, button in enumerate((self.back_button, self.next_button, self.right_button, self.accept_button)):
            keys.addWidget(button, *divmod(place, 2))
        top.addLayout(keys)
        self.lamps = LampRow(desk, self.attempt)
        self.column.addWidget(self.lamps)
        self.table = PlaceTable(lambda number: self.attempt(partial(self.go_to, number)), self._tick)
        self.table.setMinimumHeight(200)
        self.column.addWidget(self.table, 1)
        self.class_table = ClassTable(desk.viewer, desk.session, desk.connections)
        self.column.addWidget(self.class_table)
        self.tools = ToolBox(desk)
        self._kept: tuple[object, frozenset[int]] = (None, frozenset())
        self.column.addWidget(self.tools)
        self.teaching = TeachBox(desk, self.find_again)
        self.column.addWidget(self.teaching)
        self.column.addStretch()
        self.when("labels", self._labels_changed)
        self.when("review", self._show)
        self.when("processed", self._find_after_process)
        for field in ("busy", "labels"):
            self.when(field, self._show_ready)
        desk.connections.add_undo(self._let_go_of_labels)
        self._labels_changed()
        self._show()
        self._show_ready()

    def find_again(self, before: PlaceReview) -> None:
        """Rank the places anew after labels were taught; the view stays with the strokes, which are looked at.

        Parameters
        ----------
        before : PlaceReview
            The earlier list, with what is still ticked.

        Raises
        ------
        InputError
            As :meth:`find_places`.
        """
        self.find_places(before, stay=True)

    def find_places(self, before: PlaceReview | None = None, stay: bool = False) -> None:
        """Rank the places of the session's labels, in the worker; those that were seen to stay ticked.

        Parameters
        ----------
        before : PlaceReview, optional
            An earlier list of these labels; the one that is shown by default.
        stay : bool
            Whether the view stays where it is, and does not go to the worst place.

        Raises
        ------
        InputError
            There are no labels, or something is wrong with them.
        """
        session = self.desk.session
        layer = session.labels
        if layer is None:
            raise InputError("There are no labels: segment a volume, or open labels in the stage Open.")
        if problems := label_findings(session):
            raise InputError(problems[0])
        uncertainty = session.uncertainty.get(layer)
        volume = None if session.image is None else volume_of(session.image)
        labels = labels_of(layer)
        if volume is not None and volume.shape != labels.shape:
            volume = None
        values, experiment = session.coefficients.values, session.experiment
        earlier = session.review if before is None else before
        seen = earlier.seen_to() if earlier is not None and earlier.layer is layer else ()
        self.desk.bar.start(
            "Find places",
            find_places,
            labels,
            {} if values is None else asdict(values),
            reflection_files=experiment.files,
            sphere=experiment.sphere,
            offset_deg=experiment.offset_deg,
            volume=volume,
            uncertainty=uncertainty if isinstance(uncertainty, np.ndarray) else None,
            probabilities=None if session.image is None else session.probabilities.get(session.image),
            model_folder=recall_folder(MODEL_FOLDER) or None,
            reviewed=tuple(place for place, _ in seen),
            done=lambda found: self._found(layer, session.image, found, seen, stay),
        )

    def _find_after_process(self, sample: Any) -> None:
        if sample is not None and sample.crystal_found:
            # Once the job that ends here has made room for the next.
            QTimer.singleShot(0, partial(self.attempt, self.find_places))

    def _found(
        self,
        layer: LabelsLayer,
        image: Image | None,
        found: FoundPlaces,
        seen: tuple[tuple[Place, Verdict], ...] = (),
        stay: bool = False,
    ) -> None:
        session = self.desk.session
        places = found.places
        if image is not None and found.probabilities is not None:
            session.probabilities[image] = found.probabilities
        if layer is not session.labels:
            self.desk.bar.say("The places are of labels that are not chosen any more; find them again.")
            return
        session.review = PlaceReview(layer, places).followed_by(seen)
        if stay:
            # Of no row, though an earlier review may have left off at one: the next is the worst.
            session.review = session.review.going_to(None)
            self.mark.hide()
            more = f"{len(places)} places to look at now: {KEYS['next']} goes to the worst." if len(places) else ""
            self.desk.bar.say(f"Taught by strokes; Undo takes it back. {more or 'Nothing to look at now.'}")
            return
        self.desk.bar.say(f"{len(places)} places to look at, worst first." if len(places) else "Nothing to look at.")
        self.next()

    def next(self) -> None:
        """Go to the next open place."""
        review = self._review()
        self._go(review, review.places.next(review.at))

    def back(self) -> None:
        """Go to the open place before."""
        review = self._review()
        self._go(review, review.places.previous(len(review.places) if review.at is None else review.at))

    def right(self) -> None:
        """Tick the place as right, and go to the next."""
        self._found_at(Verdict.RIGHT)

    def accept(self) -> None:
        """Make the change that is suggested, tick the place as mended, and go to the next.

        Raises
        ------
        InputError
            Nothing is suggested there, or the labels cannot be edited.
        """
        review = self._review()
        if review.place is None or review.at is None:
            return
        change = review.place.change()
        if change is None:
            raise InputError("Nothing better is known for this place: what lies beyond the field was not seen.")
        self._edits().apply(change, name=f"Suggestion: {review.place.reason}")
        self._found_at(Verdict.MENDED)

    def go_to(self, number: int) -> None:
        """Go to a place by its number, from 0."""
        review = self.desk.session.review
        if review is not None:
            self._go(review, number)

    def _found_at(self, verdict: Verdict) -> None:
        review = self._review()
        if review.at is None:
            return
        review = review.ticked(review.at, verdict)
        self._go(review, review.places.next(review.at))

    def _go(self, review: PlaceReview, number: int | None) -> None:
        review = review.going_to(number)
        self.desk.session.review = review
        place = review.place
        self.mark.show(place, review.layer)
        if place is None or number is None:
            self.desk.bar.say("All places were seen to.")
            return
        z, y, x = (side.stop - side.start for side in place.box)
        orientation = orientation_of(review.layer)  # places are of the labels as they are seen
        centre = orientation.stored_voxel(place.centre, finest(review.layer).shape)
        jump(self.desk.viewer, centre, review.layer, orientation.stored_lengths((z, y, x)))
        self.brush.fit(review.layer, place)
        self.desk.bar.say(f"{name_of(place, number)}: {place.at_stake_percent:.2g} % of A at stake.")

    def _tick(self, number: int, ticked: bool) -> None:
        review = self.desk.session.review
        if review is not None:
            self.desk.session.review = review.ticked(number, Verdict.RIGHT) if ticked else review.unticked(number)

    def _review(self) -> PlaceReview:
        review = self.desk.session.review
        if review is None:
            raise InputError("No places were looked for yet: press 'Find doubtful places'.")
        return review

    def _edits(self) -> LayerEdits:
        edits = edits_of(self.desk.session.labels)
        if edits is None:
            raise InputError(f"These labels cannot be edited as they are: press '{COPY_BUTTON}'.")
        return edits

    def _labels_changed(self, layer: Any = None) -> None:
        session = self.desk.session
        self._let_go_of_labels()
        if session.review is not None and session.review.layer is not session.labels:
            session.review = None
            self.mark.show(None, None)
        edits = edits_of(session.labels)
        if edits is not None:
            self._end_listening = edits.listen(self._edited)
        if session.labels is not None:
            self._bound = session.labels
            for name, key in KEYS.items():
                session.labels.bind_key(key, self._on_key(name), overwrite=True)

    def _let_go_of_labels(self) -> None:
        if self._end_listening is not None:
            self._end_listening()
            self._end_listening = None
        if self._bound is not None:
            for key in KEYS.values():
                self._bound.bind_key(key, None, overwrite=True)
            self._bound = None

    def _on_key(self, name: str) -> Callable[[Any], None]:
        action = getattr(self, name)
        return lambda layer: self.attempt(action)

    def _edited(self, edits: LayerEdits, edit: Edit | None) -> None:
        review = self.desk.session.review
        if review is None or edit is None or review.layer is not edits.layer:
            return
        after = review.after_edit(edit.box, edits.edited.data)
        if after is not review:
            self.desk.session.review = after

    def _step(self, text: str, name: str, action: Callable[[], None], tip: str) -> QPushButton:
        key = KEYS[name].replace("-", "+")
        button = self.button(f"{text} ({key})", action, tip)
        # Four in a row of the narrowest dock.
        button.setStyleSheet("padding: 3px 1px;")
        return button

    def _show(self, value: Any = None) -> None:
        session = self.desk.session
        review = session.review
        labels = values = None
        if review is not None:
            labels = _seen(review.layer)
            volume = None if session.image is None else _seen(session.image)
            if labels is not None and volume is not None and tuple(volume.shape) == tuple(labels.shape):
                values = volume
        self.table.show_places(review, labels, values)
        self._keep_what_is_right(review)
        sentence = "" if review is None else review.places.sentence()
        self.stop_line.setText(sentence)
        self.stop_line.setVisible(bool(sentence))
        remarks = () if review is None else review.places.remarks
        self.remarks.setText("\n".join(remarks))
        self.remarks.setVisible(bool(remarks))
        for button in (self.back_button, self.next_button, self.right_button, self.accept_button):
            button.setEnabled(review is not None and len(review.places) > 0)
        self.table.setVisible(review is not None)

    def _keep_what_is_right(self, review: PlaceReview | None) -> None:
        """Let no edit touch places that were ticked as right; those that are being mended are open."""
        right: frozenset[int] = frozenset()
        if review is not None:
            right = frozenset(n for n, verdict in review.verdicts.items() if verdict is Verdict.RIGHT)
        kept = (None if review is None else review.layer, right)
        if kept == self._kept:
            return
        self._kept = kept
        if review is None or not right or edits_of(review.layer) is None:
            self.tools.keep(None)
            return
        mask = np.zeros(finest(review.layer).shape, bool)
        for number in right:
            place = review.places.places[number]
            mask[place.box] |= place.mask
        self.tools.keep(mask)

    def _show_ready(self, value: Any = None) -> None:
        session = self.desk.session
        self.find_button.setEnabled(session.labels is not None and not session.busy)


def _seen(layer: Layer) -> Any:
    """Array of a layer as it is seen, of which places are; None where it was turned since they were found."""
    data = finest(layer)
    try:
        orientation = orientation_of(layer)
    except InputError:
        return None
    return data if orientation.is_plain else orientation.seen(data if hasattr(data, "transpose") else np.asarray(data))
