"""When frames were taken, by the time of the day and the date in the names of their files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_DIGITS = re.compile(r"\d+")
# A scan takes no longer: a longer gap between times of the day is the part of the day before its start.
_LONGEST_GAP_S = 12 * 3600.0
_DATES = {8: ("%Y%m%d", "%d%m%Y", "%m%d%Y"), 6: ("%y%m%d", "%d%m%y")}
_YEARS = range(1990, 2100)


@dataclass(frozen=True)
class FrameTimes:
    """Order of frames by their times.

    Parameters
    ----------
    files : tuple of Path
        In the order in which they were taken.
    assumed : str or None
        Why, where it is not the natural order of the names.
    columns : frozenset of int
        Places of times and dates among the whole numbers of a name, which count nothing.
    """

    files: tuple[Path, ...]
    assumed: str | None
    columns: frozenset[int]

    @classmethod
    def of(cls, files: Sequence[Path]) -> FrameTimes | None:
        """Order files by the times in their names, where the scan ran over midnight or their dates differ.

        Times are HHMMSS or HH-MM-SS, dates YYYYMMDD, DDMMYYYY, MMDDYYYY or the same in three numbers. Without dates
        that differ, one gap of more than 12 h between the times in their order tells that the first frame is the one
        behind it.

        Parameters
        ----------
        files : sequence of Path
            In natural order, one for each frame.

        Returns
        -------
        FrameTimes or None
            None where the times do not tell more than the names.
        """
        found = [_DIGITS.findall(file.stem) for file in files]
        if len({len(one) for one in found}) > 1 or not found[0]:
            return None
        table = _split(np.array(found, dtype=object))
        for of_time, seconds in _times(table.texts):
            dates = [(of_date, days) for of_date, days in _dates(table.texts) if not of_date & of_time]
            varying = [(of_date, days) for of_date, days in dates if len(set(days.tolist())) > 1]
            columns = table.places(of_time.union(*(of_date for of_date, _ in dates)))
            if varying:
                # The way of writing in which the frames are closest to each other: 01-02 is read as its neighbours.
                _, days = min(varying, key=lambda one: float(np.ptp(one[1] * 86400 + seconds)))
                moment, how = days * 86400 + seconds, "dates and times"
            else:
                ordered = np.sort(seconds)
                gaps = np.diff(ordered)
                if np.count_nonzero(gaps > _LONGEST_GAP_S) != 1:
                    continue
                start = ordered[int(np.argmax(gaps)) + 1]
                moment, how = np.where(seconds < start, seconds + 86400, seconds), "times"
            taken = tuple(files[at] for at in np.argsort(moment, kind="stable"))
            over = "" if varying else ", which run over midnight"
            assumed = f"projections are in the order of the {how} in their names{over}: from {taken[0].name} on"
            return cls(taken, None if taken == tuple(files) else assumed, columns)
        return None


@dataclass(frozen=True)
class _Table:
    """Whole numbers of the names, as text; longer ones are split into date, time and the rest."""

    texts: list[list[str]]
    """One list of a number's text in every name, for each number."""
    origins: list[int]

    def places(self, columns: frozenset[int]) -> frozenset[int]:
        return frozenset(self.origins[column] for column in columns)


def _split(found: NDArray[np.object_]) -> _Table:
    texts: list[list[str]] = []
    origins: list[int] = []
    for place, column in enumerate(found.T):
        widths = {len(text) for text in column}
        width = widths.pop() if len(widths) == 1 else 0
        # DDMMYYYYHHMMSS, and HHMMSS with parts of a second behind it.
        cuts = (0, 8, 14) if width >= 14 else (0, 6) if width in (9, 12) else (0,)
        for start, end in zip(cuts, (*cuts[1:], None), strict=True):
            part = [text[start:end] for text in column]
            if part[0]:
                texts.append(part)
                origins.append(place)
    return _Table(texts, origins)


def _times(texts: list[list[str]]) -> Iterator[tuple[frozenset[int], NDArray[np.float64]]]:
    """Columns that can be times of the day, and these in seconds."""
    for column, of_names in enumerate(texts):
        if all(len(text) == 6 for text in of_names):
            parts = [(int(text[:2]), int(text[2:4]), int(text[4:])) for text in of_names]
            if (seconds := _seconds(parts)) is not None:
                yield frozenset({column}), seconds
        three = texts[column : column + 3]
        if len(three) == 3 and all(len(text) <= 2 for one in three for text in one):
            parts = [(int(hour), int(minute), int(second)) for hour, minute, second in zip(*three, strict=True)]
            if (seconds := _seconds(parts)) is not None:
                yield frozenset(range(column, column + 3)), seconds


def _seconds(parts: list[tuple[int, int, int]]) -> NDArray[np.float64] | None:
    table = np.array(parts, dtype=np.float64)
    if (table >= (24, 60, 60)).any():
        return None
    return np.asarray(table @ (3600.0, 60.0, 1.0))


def _dates(texts: list[list[str]]) -> Iterator[tuple[frozenset[int], NDArray[np.float64]]]:
    """Columns that can be dates, and these in days."""
    for column, of_names in enumerate(texts):
        for pattern in _DATES.get(len(of_names[0]), ()):
            if (days := _days(of_names, pattern)) is not None:
                yield frozenset({column}), days
        three = texts[column : column + 3]
        if len(three) < 3:
            continue
        joined = ["-".join(parts) for parts in zip(*three, strict=True)]
        for pattern in ("%Y-%m-%d", "%d-%m-%Y", "%m-%d-%Y"):
            if (days := _days(joined, pattern)) is not None:
                yield frozenset(range(column, column + 3)), days


def _days(texts: list[str], pattern: str) -> NDArray[np.float64] | None:
    try:
        dates = [datetime.strptime(text, pattern) for text in texts]
    except ValueError:
        return None
    if any(date.year not in _YEARS for date in dates):
        return None
    return np.array([float(date.toordinal()) for date in dates])
