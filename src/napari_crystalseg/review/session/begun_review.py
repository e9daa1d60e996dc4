"""A review that was begun: what its folder says of it without being opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...io.files.lock import locked
from .acceptance import STAMP
from .kept_strokes import STROKES
from .review_state import ReviewState
from .session_folder import RECORD, read_record
from .session_place import SUFFIX, begun_reviews

ACCEPTED = "accepted"
"""Key in the settings of a state whose labels are those that were accepted."""


@dataclass(frozen=True)
class BegunReview:
    """A review that was begun.

    Parameters
    ----------
    path : Path
        Its folder.
    saved : datetime
        When it was last saved, in local time.
    edits : int
        Edits that its labels hold.
    places : int
        Places that were looked at.
    seconds : float
        Time spent, s.
    accepted : bool
        Whether its labels, as they were last saved, were accepted.
    held : bool
        Whether it is open elsewhere, as far as the system tells.
    facts : mapping
        What it is of.
    has_strokes : bool
        Whether strokes that teach were drawn.
    """

    path: Path
    saved: datetime
    edits: int
    places: int
    seconds: float
    accepted: bool
    held: bool
    facts: Mapping[str, Any]
    has_strokes: bool = False

    @classmethod
    def of(cls, path: Path) -> BegunReview:
        """Look at the folder of a review.

        Raises
        ------
        InputError
            Not such a folder, a damaged one, or one of a later version.
        """
        record = read_record(path)
        try:
            state = ReviewState.from_dict(record["state"])
            edits, facts = int(record["position"]), dict(record["facts"])
            saved = datetime.fromtimestamp((path / RECORD).stat().st_mtime)
        except (KeyError, TypeError, ValueError, OSError) as error:
            raise InputError(f"{path} is damaged ({error}).") from error
        accepted = bool(state.settings.get(ACCEPTED)) and (path / STAMP).is_file()
        with locked(path) as free:
            drawn = bool(state.settings.get(STROKES))
            return cls(path, saved, edits, len(state.ticks), state.seconds, accepted, not free, facts, drawn)

    @property
    def summary(self) -> str:
        """What was done in it, such as "12 edits, 3 places seen, 1.7 min"."""
        edits = "1 edit" if self.edits == 1 else f"{self.edits} edits"
        places = "1 place" if self.places == 1 else f"{self.places} places"
        strokes = ", strokes to teach" if self.has_strokes else ""
        return f"{edits}, {places} seen{strokes}, {self.seconds / 60:.1f} min"

    @property
    def time(self) -> str:
        """When it was last saved: the time of today, or day and time."""
        today = self.saved.date() == datetime.now().date()
        return f"{self.saved:%H:%M}" if today else f"{self.saved:%d %b %H:%M}"


def unfinished_review(source: Path | None, name: str, facts: Mapping[str, Any]) -> BegunReview | None:
    """Return the review of the same data that is to be gone on with.

    That is the one that was saved last, of those that are not open elsewhere; none where its labels were accepted.
    """
    for path in begun_reviews(source, name, facts):
        try:
            found = BegunReview.of(path)
        except InputError:
            continue
        if not found.held:
            return None if found.accepted else found
    return None


def reviews_in(folder: Path) -> list[tuple[Path, BegunReview | InputError]]:
    """Return the reviews that lie in a folder by their names, and why one cannot be read.

    Raises
    ------
    InputError
        No folder.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder; name the one that the data lie in.")
    if (folder / RECORD).is_file():
        paths = [folder]
    else:
        paths = sorted(path for path in folder.iterdir() if path.name.endswith(SUFFIX) and (path / RECORD).is_file())
    found: list[tuple[Path, BegunReview | InputError]] = []
    for path in paths:
        try:
            found.append((path, BegunReview.of(path)))
        except InputError as error:
            found.append((path, error))
    return found
