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
# AM and PM, also a.m. and p.m., beside a time of a clock of twelve hours.
_HALF_OF_DAY = re.compile(r"(?<![a-z])([ap])\.?m\.?(?![a-z])", re.IGNORECASE)
# A scan takes no longer than half of what the clock goes round in: a longer gap is the part before its start.
# Of the steps of even times; few frames were lost.
_IN_STEP = 0.9
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
        """Order files by the times in their names, where the scan ran over midnight, or over the hour 12 of a clock of
        twelve hours, or their dates differ.

        Times are HHMMSS or HH-MM-SS, with AM or PM where each name has one of them, dates YYYYMMDD, DDMMYYYY, MMDDYYYY
        or the same in three numbers. Without dates that differ, one gap of more than 12 h between the times in their
        order tells that the first frame is the one behind it. Hours of 12 and of 1 with a gap of more than 6 h between
        them, and none above 12, are of a clock of twelve hours.

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
        halves = _halves_of_day(files)
        # A date's month and day with an hour may pass for a time, but it is seldom another one in each name.
        candidates = sorted(_times(table.texts), key=lambda one: -len(set(one[1].tolist())))
        for of_time, of_clock in candidates:
            seconds = of_clock if halves is None else _of_day(of_clock, halves)
            if seconds is None:
                continue
            dates = [(of_date, days) for of_date, days in _dates(table.texts) if not of_date & of_time]
            varying = [(of_date, days) for of_date, days in dates if len(set(days.tolist())) > 1]
            over = "" if halves is None else " of a clock of 12 hours"
            columns = table.places(of_time.union(*(of_date for of_date, _ in dates)))
            if varying:
                # The way of writing in which the frames are closest to each other: 01-02 is read as its neighbours.
                _, days = min(varying, key=lambda one: float(np.ptp(one[1] * 86400 + seconds)))
                moment, how = days * 86400 + seconds, "dates and times"
            else:
                ordered = np.sort(seconds)
                gaps = np.diff(ordered)
                day_s = 43200 if halves is None and _is_over_twelve(ordered) else 86400
                moment, how = seconds, "times"
                if np.count_nonzero(gaps > day_s / 2) == 1:
                    start = ordered[int(np.argmax(gaps)) + 1]
                    moment = np.where(seconds < start, seconds + day_s, seconds)
                    over = f", which run over {'midnight' if day_s == 86400 else 'the hour 12 of a clock of 12 hours'}"
                elif halves is None and not _is_even(gaps):
                    continue
            taken = tuple(files[at] for at in np.argsort(moment, kind="stable"))
            assumed = f"projections are in the order of the {how} in their names{over}: from {taken[0].name} on"
            return cls(taken, None if taken == tuple(files) else assumed, columns)
        return None


@dataclass(frozen=True)
class _TimeTable:
    """Whole numbers of the names, as text; longer ones are split into date, time and the rest."""

    texts: list[list[str]]
    """One list of a number's text in every name, for each number."""
    origins: list[int]

    def places(self, columns: frozenset[int]) -> frozenset[int]:
        return frozenset(self.origins[column] for column in columns)


def _split(found: NDArray[np.object_]) -> _TimeTable:
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
    return _TimeTable(texts, origins)


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


def _halves_of_day(files: Sequence[Path]) -> NDArray[np.bool_] | None:
    """Whether the name of each file says PM; None unless each says AM or PM once."""
    found = [_HALF_OF_DAY.findall(file.stem) for file in files]
    if any(len(one) != 1 for one in found):
        return None
    return np.array([one[0] in "pP" for one in found])


def _of_day(of_clock: NDArray[np.float64], is_pm: NDArray[np.bool_]) -> NDArray[np.float64] | None:
    """Seconds of the day from those of a clock of twelve hours; None where its hours are not 1 to 12."""
    if of_clock.min() < 3600 or of_clock.max() >= 13 * 3600:
        return None
    return of_clock % 43200 + 43200 * is_pm


def _is_even(steps: NDArray[np.float64]) -> bool:
    """Whether nearly all steps are as long as the usual one, to a second: frames were taken at these times."""
    usual = float(np.median(steps))
    return bool(usual > 0 and (np.abs(steps - usual) <= max(1.0, 0.1 * usual)).mean() >= _IN_STEP)


def _is_over_twelve(ordered: NDArray[np.float64]) -> bool:
    """Whether times begin in the hour 1 and end in the hour 12, with a gap of more than 6 h: twelve hours."""
    hours = ordered // 3600
    gaps = np.diff(ordered)
    return bool(hours[0] == 1 and hours[-1] == 12 and np.count_nonzero(gaps > 6 * 3600) == 1)


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
