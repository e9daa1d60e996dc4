"""DropReviewer: shows one micrograph, follows what a person does to it, and keeps that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, QTimer

from ....drops.classes import DROP_CLASSES
from ....drops.contradiction import contradiction
from ....drops.dispensing.dispensing_position import assumed_pixel_size_um
from ....drops.review import DropReview, DropReviews
from ....errors import CrystalSegError, InputError
from ...parts.background import Background
from ..drop_entry import DropEntry
from .drop_layers import CRYSTAL_LABELS, DROP_LABELS, DropLayers
from .opened_drop import FollowedDrop, OpenedDrop
from .place_words import place_words
from .review_box import ReviewBox

if TYPE_CHECKING:
    from ....drops.objects import DropObjects
    from ....io.drop_images import DropImage
    from ....progress import Progress

_AFTER_EDIT_MS = 10
_SAME_PX = 1e-3


@dataclass(frozen=True, eq=False)
class _Read:
    image: DropImage
    review: DropReview | None
    warning: str


class DropReviewer(QObject):
    """The review of one micrograph at a time.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Where it is shown.
    box : ReviewBox
        Its fields and buttons.
    warn : callable
        Called with a sentence that the user must see.
    changed : callable
        Called with the number of a micrograph of which more is known than before.
    shown : callable
        Called with its number when a micrograph is shown.
    """

    def __init__(
        self,
        viewer: Any,
        box: ReviewBox,
        warn: Callable[[str], None],
        changed: Callable[[int], None],
        shown: Callable[[int], None],
    ) -> None:
        super().__init__(box)
        self.box = box
        self.reviews = DropReviews()
        self.layers = DropLayers(viewer, self._edited, self._dragged)
        self.opened: OpenedDrop | None = None
        self.followed: FollowedDrop | None = None
        self.given_pixel_um: float | None = None
        """Side of a pixel that a person typed, µm."""
        self._entry: DropEntry | None = None
        self._warn, self._changed, self._shown = warn, changed, shown
        self._reading = Background("drop-image", self)
        self._following = Background("dispensing", self)
        self._again = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_AFTER_EDIT_MS)
        self._soon.timeout.connect(self._follow)
        box.classes.chosen.connect(self.choose_class)
        box.score_changed.connect(self._filter)
        box.pixel_size_changed.connect(self._type_pixel_size)
        box.back_button.clicked.connect(self.back_to_best)
        box.tools.taken.connect(self._take_tool)

    def open(self, number: int, entry: DropEntry) -> None:
        """Show a micrograph, read in a thread; what was done to the one before is kept first."""
        self.leave()
        self._entry = entry
        self.box.show_nothing(f"{entry.name}: opening …")
        reviews = self.reviews

        def read(progress: Progress) -> _Read:
            return _read(entry, reviews)

        self._reading.ask(read, lambda answer: self._read(number, entry, answer))

    def take_found(self, entry: DropEntry, found: DropObjects) -> bool:
        """Show what the detector found in the micrograph that is shown, below what was drawn meanwhile.

        Returns
        -------
        bool
            False where it was reviewed, and what was kept stays; or another is shown.
        """
        opened, labels = self.opened, self._labels()
        if opened is None or labels is None or entry is not self._entry or opened.image.shape != found.shape:
            return False
        if opened.saved is not None and opened.saved.automatic.objects is not None:
            return False
        self._show_labels(*opened.take_found(found, *labels))
        self._follow()
        return True

    def take_class(self, entry: DropEntry) -> None:
        """Show the class of the micrograph that is shown, if it is of this entry."""
        if self.opened is not None and entry is self._entry:
            self.opened.class_names, self.opened.probabilities = entry.class_names, entry.probabilities
            self._show_class()

    def choose_class(self, drop_class: str) -> None:
        """Take a person's word for the class."""
        if self.opened is not None and self._entry is not None and drop_class in DROP_CLASSES:
            self.opened.class_by_hand = self._entry.drop_class = drop_class
            self._show_class()
            self._changed(self.opened.number)

    def back_to_best(self) -> None:
        """Put the dispensing point back to the best place."""
        if self.opened is not None:
            self.opened.by_hand_px = None
            self._follow()

    def accept(self) -> bool:
        """Keep the micrograph as it is shown; False where that was not possible, which was said."""
        if self.opened is None:
            return False
        return self._keep(accepted=True)

    def keep_begun(self) -> None:
        """Keep what was done to the micrograph that is shown and not accepted."""
        if self.opened is not None:
            self._keep(accepted=False)

    def leave(self) -> None:
        """Keep what was done to the micrograph that is shown and not accepted, and show it no longer."""
        self._reading.forget()
        self._following.forget()
        self._soon.stop()
        self.keep_begun()
        self.opened = self.followed = self._entry = None

    def close(self) -> None:
        """Keep what was done, and end the threads."""
        self.leave()
        self._reading.stop()
        self._following.stop()
        self.layers.close()

    @property
    def pixel_size_um(self) -> float | None:
        """Side of a pixel of the micrograph that is shown, µm; None where nobody knows."""
        if self.given_pixel_um is not None or self.opened is None:
            return self.given_pixel_um
        image = self.opened.image
        return assumed_pixel_size_um(image.shape) if image.pixel_size_um is None else image.pixel_size_um

    @property
    def pixel_size_assumed(self) -> bool:
        """Whether it is that of CHiMP's images, and neither the file nor a person stated it."""
        stated = self.opened is not None and self.opened.image.pixel_size_um is not None
        return self.given_pixel_um is None and not stated and self.pixel_size_um is not None

    # What was read.

    def _read(self, number: int, entry: DropEntry, answer: Any) -> None:
        if isinstance(answer, BaseException) and not isinstance(answer, CrystalSegError | MemoryError | OSError):
            raise answer
        if isinstance(answer, BaseException):
            entry.problem = str(answer) or "There is not enough memory to show it."
            self._entry = None
            self.layers.remove()
            self.box.show_nothing(f"{entry.name} cannot be shown")
            self.box.show_place(entry.problem, True, False)
            self._changed(number)
            self._shown(number)
            return
        if entry.problem:
            entry.problem = ""
            self._changed(number)
        if answer.warning:
            self._warn(answer.warning)
            entry.forget_review()
        found = entry.found
        if found is not None and found.shape != answer.image.shape:
            found = None  # the file was replaced since
        lowest = self.box.lowest_score
        self.opened = opened = OpenedDrop(number, answer.image, found, lowest, answer.review)
        if answer.review is not None:
            entry.keep_review(answer.review)
            if answer.review.pixel_size_um and not answer.review.pixel_size_assumed and self.given_pixel_um is None:
                # One that the file does not state was typed.
                if answer.image.pixel_size_um != answer.review.pixel_size_um:
                    self.given_pixel_um = answer.review.pixel_size_um
        if entry.probabilities:
            opened.class_names, opened.probabilities = entry.class_names, entry.probabilities
        crystals, drops = opened.crystals.labels, opened.drops.labels
        self.layers.show_image(answer.image.values, self.pixel_size_um, crystals, drops)
        self._ready_brush(crystals, drops)
        rows, columns = answer.image.shape
        self.box.show_drop(f"{entry.name} ({columns} × {rows})", opened.lowest_score)
        self._show_pixel_size()
        self._show_class()
        self._follow()
        self._changed(number)
        self._shown(number)

    # What a person does.

    def _edited(self) -> None:
        if self.opened is not None and not self._soon.isActive():
            self._soon.start()

    def _dragged(self, place_px: tuple[float, float] | None) -> None:
        opened = self.opened
        if opened is None:
            return
        known = opened.by_hand_px
        if known is None and self.followed is not None:
            known = self.followed.best_px
        if place_px is None or known is None:
            moved = place_px is not known
        else:
            moved = max(abs(place_px[0] - known[0]), abs(place_px[1] - known[1])) > _SAME_PX
        if moved:
            opened.by_hand_px = place_px
            self._edited()

    def _take_tool(self, layer: str, mode: str) -> None:
        """Take a tool."""
        labels = self._labels()
        if labels is not None:
            if mode == "paint":
                self._ready_brush(*labels)
            self.layers.take_brush(layer, mode)

    def _filter(self, lowest_score: float) -> None:
        labels = self._labels()
        if self.opened is not None and labels is not None:
            self._show_labels(*self.opened.filtered(lowest_score, *labels))
            self._follow()

    def _type_pixel_size(self, size_um: float) -> None:
        self.given_pixel_um = size_um or None
        self.layers.set_pixel_size(self.pixel_size_um)
        self._show_pixel_size()
        self._show_place()

    # What follows from it.

    def _follow(self) -> None:
        """Work out the dispensing point in a thread; while it works, the labels as they will be then are next."""
        if self._following.working:
            self._again = True
            return
        labels, opened = self._labels(), self.opened
        if opened is None or labels is None:
            return
        self._again = False
        crystals, drops = (one.copy() for one in labels)
        by_hand = opened.by_hand_px

        def work(progress: Progress) -> FollowedDrop:
            return opened.followed(crystals, drops, by_hand)

        def came(answer: Any) -> None:
            if isinstance(answer, BaseException):
                raise answer
            if opened is self.opened:
                self._show_followed(answer)
                if self._again:
                    self._follow()

        self._following.ask(work, came)

    def _show_followed(self, followed: FollowedDrop) -> None:
        from ....drops.objects import CRYSTAL

        opened, entry = self.opened, self._entry
        if opened is None or entry is None:
            return
        self.followed = followed
        crystals = followed.objects.of_kind(CRYSTAL)
        place = followed.best_px if opened.by_hand_px is None else opened.by_hand_px
        self.layers.show_findings(crystals, followed.edges_px, place)
        self._show_place()
        known = entry.crystals, entry.place_warning
        if opened.found is not None or crystals:
            entry.crystals = len(crystals)
        entry.place_warning = ""
        if opened.by_hand_px is not None and followed.check is not None:
            entry.place_warning = followed.check.warning
        if known != (entry.crystals, entry.place_warning):
            self._changed(opened.number)
        self._show_contradiction()

    def _show_place(self) -> None:
        if self.opened is not None and self.followed is not None:
            by_hand = self.opened.by_hand_px
            text, warning = place_words(self.followed, by_hand, self.pixel_size_um, self.opened.image.shape)
            if self.opened.found is None and not self.followed.objects.objects:
                text, warning = "Nothing was looked for in this image yet: press Detect, or paint.", False
            self.box.show_place(text, warning, by_hand is not None)

    def _show_class(self) -> None:
        if self.opened is not None:
            opened = self.opened
            self.box.classes.show_class(opened.drop_class(), opened.class_names, opened.probabilities)
            self._show_contradiction()

    def _show_contradiction(self) -> None:
        """Hold the class against the crystals that are shown, once they are known."""
        if self.opened is not None and self._entry is not None:
            crystals = None if self.followed is None else self._entry.crystals
            self.box.show_contradiction(contradiction(self.opened.drop_class(), crystals))

    def _show_pixel_size(self) -> None:
        if self.given_pixel_um is not None:
            note = "typed"
        else:
            note = "assumed (CHiMP's)" if self.pixel_size_assumed else "from the file"
            if self.pixel_size_um is None:
                note = "type it for µm"
        self.box.show_pixel_size(self.pixel_size_um, note)

    def _show_labels(self, crystals: Any, drops: Any) -> None:
        self.layers.set_labels(DROP_LABELS, drops)
        self.layers.set_labels(CRYSTAL_LABELS, crystals)
        self._ready_brush(crystals, drops)

    def _ready_brush(self, crystals: Any, drops: Any) -> None:
        """Let the brush begin a new crystal, and go on with the drop that is there."""
        if self.opened is not None:
            self.layers.select_label(DROP_LABELS, max(1, int(drops.max(initial=0))))
            self.layers.select_label(CRYSTAL_LABELS, self.opened.crystals.next_label(crystals))

    def _labels(self) -> tuple[Any, Any] | None:
        """Labels of crystals and drops as they are in the layers; what a user deleted is empty."""
        opened = self.opened
        if opened is None:
            return None
        crystals, drops = self.layers.crystal_labels, self.layers.drop_labels
        shape = opened.image.shape
        if crystals is None or crystals.shape != shape:
            crystals = opened.crystals.labels
        if drops is None or drops.shape != shape:
            drops = opened.drops.labels
        return crystals, drops

    # What is kept.

    def _keep(self, accepted: bool) -> bool:
        opened, entry, labels = self.opened, self._entry, self._labels()
        if opened is None or entry is None or labels is None:
            return False
        edited = opened.edited(*labels)
        if not accepted and opened.saved is None and not (edited or opened.by_hand_px or opened.class_by_hand):
            return False
        followed = opened.followed(*labels, opened.by_hand_px)
        now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        review = opened.review(followed, edited, accepted, now, self.pixel_size_um, self.pixel_size_assumed)
        if not accepted and not opened.is_worth_keeping(review):
            return False
        try:
            self.reviews.save(opened.path, review)
        except InputError as error:
            self._warn(f"{entry.name} was not kept: {error}")
            return False
        opened.saved = review
        entry.keep_review(review)
        self._changed(opened.number)
        return True


def _read(entry: DropEntry, reviews: DropReviews) -> _Read:
    from ....io.drop_images import open_drop_image

    image = open_drop_image(entry.path)
    try:
        review = reviews.newest(entry.path)
    except InputError as error:
        return _Read(image, None, f"The review of {entry.name} cannot be used: {error} It stays where it is.")
    if review is None:
        return _Read(image, None, "")
    same = review.image_sha256 in image.provenance.inputs.values() and review.objects.shape == image.shape
    if not same:
        return _Read(
            image, None, f"{entry.path.name} changed since it was reviewed; that review stays where it is, unused."
        )
    return _Read(image, review, "")
