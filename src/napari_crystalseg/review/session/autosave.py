"""Autosave: what a review did since the last time is saved in a thread, and a disk that takes nothing is reported."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import TypeVar

from ...computing.no_collecting import no_collecting
from ...errors import CrystalSegError
from ..edits.edited_labels import EditedLabels
from .review_state import ReviewState
from .session_folder import SessionFolder
from .snapshot import Snapshot

EVERY_S = 30.0
"""Nothing older than this is lost, s."""

Made = TypeVar("Made")
Begin = Callable[[Snapshot], SessionFolder | None]


class Autosave:
    """Saves a review whenever it is asked to, one time after the other.

    Parameters
    ----------
    folder : SessionFolder or callable
        Where to; it is closed at the end. A function begins it when there is something to save: it is called in the
        thread that saves, and returns None where it needs a snapshot with a copy of the labels.
    edited : EditedLabels
        Labels and timeline.
    state : callable
        Returns where the review is.
    failed : callable
        Called with a sentence when it could not be saved, in the thread that saves, and with an empty one when that is
        over. Nothing in memory is lost, and it is tried again the next time.
    """

    def __init__(
        self,
        folder: SessionFolder | Begin,
        edited: EditedLabels,
        state: Callable[[], ReviewState],
        failed: Callable[[str], None],
    ) -> None:
        self.folder = folder if isinstance(folder, SessionFolder) else None
        """None until it is begun."""
        self.edited = edited
        self.saves = 0
        """How often it was saved."""
        self._begin = None if isinstance(folder, SessionFolder) else folder
        self._copies_labels = False
        self._state = state
        self._failed = failed
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="autosave")
        self._running: Future[None] | None = None
        self._leaving: Future[None] | None = None
        self._closed = False
        self._saved: tuple[int, ReviewState] | None = None
        self._sentence = ""

    @property
    def busy(self) -> bool:
        """Whether it is being saved."""
        return self._running is not None and not self._running.done()

    @property
    def up_to_date(self) -> bool:
        """Whether all that was done is on disk; time that goes by is nothing that is done."""
        if self.busy or self._saved is None:
            return False
        (saved, state), (revision, now) = self._saved, self._now()
        return saved == revision and replace(state, seconds=0.0) == replace(now, seconds=0.0)

    @property
    def sentence(self) -> str:
        """Why it could not be saved the last time; empty where it was."""
        return self._sentence

    def save(self) -> None:
        """Begin to save what is new, if there is any; returns at once, and does nothing while it is being saved."""
        if self.busy or self._saved == self._now():
            return
        now = self._now()
        with_labels = self._copies_labels
        if self.folder is not None:
            with_labels = self.folder.needs_labels(self.edited.timeline)
        snapshot = Snapshot.of(self.edited, now[1], with_labels)
        self._running = self._thread.submit(self._save, snapshot, now)

    def finish(self, timeout_s: float | None = None) -> str:
        """Save what is new and wait for it.

        Parameters
        ----------
        timeout_s : float, optional
            Wait no longer than this for one save; it goes on in its thread.

        Returns
        -------
        str
            Empty, or why it could not be saved, in a sentence.
        """
        for turn in range(4):  # what was begun may be older than the last edit, and may have to begin the folder
            if self._running is not None and not wait([self._running], timeout_s).done:
                return "The review is still being saved, which takes long here; it goes on in the background."
            if turn and self.up_to_date:
                break
            self.save()
        if self._running is not None and not wait([self._running], timeout_s).done:
            return "The review is still being saved, which takes long here; it goes on in the background."
        return self._sentence

    def then(self, task: Callable[[SessionFolder], Made]) -> Future[Made]:
        """Do something with the folder in the thread that saves, after what is being saved now.

        Raises
        ------
        CrystalSegError
            In the future: the folder could not be begun.
        """

        def with_folder() -> Made:
            if self.folder is None:
                raise CrystalSegError(self._sentence or "The review was not begun yet.")
            with no_collecting():
                return task(self.folder)

        return self._thread.submit(with_folder)

    def release(self, timeout_s: float = 0.0) -> None:
        """Let go of the folder once what is being saved is saved; :meth:`hold` takes it again.

        Parameters
        ----------
        timeout_s : float
            Wait for it no longer than this.
        """
        if self._closed:
            return
        self._leaving = self._thread.submit(self._let_go)
        wait([self._leaving], timeout_s)

    @property
    def is_let_go(self) -> bool:
        """Whether the folder was let go of after :meth:`release`, which may follow on a save that takes long."""
        return self._closed or (self._leaving is not None and self._leaving.done())

    def hold(self) -> None:
        """Take the folder again after :meth:`release`.

        Raises
        ------
        InputError
            Another process holds it, or has gone on in it.
        """
        self._leaving = None
        if self.folder is not None:
            self._thread.submit(self.folder.hold).result()

    def close(self) -> str:
        """Save what is new, wait for it, and let go of the folder; returns as :meth:`finish`."""
        sentence = self.finish()
        self._thread.shutdown()
        self._let_go()
        self._closed = True
        return sentence

    def _let_go(self) -> None:
        if self.folder is not None:
            self.folder.close()

    def _now(self) -> tuple[int, ReviewState]:
        return self.edited.timeline.revision, self._state()

    def _save(self, snapshot: Snapshot, now: tuple[int, ReviewState]) -> None:
        with no_collecting():
            self._save_now(snapshot, now)

    def _save_now(self, snapshot: Snapshot, now: tuple[int, ReviewState]) -> None:
        try:
            if self.folder is None:
                assert self._begin is not None
                self.folder = self._begin(snapshot)
                self._copies_labels = self.folder is None
                if self.folder is None:
                    return  # the next time, with labels
            self.folder.save(snapshot)
        except (CrystalSegError, OSError) as error:
            self._tell(str(error))
        except MemoryError:
            self._tell("The memory does not suffice to save the review; close other volumes.")
        else:
            self._saved = now
            self.saves += 1
            self._tell("")

    def _tell(self, sentence: str) -> None:
        if sentence != self._sentence:
            self._sentence = sentence
            self._failed(sentence)
