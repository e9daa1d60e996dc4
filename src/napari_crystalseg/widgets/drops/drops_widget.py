"""DropsWidget: a plate of micrographs, classified and reviewed one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEvent
from qtpy.QtGui import QCloseEvent, QHideEvent
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ...drops.classes import DROP_CLASSES
from ...drops.dispensing.dispensing_position import CHIMP_PIXEL_SIZE_UM
from ...errors import CrystalSegError, InputError
from ..parts.background import Background
from ..parts.fold import Fold
from ..parts.job_bar import JobBar
from ..queue.file_drop import FileDrop
from ..session.session import Session
from ..tasks.drops import classify_images, detect_in_images, export_reviews
from ..tasks.found_drop import FoundDrop
from .canvas_drop import CanvasDrop
from .detection_follower import DetectionFollower
from .drop_entry import DropEntry
from .drop_list import DropList, list_drops
from .drop_order import order_of, step
from .export_dialog import ExportDialog
from .network_choice import NetworkChoice
from .plate.plate_legend import PlateLegend
from .plate.plate_view import PlateView
from .review.drop_reviewer import DropReviewer
from .review.review_box import ReviewBox

if TYPE_CHECKING:
    import napari

    from ...drops.review import DropReview, DropReviews
    from ...progress import Progress
    from ...workflows.drops.classified_drop import ClassifiedDrop
    from ...workflows.drops.detect import DetectedDrop

_FILES = "Images (*.jpg *.jpeg *.png *.tif *.tiff *.bmp);;All files (*)"
_NOTHING = "Open a folder of micrographs, or drop one here."
_DEMO = "The bundled networks were trained on simulated drops alone."
_PREFETCHED = 2


class DropsWidget(QWidget):
    """Micrographs of crystallisation drops: the plate, and the review of the one that is chosen.

    Parameters
    ----------
    napari_viewer : napari.Viewer
        Where micrographs are shown.
    """

    def __init__(self, napari_viewer: napari.Viewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # napari hands plugins a proxy of its viewer.
        self._viewer: Any = getattr(napari_viewer, "__wrapped__", napari_viewer)
        self.entries: list[DropEntry] = []
        self._by_path: dict[str, int] = {}
        self._title = ""
        self._left_out: tuple[str, ...] = ()
        self._closed = False
        self._had_parent = self.parent() is not None
        self._listing = Background("drop-list", self)

        self.title = QLabel(_NOTHING)
        self.title.setWordWrap(True)
        self.folder_button = self._button("&Folder…", self._choose_folder, "Open a folder of micrographs.")
        self.files_button = self._button("&Images…", self._choose_files, "Open single micrographs.")
        self.plate = PlateView()
        self.plate.chosen.connect(self.open_drop)
        self.plate.entered.connect(self._enter)
        self.plate.stepped.connect(self.go)
        self.plate.accepted.connect(self.accept)
        self.plate.class_pressed.connect(self._class_pressed)
        self.order = QComboBox()
        self.order.addItems(["in order of the plate", "likeliest crystals first"])
        self.order.setToolTip("Order of Next, Previous and Accept.")
        self.order.setAccessibleName("Order")
        self.previous_button = self._button("◂", lambda: self.go("previous"), "Previous drop (P in the plate).")
        self.previous_button.setAccessibleName("Previous drop")
        self.next_button = self._button("▸", lambda: self.go("next"), "Next drop (N in the plate).")
        self.next_button.setAccessibleName("Next drop")
        self.crystals_button = self._button(
            "Ne&xt crystals", lambda: self.go("crystals"), "Next with crystals that is not accepted (X in the plate)."
        )
        self.classify_button = self._button(
            "&Classify all", self.classify_all, "Class and probabilities of each image that has none."
        )
        self.detect_button = self._button("&Detect", self.detect_here, "Look for drop and crystals in this image.")
        self.detect_all_button = self._button(
            "Detect in all", self.detect_all, "Look for drops and crystals in each image that was not looked at."
        )
        self.export_button = self._button("&Export…", self._choose_export, "Write positions, classes, outlines, masks.")
        self.networks = Fold("Networks", "Which networks are asked.")
        self.classifier, self.detector = NetworkChoice("classifier"), NetworkChoice("detector")
        self.by_itself = QCheckBox("Detect in an image when it is opened, and in the next")
        self.by_itself.setChecked(True)
        self.demo_note = QLabel(_DEMO)
        self.demo_note.setWordWrap(True)
        self.demo_note.setToolTip("Check what they say of real drops, or choose the weights of CHiMP under Networks.")
        self.box = ReviewBox()
        self.job_bar = JobBar(Session(), self)
        self.reviewer = DropReviewer(self._viewer, self.box, self.job_bar.warn, self._changed, self._shown)
        self.follower = DetectionFollower(self._detected, self.job_bar.warn, self)
        self.box.accept_button.clicked.connect(self.accept)
        self.classifier.changed.connect(self._other_classifier)
        self.detector.changed.connect(self._other_detector)
        self._lay_out()
        FileDrop(self, self.open_paths)
        self._canvas_drop = CanvasDrop(self._viewer, self.open_paths)
        # By then the widget is gone: what is called must not touch it.
        for close in (self.job_bar.holder.close, self.follower.holder.close, self._canvas_drop.close):
            self.destroyed.connect(close)
        self._enable()

    # What is open.

    def open_paths(self, paths: Sequence[str | Path]) -> None:
        """Open folders and files of micrographs in place of what is open, listed in a thread."""
        places = [Path(path) for path in paths]
        reviews = self.reviewer.reviews
        self.job_bar.say("Looking for images …")

        def work(progress: Progress) -> tuple[DropList, dict[int, DropReview], int]:
            found = list_drops(places)
            return found, *_kept(found.entries, reviews, progress)

        def came(answer: Any) -> None:
            if isinstance(answer, CrystalSegError | OSError):
                self.job_bar.warn(str(answer))
            elif isinstance(answer, BaseException):
                raise answer
            else:
                self._take(*answer)

        self._listing.ask(work, came)

    def open_drop(self, number: int) -> None:
        """Show one of them."""
        if 0 <= number < len(self.entries):
            self.plate.set_current(number)
            self.reviewer.open(number, self.entries[number])

    def go(self, where: str) -> None:
        """Go to the ``next``, the ``previous``, or the next with ``crystals`` that is not accepted."""
        number = step(self.entries, self.plate.current, where, self._likely_first)
        if number is not None:
            self.open_drop(number)
        elif self.entries:
            words = {"next": "This is the last.", "previous": "This is the first."}
            self.job_bar.say(words.get(where, "No other drop has crystals and is not accepted."))

    def accept(self) -> None:
        """Keep what is shown, and go to the next."""
        name = self._current_name()
        if self.reviewer.accept():
            self._count()
            self.job_bar.say(f"{name} is accepted.")
            self.go("next")

    # Networks.

    def classify_all(self) -> None:
        """Classify what was not classified yet, in the worker; what is done stays when it is cancelled."""
        wanted = [one for one in self.entries if not one.probabilities]
        self._start("Classifying", classify_images, wanted or self.entries, self.classifier, self._classified)

    def detect_all(self) -> None:
        """Look for drops and crystals where nobody looked yet, in the worker."""
        wanted = [one for one in self.entries if one.packed is None]
        self._start("Detecting", detect_in_images, wanted or self.entries, self.detector, self._detected)

    def detect_here(self) -> None:
        """Look for drop and crystals in the image that is shown."""
        if 0 <= self.plate.current < len(self.entries):
            entry = self.entries[self.plate.current]
            self.job_bar.say(f"Detecting in {entry.name} …")
            self.follower.ask(entry.path, by_hand=True)

    def export(self, folder: Path, forms: Sequence[str], only_accepted: bool) -> None:
        """Write files of what is accepted, or of all, in the worker."""
        self.reviewer.keep_begun()
        lowest = self.box.lowest_score
        found = {}
        for entry in self.entries:
            size = self.reviewer.given_pixel_um or entry.pixel_size_um
            if entry.packed is not None or entry.likely_class is not None:
                found[str(entry.path)] = FoundDrop(
                    entry.packed, lowest, entry.likely_class, size or CHIMP_PIXEL_SIZE_UM, size is None
                )
        paths = [str(entry.path) for entry in self.entries]

        def done(written: list[str]) -> None:
            self.job_bar.say(f"Wrote {len(written)} files to {folder}.")

        try:
            self.job_bar.start(
                "Exporting", export_reviews, paths, found, self.reviewer.reviews, only_accepted, str(folder),
                list(forms), done=done,
            )  # fmt: skip
        except CrystalSegError as error:
            self.job_bar.warn(str(error))

    def close_down(self) -> None:
        """Keep what was done, and stop job, worker and threads; the widget is of no more use."""
        if not self._closed:
            self._closed = True
            self.reviewer.close()
            self._listing.stop()
            self.follower.close()
            self.job_bar.close_worker()
            self._canvas_drop.close()

    # What Qt asks.

    def changeEvent(self, event: QEvent | None) -> None:
        """See napari take the dock out of its window: a click on ✕ orphans the widget and does not close it."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.ParentChange and hasattr(self, "_had_parent"):
            if self.parent() is None and self._had_parent:
                self.close_down()
            self._had_parent = self._had_parent or self.parent() is not None

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Keep what was done: the window may be closing."""
        super().hideEvent(event)
        if not self._closed:
            self.reviewer.keep_begun()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Close down when closed as a window of its own."""
        self.close_down()
        super().closeEvent(event)

    # What came.

    def _take(self, found: DropList, reviews: dict[int, DropReview], damaged: int) -> None:
        self.job_bar.cancel()
        self.reviewer.leave()
        self.follower.ask()
        self.entries = found.entries
        self._by_path = {str(entry.path): number for number, entry in enumerate(self.entries)}
        self.reviewer.given_pixel_um = None
        for number, review in reviews.items():
            self.entries[number].keep_review(review)
        self.plate.show_plate([one.look for one in self.entries], [one.place for one in self.entries], found.shape)
        self._title, self._left_out = found.title, found.left_out
        self._count()
        self._enable()
        said = f"{len(self.entries)} images are open" + (f"; {len(reviews)} were reviewed" if reviews else "") + "."
        self.job_bar.say(said)
        if damaged:
            self.job_bar.warn(f"{damaged} reviews cannot be read; they stay where they are.")
        self.open_drop(order_of(self.entries, self._likely_first)[0])

    def _classified(self, one: ClassifiedDrop) -> None:
        entry = self._entry_of(one.path)
        if entry is None:
            return
        if one.probabilities is None:
            entry.problem = one.problem
        else:
            entry.problem = ""
            entry.class_names, entry.probabilities = tuple(one.class_names), tuple(one.probabilities)
        self.reviewer.take_class(entry)
        self._changed(self._by_path[str(entry.path)])

    def _detected(self, one: DetectedDrop) -> None:
        entry = self._entry_of(one.path)
        if entry is None:
            return
        if one.objects is None:
            entry.problem = one.problem
        else:
            entry.problem = ""
            entry.pixel_size_um = one.pixel_size_um
            entry.keep_found(one.objects, self.box.lowest_score)
            self.reviewer.take_found(entry, one.objects)
        self._changed(self._by_path[str(entry.path)])

    def _entry_of(self, path: Path) -> DropEntry | None:
        """The entry of a file; None where another folder was opened meanwhile."""
        number = self._by_path.get(str(path))
        return None if number is None else self.entries[number]

    def _changed(self, number: int) -> None:
        if not self._closed and number < len(self.entries):
            self.plate.set_look(number, self.entries[number].look)

    def _shown(self, number: int) -> None:
        """Look for crystals in what is shown, and then in the next."""
        if not self.by_itself.isChecked():
            return
        order = order_of(self.entries, self._likely_first)
        at = order.index(number)
        coming = [self.entries[one] for one in order[at : at + _PREFETCHED]]
        opened = self.reviewer.opened
        wanted = [
            one.path
            for place, one in enumerate(coming)
            if one.packed is None and not one.problem and not (place == 0 and opened is not None and opened.saved)
        ]
        self.follower.ask(*wanted)

    # Parts.

    @property
    def _likely_first(self) -> bool:
        return self.order.currentIndex() == 1

    def _current_name(self) -> str:
        return self.entries[self.plate.current].name if 0 <= self.plate.current < len(self.entries) else ""

    def _start(
        self,
        title: str,
        task: Callable[..., Any],
        entries: Sequence[DropEntry],
        network: NetworkChoice,
        came: Callable[[Any], None],
    ) -> None:
        total = len(entries)
        done = [0]

        def one_came(one: Any) -> None:
            done[0] += 1
            came(one)
            self._count()

        def abandoned() -> str:
            return f"{done[0]} of {total} are done, and stay."

        def finished(count: int) -> None:
            broken = sum(bool(one.problem) for one in entries)
            self.job_bar.say(f"{title}: {count - broken} done" + (f", {broken} cannot be read." if broken else "."))

        weights = None if network.path is None else str(network.path)
        paths = [str(one.path) for one in entries]
        try:
            self.job_bar.start(title, task, paths, weights, done=finished, abandoned=abandoned, came=one_came)
        except CrystalSegError as error:
            self.job_bar.warn(str(error))

    def _count(self) -> None:
        accepted = sum(one.accepted for one in self.entries)
        broken = sum(bool(one.problem) for one in self.entries)
        said = [f"{self._title}: {len(self.entries)} images", f"{accepted} accepted"]
        if broken:
            said.append(f"{broken} cannot be read")
        self.title.setText(", ".join(said))
        self.title.setToolTip("; ".join(self._left_out))

    def _enter(self) -> None:
        """Give the keyboard to the image."""
        window = getattr(self._viewer, "window", None)
        if window is not None:
            window._qt_viewer.canvas.native.setFocus()

    def _class_pressed(self, place: int) -> None:
        self.reviewer.choose_class(DROP_CLASSES[place])

    def _other_classifier(self) -> None:
        for number, entry in enumerate(self.entries):
            entry.probabilities = ()
            self._changed(number)
        self._say_networks()

    def _other_detector(self) -> None:
        self.follower.use(None if self.detector.path is None else str(self.detector.path))
        for number, entry in enumerate(self.entries):
            entry.packed = None
            if not (entry.accepted or entry.begun):
                entry.crystals = None
            self._changed(number)
        self._say_networks()

    def _say_networks(self) -> None:
        self.demo_note.setVisible(self.classifier.path is None or self.detector.path is None)

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder of micrographs")
        if folder:
            self.open_paths([folder])

    def _choose_files(self) -> None:
        paths, _ = QFileDialog.getOpenFileNames(self, "Micrographs", "", _FILES)
        if paths:
            self.open_paths(paths)

    def _choose_export(self) -> None:
        accepted = sum(one.accepted for one in self.entries)
        folder = self.entries[0].path.absolute().parent
        dialog = ExportDialog(accepted, len(self.entries), folder / "drop-export", self)
        if dialog.exec():
            try:
                self.export(dialog.folder.path(), dialog.chosen_forms, dialog.only_accepted)
            except InputError as error:
                self.job_bar.warn(str(error))

    def _enable(self) -> None:
        ready = bool(self.entries)
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
        column.addLayout(_line(*((one, 1) for one in (
            self.classify_button, self.detect_button, self.detect_all_button, self.export_button,
        ))))  # fmt: skip
        form = QFormLayout()
        form.addRow("Classifier", self.classifier)
        form.addRow("Detector", self.detector)
        self.networks.column.addLayout(form)
        self.networks.column.addWidget(self.by_itself)
        column.addWidget(self.networks)
        column.addWidget(self.demo_note)
        column.addWidget(self.box)
        column.addWidget(self.job_bar)

    def _button(self, text: str, action: Callable[[], Any], tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.clicked.connect(lambda checked=False: action())
        return button


def _line(*parts: tuple[QWidget, int]) -> QHBoxLayout:
    line = QHBoxLayout()
    for widget, stretch in parts:
        line.addWidget(widget, stretch)
    return line


def _kept(entries: Sequence[DropEntry], reviews: DropReviews, progress: Progress) -> tuple[dict[int, DropReview], int]:
    """Newest reviews of micrographs by their numbers, and how many cannot be read."""
    found, damaged = {}, 0
    for number, entry in enumerate(entries):
        progress(number / len(entries), "Reading reviews")
        try:
            review = reviews.newest(entry.path)
        except InputError:
            damaged += 1
            continue
        if review is not None:
            found[number] = review
    return found, damaged
