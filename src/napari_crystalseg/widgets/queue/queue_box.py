"""The list of samples in the stage Open: what waits, runs, is done, and which is opened next."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ...errors import CrystalSegError, InputError
from ...io import suffixes_read
from ..layers.layer_record import RECORD, path_of
from ..parts.fold import Fold
from ..parts.levels import WARNING_SIGN
from ..parts.stage import Desk, note
from ..process.put_away import put_away
from ..session.remembered import OPENED_FOLDER, recall_folder, remember
from .queued_sample import QueuedSample, State

if TYPE_CHECKING:
    from napari.layers import Layer

    from ..process.process_box import ProcessBox
    from ..process.processing import Processing
    from ..tasks.process import ProcessedSample
    from .queue_runner import QueueRunner
    from .sample_queue import SampleQueue

_ROWS_SHOWN = 5
_SIGNS = {State.WAITING: "…", State.RUNNING: "▶", State.DONE: "✓", State.NEEDS_LOOK: WARNING_SIGN, State.FAILED: "✗"}


class QueueBox(QWidget):
    """Shows the queue, adds to it, and opens what is finished.

    Parameters
    ----------
    desk : Desk
        What the stages work with.
    queue : SampleQueue
        The samples.
    runner : QueueRunner
        Processes them.
    processing : Processing
        Shows the results of one.
    process_box : ProcessBox
        Knows the settings that samples are processed with.
    make_button : callable
        ``make_button(text, action, tip)`` as :meth:`.stage.Stage.button`.
    open_path : callable
        Opens a file by itself, and asks what has to be chosen.
    """

    def __init__(
        self,
        desk: Desk,
        queue: SampleQueue,
        runner: QueueRunner,
        processing: Processing,
        process_box: ProcessBox,
        make_button: Callable[..., Any],
        open_path: Callable[[Path], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk, self._queue, self._runner = desk, queue, runner
        self._offered = 0
        self._told = ""
        self._processing, self._process_box, self._open_path = processing, process_box, open_path
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.fold = Fold("Samples", "Several samples: processed one after the other while you review.")
        self.all_button: QPushButton = make_button(
            "", self._queue_all, "Put all samples that are open in the list below, and process them in the background."
        )
        column.addWidget(self.all_button)
        column.addWidget(self.fold)
        inside = self.fold.column
        self.list = QTreeWidget()
        self.list.setHeaderHidden(True)
        self.list.setColumnCount(2)
        self.list.setRootIsDecorated(False)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName("samples")
        header = self.list.header()
        assert header is not None
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.setStretchLastSection(True)
        self.list.itemSelectionChanged.connect(self._show_buttons)
        self.list.itemActivated.connect(lambda *_: self._open_chosen())
        inside.addWidget(self.list)
        self.sentence = note()
        inside.addWidget(self.sentence)
        self.add_button: QPushButton = make_button(
            "&Add samples…", self._choose, "Scans or volumes, several at once; they are processed in the background."
        )
        self.next_button: QPushButton = make_button(
            "Ne&xt sample", self.open_next, "Put this sample away and open the next one that is finished."
        )
        self.open_button = make_button("Open &it", self._open_chosen, "Open the results of the chosen sample.")
        self.remove_button = make_button(
            "Ta&ke out", self._remove_chosen, "Take the chosen sample off the list; its results stay in their folder."
        )
        self.run_button = make_button("Go on", self._go_on, "Process what waits, or stop after what is finished.")
        for row in ((self.add_button, self.next_button), (self.open_button, self.remove_button, self.run_button)):
            line = QHBoxLayout()
            for button in row:
                line.addWidget(button)
            inside.addLayout(line)
        desk.connections.add(queue.changed, self._show)
        for event in (desk.viewer.layers.events.inserted, desk.viewer.layers.events.removed):
            desk.connections.add(event, self._show_offer)
        runner.told.connect(self._tell)
        runner.ran.connect(self._show)
        desk.connections.add(desk.session.events.busy, self._show_buttons)
        self._show()
        if len(queue):
            self.fold.title.setChecked(True)

    def shown(self, button: QPushButton) -> QPushButton:
        """Return one of the buttons, with the list unfolded."""
        self.fold.title.setChecked(True)
        return button

    def add(self, paths: list[Path]) -> None:
        """Put samples at the end of the queue, and process them.

        Raises
        ------
        InputError
            The folder pattern is the same for all samples.
        """
        added = self._queue.add(paths, self._process_box.settings())
        self.fold.title.setChecked(True)
        if not added:
            self._desk.bar.say("These samples are in the list already.")
            return
        self._desk.bar.say(f"{len(added)} sample{'' if len(added) == 1 else 's'} added: processed in the background.")
        self._runner.start()

    def _open_samples(self) -> list[Path]:
        """Files of scans and volumes in the viewer that are not in the queue, in the order in which they came."""
        known = {Path(sample.path) for sample in self._queue}
        paths = (path_of(layer) for layer in self._desk.viewer.layers if _is_sample(layer))
        return [path for path in dict.fromkeys(paths) if path is not None and path.absolute() not in known]

    def _show_offer(self, event: object = None) -> None:
        paths = self._open_samples()
        # One sample is what the button Process is for.
        self.all_button.setVisible(len(paths) > 1)
        self.all_button.setText(f"Process all {len(paths)} samples that are open")
        if len(paths) > max(1, self._offered):
            # After whoever opened it has said so.
            QTimer.singleShot(0, self._say_offer)
        self._offered = len(paths)

    def _say_offer(self) -> None:
        session = self._desk.session
        if self._offered > 1 and not session.busy and not self._desk.bar.warns:
            at_hand = next((one.name for one in (session.image,) if one is not None), session.taken.name)
            self._desk.bar.say(
                f"{self._offered} samples are open, and '{at_hand}' is at hand. '{self.all_button.text()}', in the "
                "stage Open, processes them one after the other."
            )

    def _queue_all(self) -> None:
        self.add(self._open_samples())

    def open_next(self) -> None:
        """Open the next sample that is finished and was not looked at yet.

        Raises
        ------
        InputError
            None is.
        """
        self._queue.hold()
        sample = self._queue.next_to_review()
        if sample is None:
            waits = any(one.state in (State.WAITING, State.RUNNING) for one in self._queue)
            raise InputError(
                "No other sample is finished yet: wait for the one that runs."
                if waits
                else "There is no other sample: add some to the list, or drop a file."
            )
        self.open_sample(sample)

    def open_sample(self, sample: QueuedSample) -> None:
        """Put the sample at hand away, when whoever holds unsaved work lets it go, and show the results of another.

        Raises
        ------
        InputError
            It is not finished, or another job runs.
        """
        if self._desk.session.busy:
            raise InputError("Another job still runs: wait for it, or cancel it.")
        if sample.state is State.FAILED:
            self._open_path(Path(sample.path))
            return
        if not sample.is_finished:
            raise InputError(f"{sample.name} is not finished yet: wait for it.")
        self._desk.session.leaving.then(partial(self._show_sample, sample), self._desk.bar.warn)

    def _show_sample(self, sample: QueuedSample) -> None:
        session, viewer = self._desk.session, self._desk.viewer
        kept = put_away(session, viewer)
        try:
            self._processing.start(
                sample.request(), Path(sample.name).stem, done=partial(self._shown, sample, tuple(kept))
            )
        except CrystalSegError as error:
            # A hook may have answered later, when another job had begun.
            self._desk.bar.warn(str(error))

    def _shown(self, sample: QueuedSample, kept: tuple[str, ...], found: ProcessedSample) -> None:
        self._queue.mark_reviewed(sample)
        if kept:
            self._desk.bar.say(f"'{sample.name}' is open. {' and '.join(kept)} stay hidden in the layer list.")

    def _choose(self) -> None:
        patterns = " ".join(f"*{suffix}" for suffix in suffixes_read())
        paths, _ = QFileDialog.getOpenFileNames(
            self, "Add samples", recall_folder(OPENED_FOLDER), f"Scans and volumes ({patterns});;All files (*)"
        )
        if paths:
            remember(OPENED_FOLDER, Path(paths[0]).parent)
            self.add([Path(path) for path in paths])

    def _chosen(self) -> QueuedSample | None:
        items = self.list.selectedItems()
        place = self.list.indexOfTopLevelItem(items[0]) if items else -1
        return self._queue[place] if 0 <= place < len(self._queue) else None

    def _open_chosen(self) -> None:
        sample = self._chosen()
        if sample is not None:
            try:
                self.open_sample(sample)
            except CrystalSegError as error:
                self._desk.bar.warn(str(error))

    def _remove_chosen(self) -> None:
        sample = self._chosen()
        if sample is not None:
            self._runner.forget(sample)
            self._queue.remove(sample)

    def _go_on(self) -> None:
        if self._runner.on:
            self._runner.pause()
        else:
            self._runner.start()

    def _show(self, *_: object) -> None:
        chosen = self._chosen()
        here = {path_of(layer) for layer in self._desk.viewer.layers}
        self.list.blockSignals(True)
        self.list.clear()
        for sample in self._queue:
            seen = ", open" if Path(sample.path) in here else ", reviewed" if sample.reviewed else ""
            item = QTreeWidgetItem([sample.name, f"{_SIGNS[sample.state]} {sample.state}{seen}"])
            item.setToolTip(0, f"{sample.path}\n→ {sample.folder}")
            item.setToolTip(1, sample.sentence)
            self.list.addTopLevelItem(item)
            if chosen is not None and chosen.path == sample.path:
                self.list.setCurrentItem(item)
        self.list.blockSignals(False)
        rows = min(max(len(self._queue), 1), _ROWS_SHOWN)
        self.list.setFixedHeight(rows * max(20, self.list.sizeHintForRow(0)) + 6)
        self.list.setVisible(len(self._queue) > 0)
        self._show_offer()
        finished = sum(one.is_finished for one in self._queue)
        if self._queue.is_elsewhere:
            title = "Samples: the list is in another window"
        else:
            title = f"Samples: {finished} of {len(self._queue)} finished" if len(self._queue) else "Samples"
        self.fold.title.setText(title)
        self._show_buttons()

    def _show_buttons(self, *_: object) -> None:
        sample, busy = self._chosen(), self._desk.session.busy
        waits = self._queue.next_waiting() is not None
        self.next_button.setEnabled(not busy and self._queue.next_to_review() is not None)
        self.open_button.setEnabled(sample is not None and not busy and sample.state is not State.WAITING)
        self.remove_button.setEnabled(sample is not None)
        self.run_button.setVisible(waits or self._runner.running is not None)
        self.run_button.setText("Pause" if self._runner.on else "Go on")
        for button in (self.open_button, self.remove_button):
            button.setVisible(len(self._queue) > 0)
        self._show_sentence()

    def _show_sentence(self) -> None:
        """Say all of what became of the chosen sample; of the one that runs where none is chosen."""
        sample, running = self._chosen(), self._runner.running
        if sample is None:
            sample = running
        runs = sample is not None and running is not None and sample.path == running.path
        told = "" if sample is None else self._told if runs else sample.sentence
        self.sentence.setText(f"{sample.name}: {told}" if sample is not None and runs and told else told)
        self.sentence.setVisible(bool(told))

    def _tell(self, text: str) -> None:
        running = self._runner.running
        self._told = text
        for place, sample in enumerate(self._queue):
            item = self.list.topLevelItem(place)
            if running is not None and sample.path == running.path and item is not None:
                # There is room for a few words: all of them are below the list, and in the tool tip.
                item.setText(1, f"{_SIGNS[State.RUNNING]} {_in_short(text)}")
                item.setToolTip(1, text)
        self._show_sentence()


def _in_short(text: str) -> str:
    """How far a sample is, and what is done with it in its first words, such as "30% Reconstructed 100 slices"."""
    return text.split(", ")[0].split(": ")[0]


def _is_sample(layer: Layer) -> bool:
    record = layer.metadata.get(RECORD, {})
    return "scan" in record or "quantity" in record
