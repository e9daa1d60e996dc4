"""DropsWidget: a plate of micrographs, classified and reviewed one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEvent
from qtpy.QtGui import QCloseEvent, QHideEvent
from qtpy.QtWidgets import QFileDialog, QWidget

from ...drops.classes import DROP_CLASSES
from ...drops.review import DropReviews
from ...errors import CrystalSegError, InputError
from ...progress import Progress, silent
from ..layers.connections import Connections
from ..parts.background import Background
from ..parts.levels import background_of, style_sheet
from ..queue.file_drop import FileDrop
from ..tasks.drops import classify_images, detect_in_images
from .canvas_drop import CanvasDrop
from .detection_follower import DetectionFollower
from .drop_entry import DropEntry
from .drop_jobs import DropJobs
from .drop_list import DropList, list_drops, read_reviews, summary
from .drop_order import order_of, step
from .drops_panel import DropsPanel
from .export_dialog import ExportDialog
from .review.drop_reviewer import DropReviewer

if TYPE_CHECKING:
    import napari

    from ...workflows.drops.classified_drop import ClassifiedDrop
    from ...workflows.drops.detect import DetectedDrop

_FILES = "Images (*.jpg *.jpeg *.png *.tif *.tiff *.bmp);;All files (*)"
_PREFETCHED = 2


class DropsWidget(DropsPanel):
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
        self._asked: Path | None = None
        self._left_out: tuple[str, ...] = ()
        self._closed = False
        self._had_parent = self.parent() is not None
        self._listing = Background("drop-list", self)

        self.reviewer = DropReviewer(self._viewer, self.box, self.job_bar.warn, self._known, self._shown)
        self.jobs = DropJobs(self.job_bar, self._count)
        self.follower = DetectionFollower(self._detected, self.job_bar.warn, self)
        self._connect()
        FileDrop(self, self.open_paths)
        self._canvas_drop = CanvasDrop(self._viewer, self.open_paths)
        self._connections = Connections()
        self._connections.add(self._viewer.events.theme, self._show_theme)
        self._show_theme()
        # By then the widget is gone: what is called must not touch it.
        for close in (
            self.job_bar.holder.close, self.follower.holder.close, self._canvas_drop.close, self._connections.close,
        ):  # fmt: skip
            self.destroyed.connect(close)
        self.set_ready(bool(self.entries))

    def _connect(self) -> None:
        self.plate.chosen.connect(self.open_drop)
        self.plate.entered.connect(self._enter)
        self.plate.stepped.connect(self.go)
        self.plate.accepted.connect(self.accept)
        self.plate.class_pressed.connect(lambda place: self.reviewer.choose_class(DROP_CLASSES[place]))
        for button, action in (
            (self.folder_button, self._choose_folder),
            (self.files_button, self._choose_files),
            (self.previous_button, partial(self.go, "previous")),
            (self.next_button, partial(self.go, "next")),
            (self.crystals_button, partial(self.go, "crystals")),
            (self.classify_button, self.classify_all),
            (self.detect_button, self.detect_here),
            (self.detect_all_button, self.detect_all),
            (self.export_button, self._choose_export),
            (self.reviews_button, self._choose_reviews),
            (self.box.accept_button, self.accept),
        ):
            button.clicked.connect(lambda checked=False, action=action: action())
        self.classifier.changed.connect(self._other_classifier)
        self.detector.changed.connect(self._other_detector)

    # What is open.

    def open_paths(self, paths: Sequence[str | Path]) -> None:
        """Open folders and files of micrographs in place of what is open, listed in a thread."""
        places = [Path(path) for path in paths]
        self.reviewer.keep_begun()  # before reviews are read
        reviews = self.reviewer.reviews
        self.job_bar.say("Looking for images …")

        def work(progress: Progress) -> tuple[DropList, int]:
            found = list_drops(places)
            return found, read_reviews(found.entries, reviews, progress)

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
        self.jobs.ask("Classifying", classify_images, wanted or self.entries, self.classifier, self._classified)

    def detect_all(self) -> None:
        """Look for drops and crystals where nobody looked yet, in the worker."""
        wanted = [one for one in self.entries if one.packed is None]
        self.jobs.ask("Detecting", detect_in_images, wanted or self.entries, self.detector, self._detected)

    def detect_here(self) -> None:
        """Look for drop and crystals in the image that is shown."""
        if 0 <= self.plate.current < len(self.entries):
            entry = self.entries[self.plate.current]
            self.job_bar.say(f"Detecting in {entry.name} …")
            self._asked = entry.path
            self.follower.ask(entry.path, by_hand=True)

    def export(self, folder: Path, forms: Sequence[str], only_accepted: bool) -> None:
        """Write files of what is accepted, or of all, in the worker."""
        self.jobs.export(self.entries, self.reviewer, folder, forms, only_accepted)

    def close_down(self) -> None:
        """Keep what was done, and stop job, worker and threads; the widget is of no more use."""
        if not self._closed:
            self._closed = True
            self.reviewer.close()
            self._listing.stop()
            self.follower.close()
            self.job_bar.close_worker()
            self._canvas_drop.close()
            self._connections.close()

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

    def _take(self, found: DropList, damaged: int) -> None:
        self.job_bar.cancel()
        self.reviewer.leave()
        self.follower.ask()
        self.entries = found.entries
        self._by_path = {str(entry.path): number for number, entry in enumerate(self.entries)}
        self.reviewer.given_pixel_um = None
        self.plate.show_plate([one.look for one in self.entries], [one.place for one in self.entries], found.shape)
        self._title, self._left_out = found.title, found.left_out
        self._count()
        self.set_ready(bool(self.entries))
        reviewed = sum(one.accepted or one.begun for one in self.entries)
        said = f"{len(self.entries)} images are open" + (f"; {reviewed} were reviewed" if reviewed else "")
        self.job_bar.say(f"{said}.")
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
            taken = self.reviewer.take_found(entry, one.objects)
            if entry.path == self._asked:
                crystals = "1 crystal" if entry.crystals == 1 else f"{entry.crystals} crystals"
                kept = not taken and (entry.accepted or entry.begun)
                self.job_bar.say(
                    f"{entry.name} was reviewed: what was kept stays." if kept else f"{entry.name}: {crystals}."
                )
        if entry.path == self._asked:
            self._asked = None
        self._known(self._by_path[str(entry.path)])

    def _entry_of(self, path: Path) -> DropEntry | None:
        """The entry of a file; None where another folder was opened meanwhile."""
        number = self._by_path.get(str(path))
        return None if number is None else self.entries[number]

    def _changed(self, number: int) -> None:
        if not self._closed and number < len(self.entries):
            self.plate.set_look(number, self.entries[number].look)

    def _known(self, number: int) -> None:
        """Show what more is known of a micrograph, and count anew."""
        self._changed(number)
        if not self._closed:
            self._count()

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

    def _count(self) -> None:
        if not self.entries:
            return
        self.title.setText(summary(self._title, self.entries))
        self.title.setToolTip("; ".join(self._left_out))

    def _enter(self) -> None:
        """Give the keyboard to the image."""
        window = getattr(self._viewer, "window", None)
        if window is not None:
            window._qt_viewer.canvas.native.setFocus()

    def _other_classifier(self) -> None:
        for number, entry in enumerate(self.entries):
            entry.probabilities = ()
            self._changed(number)
        self._count()
        self._say_networks()

    def _other_detector(self) -> None:
        self.follower.use(None if self.detector.path is None else str(self.detector.path))
        for number, entry in enumerate(self.entries):
            entry.packed = None
            if not (entry.accepted or entry.begun):
                entry.crystals = None
            self._changed(number)
        self._count()
        self._say_networks()
        if self.reviewer.opened is not None:
            self._shown(self.reviewer.opened.number)

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

    def keep_reviews_in(self, folder: Path) -> None:
        """Keep reviews in a folder, and look for them there first."""
        self.reviewer.keep_begun()
        self.reviewer.reviews = DropReviews(folder)
        self.reviews_label.setText(f"Reviews are kept in {folder}.")
        read_reviews(self.entries, self.reviewer.reviews, silent)
        for number in range(len(self.entries)):
            self._changed(number)
        self._count()

    def _choose_reviews(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder for reviews")
        if folder:
            self.keep_reviews_in(Path(folder))

    def _choose_export(self) -> None:
        accepted = sum(one.accepted for one in self.entries)
        folder = self.entries[0].path.absolute().parent
        dialog = ExportDialog(accepted, len(self.entries), folder / "drop-export", self)
        if dialog.exec():
            try:
                self.export(dialog.folder.path(), dialog.chosen_forms, dialog.only_accepted)
            except InputError as error:
                self.job_bar.warn(str(error))

    def _show_theme(self, event: object = None) -> None:
        self.setStyleSheet(style_sheet(background_of(self._viewer), self._viewer.theme))
