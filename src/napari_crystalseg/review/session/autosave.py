"""Autosave: what a review did since the last time is saved in a thread, and a disk that takes nothing is told of."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from ...errors import InputError
from ..edits.edited_labels import EditedLabels
from .review_state import ReviewState
from .session_folder import SessionFolder
from .snapshot import Snapshot

EVERY_S = 30.0
"""Nothing older than this is lost, s."""


class Autosave:
    """Saves a review whenever it is asked to, one time after the other.

    Parameters
    ----------
    folder : SessionFolder
        Where to; it is closed at the end.
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
        folder: SessionFolder,
        edited: EditedLabels,
        state: Callable[[], ReviewState],
        failed: Callable[[str], None],
    ) -> None:
        self.folder = folder
        self._edited = edited
        self._state = state
        self._failed = failed
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="autosave")
        self._running: Future[None] | None = None
        self._saved: tuple[int, ReviewState] | None = None
        self._sentence = ""

    @property
    def busy(self) -> bool:
        """Whether it is being saved."""
        return self._running is not None and not self._running.done()

    @property
    def up_to_date(self) -> bool:
        """Whether all that was done is on disk."""
        return not self.busy and self._saved == self._now()

    def save(self) -> None:
        """Begin to save what is new, if there is any; returns at once, and does nothing while it is being saved."""
        if self.busy or self._saved == self._now():
            return
        now = self._now()
        snapshot = Snapshot.of(self._edited, now[1], self.folder.needs_labels(self._edited.timeline))
        self._running = self._thread.submit(self._save, snapshot, now)

    def finish(self) -> str:
        """Save what is new and wait for it.

        Returns
        -------
        str
            Empty, or why it could not be saved, in a sentence.
        """
        for _ in range(2):  # what was begun may be older than the last edit
            if self._running is not None:
                self._running.result()
            self.save()
        if self._running is not None:
            self._running.result()
        return self._sentence

    def close(self) -> str:
        """Save what is new, wait for it, and let go of the folder; returns as :meth:`finish`."""
        sentence = self.finish()
        self._thread.shutdown()
        self.folder.close()
        return sentence

    def _now(self) -> tuple[int, ReviewState]:
        return self._edited.timeline.revision, self._state()

    def _save(self, snapshot: Snapshot, now: tuple[int, ReviewState]) -> None:
        try:
            self.folder.save(snapshot)
        except (InputError, OSError) as error:
            self._tell(str(error))
        else:
            self._saved = now
            self._tell("")

    def _tell(self, sentence: str) -> None:
        if sentence != self._sentence:
            self._sentence = sentence
            self._failed(sentence)
