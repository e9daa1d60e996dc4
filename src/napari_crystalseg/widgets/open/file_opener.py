"""Opening of files: asked how they are to be read, judged by size, read by the worker, and made layers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QFileDialog, QMessageBox

from ...errors import ChoiceNeeded, CrystalSegError
from ...io import suffixes_read
from ...labels import Labels
from ...scan import Scan
from ...volume import Volume
from ..layers.label_layer import add_labels
from ..layers.layer_data import layer_of
from ..layers.layer_record import PATH, READING, RECORD
from ..parts.stage import Stage
from ..session.remembered import OPENED_FOLDER, recall_folder, remember
from ..tasks.open import opening
from .file_choice import AS_STATED, ChosenReading, FileChoice
from .large_volume import free_bytes
from .scan_text import size_text

if TYPE_CHECKING:
    from ...io import Description

# Part of the free memory that a file may take before it is asked about.
_LARGE = 0.5
_ASK_AGAIN_MS = 200


class FileOpener:
    """Opens files and folders, one after the other, each as the scan, the volume or the labels of the session.

    Parameters
    ----------
    stage : Stage
        Where its questions are asked.
    scan_comes : callable
        Called when a scan is about to be opened, so that its slice can be made ready.
    """

    def __init__(self, stage: Stage, scan_comes: Callable[[], None]) -> None:
        self._stage, self._scan_comes = stage, scan_comes
        self.desk = stage.desk
        self.choice = FileChoice()
        self.choice.open_button.clicked.connect(lambda: stage.attempt(self.choice.take))
        self.choice.chosen.connect(self._open_as)
        self.hands_over_scan = False
        self._waiting: list[Path] = []
        self._next = QTimer(stage)
        self._next.setSingleShot(True)
        self._next.timeout.connect(self._open_next)

    def close_down(self) -> None:
        """Forget what waits to be opened."""
        self._next.stop()
        self._waiting.clear()

    def open_waiting(self) -> None:
        """Open what waits, once what follows on a job has started."""
        if self._waiting and not self.desk.session.busy:
            self._next.start(0)

    def choose_file(self) -> None:
        """Ask for a file and open it."""
        patterns = " ".join(f"*{suffix}" for suffix in suffixes_read())
        path, _ = QFileDialog.getOpenFileName(
            self._stage,
            "Open a scan, a volume or labels",
            recall_folder(OPENED_FOLDER),
            f"Scans, volumes and labels ({patterns});;All files (*)",
        )
        if path:
            remember(OPENED_FOLDER, Path(path).parent)
            self.open_path(path)

    def choose_folder(self) -> None:
        """Ask for a folder and open it."""
        path = QFileDialog.getExistingDirectory(
            self._stage, "Open a folder of TIFF files, or an OME-Zarr volume", recall_folder(OPENED_FOLDER)
        )
        if path:
            remember(OPENED_FOLDER, Path(path).parent)
            self.open_path(path)

    def open_path(self, path: str | Path, reading: ChosenReading = AS_STATED) -> None:
        """Open a file or folder in the worker, after a look at its size; it becomes the scan, or a layer.

        Whoever holds unsaved work is asked first. Where the file holds several, or does not say how it is to be read,
        that is asked for.

        Raises
        ------
        CrystalSegError
            Another job still runs.
        """
        path = Path(path)
        self.desk.bar.check_free()
        # Once it may go: by then another job may have begun.
        look = partial(self._stage.attempt, partial(self._describe, path, reading))
        self.desk.session.leaving.then(look, partial(self._stays, path))

    def _stays(self, path: Path, sentence: str) -> None:
        self.desk.bar.warn(f"{path.name} was not opened. {sentence}")

    def _describe(self, path: Path, reading: ChosenReading) -> None:
        self.choice.forget(path)
        self.desk.bar.start(
            f"Open {path.name}",
            opening.describe_file,
            str(path),
            **asdict(reading),
            done=partial(self._described, path, reading),
            refused=partial(self.ask_how, path, reading),
        )

    def ask_how(self, path: Path, reading: ChosenReading, refusal: CrystalSegError) -> None:
        """Offer the choice that a file asks for, if it does."""
        if isinstance(refusal, ChoiceNeeded):
            self.choice.ask(path, refusal, reading)
            self.desk.bar.warn_shortly(f"{path.name} is not open yet: choose in the stage Open.")

    def _open_as(self, path: Path, reading: ChosenReading) -> None:
        self._stage.attempt(partial(self.open_path, path, reading))

    def open_later(self, path: str | Path) -> None:
        """Open a file as soon as no job runs, after those that wait already."""
        self._waiting.append(Path(path))
        self._next.start(0)

    def _open_next(self) -> None:
        if self._waiting and self.desk.session.leaving.asking:
            self._next.start(_ASK_AGAIN_MS)
        elif self._waiting and not self.desk.session.busy:
            self._stage.attempt(partial(self.open_path, self._waiting.pop(0)))

    def _described(self, path: Path, reading: ChosenReading, found: Description) -> None:
        if found.kind == "scan" and self._stage.isVisible():
            self._scan_comes()
        if found.kind != "scan" and found.memory_bytes > _LARGE * free_bytes():
            question = (
                f"{found.lines[0]}\n\n{size_text(free_bytes())} of memory are free; opening it may take all of them. "
                "Open it?"
            )
            if QMessageBox.question(self._stage, "A large file", question) != QMessageBox.StandardButton.Yes:
                self.desk.bar.say(f"{path.name} was not opened.")
                return
        self.desk.bar.start(
            f"Open {path.name}",
            opening.open_file,
            str(path),
            **asdict(reading),
            done=partial(self._opened, path=path, reading=reading),
            refused=partial(self.ask_how, path, reading),
        )
        self.desk.bar.say(found.lines[0])

    def _opened(self, noun: Scan | Volume | Labels, path: Path, reading: ChosenReading) -> None:
        from napari.layers import Layer

        session, viewer, name = self.desk.session, self.desk.viewer, path.name
        layer: Any = Layer.create(*layer_of(noun, path.stem))
        record = {**layer.metadata[RECORD], PATH: str(path), READING: asdict(reading)}
        layer.metadata = {**layer.metadata, RECORD: record}
        if isinstance(noun, Labels):
            add_labels(viewer, layer)
            session.labels = layer
            self.desk.bar.say(f"Opened the labels {name}. Next: Review.")
            return
        if isinstance(noun, Scan):
            session.taken = replace(session.taken, name=path.stem)
            self.hands_over_scan = True
            try:
                viewer.add_layer(layer)
                session.scan = noun
            finally:
                self.hands_over_scan = False
            self.desk.bar.say(f"{name} is a raw scan: press Process, or look at the slice first.")
        else:
            viewer.add_layer(layer)
            session.image = layer
            self.desk.bar.say(f"Opened {name}. Next: Process, or Segment.")
