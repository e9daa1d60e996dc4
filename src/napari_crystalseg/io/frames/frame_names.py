"""Which frame belongs to which angle, by the names of the files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from .frame_times import FrameTimes

_INTEGER = re.compile(r"\d+")
# A sign stands right before the number and not between two: scan-001-002 has none.
_NUMBER = re.compile(r"(?:(?<![0-9a-zA-Z.])([-+]|m(?:inus)?|neg|n))?(\d+)(?:[.,p](\d+))?", re.IGNORECASE)
# Angles in names as tenths, hundredths, thousandths of a degree.
_SCALES = (1, 10, 100, 1000)
# Of the steps of a number that counts frames; few of them were lost.
_IN_STEP = 0.9
# Numbers that could be angles, degrees, and whose span is as that of the list, within this factor.
_MOST_DEG, _LEAST_SPAN_DEG, _SPANS = 720.0, 30.0, 1.25


def paired_with_angles(
    files: Sequence[Path], angles_deg: NDArray[np.float64], name: str
) -> tuple[list[Path], str | None]:
    """Order files of one frame each so that they go with a list of angles.

    By the angles that the names hold, a number in each that is the angle in degrees (or in tenths to thousandths),
    with its sign; else by the last number that counts them, else by their times where these run over midnight. Where
    that is the only number that differs, it is the natural order, 2 before 10.

    Parameters
    ----------
    files : sequence of Path
        In natural order, one for each angle.
    angles_deg : ndarray, shape (file,)
        As the list of angles has them.
    name : str
        Of that list, for errors.

    Returns
    -------
    files : list of Path
        One for each angle.
    assumed : str or None
        Which number was taken, where there was a choice.

    Raises
    ------
    InputError
        The names hold other angles than the list.
    """
    files = list(files)
    if len(files) < 3 or len({file.parent for file in files}) > 1:
        return files, None
    counted, assumed = _by_count(files)
    held = _angles_held(files, angles_deg)
    if held is None:
        _refuse_other_angles(files, counted, angles_deg, name)
        return counted, assumed
    # Rounded angles that are the same in two names keep the order of their count.
    rank = {file: place for place, file in enumerate(counted)}
    by_name = sorted(range(len(files)), key=lambda at: (held[at], rank[files[at]]))
    result = list(files)
    for at, of_angle in zip(by_name, np.argsort(angles_deg, kind="stable"), strict=True):
        result[of_angle] = files[at]
    same = result == counted
    if same and assumed is None:
        return result, None
    order = "" if same else f", which is not the order of their numbers in {name}"
    return result, f"projections are paired with the angles that their names hold ({result[0].name} first){order}"


def _by_count(files: list[Path]) -> tuple[list[Path], str | None]:
    """Order files by the last whole number that counts them; seconds or parts of a second, which start anew, do not."""
    tokens = [[int(one) for one in _INTEGER.findall(file.stem)] for file in files]
    if len({len(one) for one in tokens}) > 1:
        return files, None
    table = np.array(tokens, dtype=object).reshape(len(files), -1)
    times = FrameTimes.of(files)
    differing = [column for column in range(table.shape[1]) if len(set(table[:, column])) > 1]
    if times is not None:
        differing = [column for column in differing if column not in times.columns]
    counts = [column for column in differing if _counts(table[:, column])]
    if times is not None and not counts:
        return list(times.files), times.assumed
    if not counts or (times is None and len(differing) < 2):
        return files, None
    ordered = [files[at] for at in sorted(range(len(files)), key=lambda at: table[at, counts[-1]])]
    if ordered == files:
        return files, None
    first, last = table[files.index(ordered[0]), counts[-1]], table[files.index(ordered[-1]), counts[-1]]
    return ordered, (
        f"projections are in the order of the last number of their names that counts them ({first} to {last}, from "
        f"{ordered[0].name} on), not of the first one that differs"
    )


def _columns(files: Sequence[Path]) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64], bool]]:
    """Numbers at each place of the names, how far they may be rounded, and whether they have signs or decimals."""
    found = [_NUMBER.findall(file.stem) for file in files]
    if len({len(one) for one in found}) > 1:
        return
    for place in range(len(found[0])):
        parts = [one[place] for one in found]
        values = np.array([float(f"{whole}.{decimals or 0}") for _, whole, decimals in parts])
        rounded = np.array([0.51 * 10.0 ** -len(decimals) for _, _, decimals in parts])
        signs = np.array([-1.0 if sign and sign != "+" else 1.0 for sign, _, _ in parts])
        exact = any(decimals for _, _, decimals in parts)
        if len(set(values * signs)) < 2:
            continue
        # A hyphen before every number is no sign.
        if (signs < 0).any() and not (signs < 0).all():
            yield values * signs, rounded, True
        else:
            yield values, rounded, exact
            if (signs < 0).all():
                yield -values, rounded, True


def _angles_held(files: Sequence[Path], angles_deg: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Angles that the names hold, None where they hold others or none."""
    ordered = np.sort(angles_deg)
    columns = list(_columns(files))
    counts = [values for values, _, exact in columns if not exact and _is_count(values)]
    for values, rounded, exact in columns:
        # A number that counts the frames is no angle, unless another one counts them.
        if not exact and _is_count(values) and len(counts) < 2:
            continue
        for scale in _SCALES if not exact else (1,):
            at = np.argsort(values, kind="stable")
            if (np.abs(values[at] / scale - ordered) <= rounded[at] / scale + 1e-6).all():
                return values / scale
    return None


def _counts(numbers: NDArray[np.object_]) -> bool:
    """Whether numbers are another in each name and nearly all in the same step, but for files that were lost."""
    steps = np.diff(np.sort(numbers))
    _, times = np.unique(steps, return_counts=True)
    return bool((steps > 0).all() and times.max() >= _IN_STEP * len(steps))


def _is_count(values: NDArray[np.float64]) -> bool:
    return bool((np.diff(np.sort(values)) == 1).all())


def _refuse_other_angles(
    files: Sequence[Path], counted: Sequence[Path], angles_deg: NDArray[np.float64], name: str
) -> None:
    """Refuse names that plainly hold angles, with signs or decimals, which are not those of the list."""
    where = {file: place for place, file in enumerate(files)}
    order = [where[file] for file in counted]
    span = float(np.ptp(angles_deg))
    for values, _, exact in _columns(files):
        own = float(np.ptp(values))
        if not exact or np.abs(values).max() > _MOST_DEG or own < _LEAST_SPAN_DEG:
            continue
        if len(set(values)) < len(values) or not span / _SPANS <= own <= span * _SPANS:
            continue
        # As far from the list everywhere, another zero: what goes with what is the same.
        off = values[order] - angles_deg
        if np.ptp(off) <= 0.02 * own or np.ptp(values[order] + angles_deg) <= 0.02 * own:
            continue
        raise InputError(
            f"The names of the projections hold other angles ({values.min():g}° to {values.max():g}°, "
            f"{counted[0].name} first) than {name} ({angles_deg.min():g}° to {angles_deg.max():g}°, "
            f"{angles_deg[0]:g}° first), so that it is not known which belongs to which; put the angles of the names "
            f"into {name}, or give the files names without them."
        )
