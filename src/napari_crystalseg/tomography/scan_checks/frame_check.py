"""Frames are judged before they are used: what has no light, or is not what it is said to be, is left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...frames import frame_blocks
from ...progress import Progress, silent
from ...scan import Scan
from ..preprocessing.unmeasured import not_there, unmeasured_pixels

# Pixels along an axis of a frame that are looked at, and squares of them that are averaged.
_SEEN, _TILES = 256, 16
# More projections than this share are never left out unasked; of flats and darks half.
_MOST_LEFT_OUT, _MOST_FLATS = 0.05, 0.5
# Brighter than the dark by less than these shares of the flat, and of the brighter projections: no light.
_NO_LIGHT, _NO_LIGHT_BESIDE_OTHERS, _AS_DARK = 0.01, 0.1, 0.0005
_DARK_WITH_BEAM = 0.05
# A row that is dark in some frames is so many times brighter in the usual one.
_FAR_BRIGHTER = 10.0
# Pixels of a frame that hold "not there", and rows or columns that hold nothing at all.
_MOST_ABSENT, _MOST_EMPTY = 0.5, 0.05
# More of them than in the usual frame, and pixels of all frames at one largest value: overexposed.
_MOST_SATURATED = 0.03
# A row or column is dark or hot, in parts of the beam, where it is not in the usual frame and its neighbours are not.
_DARK_LINE, _BRIGHT_LINE, _HOT_LINE, _MOST_LINES = 0.02, 0.2, 1.3, 0.1
# Lines so near to one that are dark just before it, or right after: a shadow passes.
_BESIDE = 3
# A square goes dark from one frame to the next only where nothing is read: between these parts of the beam.
_READ_NOTHING, _LIT = 0.002, 0.3
# Contrast of a sample that flats and projections can be told apart by.
_CONTRAST, _ABOVE_FLATS = 0.03, 5.0
# More unmeasured pixels than this cannot be filled.
_MOST_UNMEASURED = 0.2
# Fewer counts than this may be the largest of many pixels by chance.
_FEWEST_CLIPPED = 200
_NAMED = 12


@dataclass(frozen=True, eq=False)
class CheckedScan:
    """A scan whose frames have been judged.

    Parameters
    ----------
    scan : Scan
        Without the frames that are left out.
    unmeasured : ndarray of bool, shape (row, column)
        Pixels that hold no measurement, to be filled from their neighbours.
    statements : tuple of str
        What was left out and why, a sentence each.
    left_out : dict of str to list of int
        Numbers of the projections, flats and darks that are left out; kinds with none are not named.
    """

    scan: Scan
    unmeasured: NDArray[np.bool_]
    statements: tuple[str, ...]
    left_out: dict[str, list[int]]


def check_frames(scan: Scan, force: bool = False, progress: Progress = silent) -> CheckedScan:
    """Judge darks, flats and projections, each against its kind, in one pass.

    Left out are frames without light, frames that hold the value for "not there" or one value everywhere, frames that
    were written in part, copies of the frame before, flats among projections, projections among flats, flats without
    beam and darks with beam.

    Parameters
    ----------
    scan : Scan
        As it was opened.
    force : bool
        Go on with what is there, however much is left out.
    progress : Progress
        Told as frames pass; may raise to cancel.

    Returns
    -------
    CheckedScan

    Raises
    ------
    InputError
        More than five in a hundred projections, or half of the flats or darks, would be left out; or a fifth of the
        pixels measure nothing. The text says what seems to have happened.
    """
    masked = _always_absent(scan.flats) | _always_absent(scan.darks)
    darks, flats = _Looks.at(scan.darks, masked), _Looks.at(scan.flats, masked)
    projections = _Looks.at(scan.projections, masked, progress)
    bad_darks, bad_flats, bad = _Found(len(scan.darks)), _Found(len(scan.flats)), _Found(len(scan.projections))
    # Without noise a flat is rightly the same everywhere, as is a dark of a counting detector.
    noisy = not flats.uniform.all()
    flats.find_empty(bad_flats, noisy)
    darks.find_absent(bad_darks)
    projections.find_empty(bad, noisy)
    flat, dark = _usual(flats.level, bad_flats, 75), _usual(darks.level, bad_darks, 25)
    if flat is not None and dark is not None and flat > dark:
        bad_darks.add("show the beam", darks.level > dark + _DARK_WITH_BEAM * (flat - dark))
        bad_flats.add("have no light", flats.level - dark < _NO_LIGHT_BESIDE_OTHERS * (flat - dark))
        share = (projections.level - dark) / (flat - dark)
        bright = float(np.percentile(share[np.isfinite(share)], 90)) if np.isfinite(share).any() else 0.0
        # A sample may take nearly all light in every frame; then only what is as dark as the darks has none.
        least = min(_NO_LIGHT, _NO_LIGHT_BESIDE_OTHERS * bright) if bright > _NO_LIGHT else _AS_DARK
        bad.add("have no light", share < least, first=True)
        bad.add("have no light in part", _dark_rows(projections, flats, bad_flats, dark, least))
        order = np.argsort(np.mod(scan.angles_deg, 360), kind="stable")
        bad.add("have dark rows or columns", _odd_lines(projections, flats, bad_flats, dark, order, hot=False))
        bad.add("have hot rows or columns", _odd_lines(projections, flats, bad_flats, dark, order, hot=True))
        bad.add("have no light in part", _dark_squares(projections, bad, flats, bad_flats, dark, order))
        projections.find_copies(bad, scan.angles_deg)
        _find_exchanged(projections, bad, flats, bad_flats, dark)
    _refuse_darks_and_flats("darks", bad_darks, force)
    _refuse_darks_and_flats("flats", bad_flats, force)
    _refuse_projections(bad, scan.angles_deg, force)
    kept = scan.without(bad.mask, bad_flats.mask, bad_darks.mask)
    unmeasured = unmeasured_pixels(kept)
    _refuse_pixels(unmeasured, force)
    found = {"projections": bad, "flats": bad_flats, "darks": bad_darks}
    return CheckedScan(
        kept,
        unmeasured,
        (
            *(sentence for kind, one in found.items() for sentence in one.sentences(kind)),
            *(said for kind, looks in (("flats", flats), ("projections", projections)) for said in looks.clipped(kind)),
        ),
        {kind: np.flatnonzero(one.mask).tolist() for kind, one in found.items() if one.mask.any()},
    )


class _Found:
    """Frames of one kind that are to be left out, by what is wrong with them; the first reason stands."""

    def __init__(self, count: int) -> None:
        self.mask = np.zeros(count, dtype=bool)
        self.reasons: dict[str, NDArray[np.intp]] = {}

    def add(self, reason: str, which: NDArray[np.bool_], first: bool = False) -> None:
        if first:
            # What has no light may be empty or a copy as well; that it has none says most.
            self.reasons = {one: numbers[~which[numbers]] for one, numbers in self.reasons.items()}
            self.mask[which] = False
        numbers = np.flatnonzero(which & ~self.mask)
        if numbers.size:
            self.reasons[reason] = numbers
            self.mask[numbers] = True

    def sentences(self, kind: str) -> list[str]:
        return [f"{clause}: left out" for clause in self.clauses(kind)]

    def clauses(self, kind: str) -> list[str]:
        """Say what is wrong with how many and which, the commonest first."""
        reasons = sorted(self.reasons.items(), key=lambda one: -one[1].size)
        return [
            f"{numbers.size} of {self.mask.size} {kind} {_agreeing(reason, numbers.size)} ({_listed(numbers)})"
            for reason, numbers in reasons
            if numbers.size
        ]


@dataclass(frozen=True, eq=False)
class _Looks:
    """What is seen of each frame of a kind, all of shape (frame, ...).

    ``level`` is the mean of what is measured, ``tiles`` the means of squares, ``absent`` the share of "not there",
    ``empty`` the share of rows or columns without any count, ``uniform`` whether all pixels hold the same. ``low`` and
    ``high`` are the least and largest count of each row, then column, and ``top`` the largest of all with the share of
    pixels that hold it. ``whole`` says whether the counts are whole numbers.
    """

    level: NDArray[np.float64]
    tiles: NDArray[np.float64]
    absent: NDArray[np.float64]
    empty: NDArray[np.float64]
    uniform: NDArray[np.bool_]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    top: NDArray[np.float64]
    rows: int
    whole: bool

    @classmethod
    def at(cls, frames: Any, masked: NDArray[np.bool_], progress: Progress = silent) -> _Looks:
        steps = tuple(slice(None, None, -(-length // _SEEN)) for length in frames.shape[1:])
        measured = ~masked[steps]
        values = not_there(frames.dtype)
        parts = []
        done = 0
        for block in frame_blocks(frames):
            progress(done / len(frames), "Looking at the frames")
            done += len(block)
            parts.append(_look(np.asarray(block[(slice(None), *steps)], dtype=np.float64), measured, values))
        level, tiles, absent, empty, uniform, low, high, top = (np.concatenate(one) for one in zip(*parts, strict=True))
        whole = bool(np.issubdtype(frames.dtype, np.integer))
        return cls(level, tiles, absent, empty, uniform, low, high, top, measured.shape[0], whole)

    def find_absent(self, found: _Found) -> None:
        found.add("hold no counts", self.absent > _MOST_ABSENT)
        found.add("hold no counts in part", self.absent > float(np.percentile(self.absent, 25)) + _MOST_SATURATED)

    def clipped(self, kind: str) -> list[str]:
        """Say so where many pixels hold one largest value in nearly all frames, which noise does not make."""
        if not self.whole or len(self.top) < 3 or self.uniform.all():
            return []
        most = float(np.median(self.top[:, 0]))
        share = float(self.top[:, 1].mean())
        if share < _MOST_SATURATED or (self.top[:, 0] == most).mean() < 0.9 or most < _FEWEST_CLIPPED:
            return []
        return [
            f"{share:.0%} of the pixels of the {kind} hold their largest value, {most:.0f}: the detector seems to have "
            "been overexposed there, and what they absorb comes out wrong"
        ]

    def find_empty(self, found: _Found, noisy: bool) -> None:
        """Frames that were not written, or in part."""
        self.find_absent(found)
        usual = float(np.median(self.empty))
        if noisy:
            found.add("hold the same value everywhere", self.uniform)
        found.add("were written in part", self.empty > usual + _MOST_EMPTY)

    def find_copies(self, found: _Found, angles_deg: NDArray[np.float64]) -> None:
        """Frames that repeat the one before, in a scan whose frames differ as noise makes them."""
        if len(self.level) < 3 or not self.whole:
            return
        same = (np.diff(self.level) == 0) & (np.diff(self.tiles, axis=0) == 0).all(axis=(1, 2))
        same = np.concatenate([[False], same & (np.diff(angles_deg) != 0)])
        if not found.mask[same].all() and same.mean() < 0.5:
            found.add("are copies of the frame before", same)


def _look(
    some: NDArray[np.float64], measured: NDArray[np.bool_], values: tuple[float, ...]
) -> tuple[NDArray[Any], ...]:
    absent = ~np.isfinite(some) | np.isin(some, values)
    absent[:, ~measured] = False
    good = ~absent & measured
    counts = np.where(good, some, 0.0)
    number = np.maximum(good.sum(axis=(1, 2)), 1)
    level = counts.sum(axis=(1, 2)) / number
    level[~good.any(axis=(1, 2))] = np.nan
    height, width = some.shape[1:]
    down, across = -(-height // _TILES), -(-width // _TILES)
    rows, columns = np.arange(0, height, down), np.arange(0, width, across)

    def tiled(these: NDArray[Any]) -> NDArray[np.float64]:
        return np.add.reduceat(np.add.reduceat(these.astype(np.float64), rows, axis=1), columns, axis=2)

    with np.errstate(invalid="ignore", divide="ignore"):
        tiles = tiled(counts) / tiled(good)
    nothing = (counts == 0) & measured
    unmeasured_rows, unmeasured_columns = ~measured.any(axis=1), ~measured.any(axis=0)
    empty_rows = (nothing | ~measured).all(axis=2)[:, ~unmeasured_rows]
    empty_columns = (nothing | ~measured).all(axis=1)[:, ~unmeasured_columns]
    empty = np.maximum(_share(empty_rows), _share(empty_columns))
    total = max(int(measured.sum()), 1)
    first = some[:, measured][:, :1] if measured.any() else np.zeros((len(some), 1))
    uniform = (some == first[:, :, np.newaxis])[:, measured].all(axis=1) & (total > 1)
    least, largest = np.where(good, some, np.inf), np.where(good, some, -np.inf)
    low = np.concatenate([least.min(axis=2), least.min(axis=1)], axis=1)
    high = np.concatenate([largest.max(axis=2), largest.max(axis=1)], axis=1)
    most = high.max(axis=1)
    top = np.stack([most, (largest == most[:, np.newaxis, np.newaxis]).sum(axis=(1, 2)) / total], axis=1)
    return level, tiles, absent.sum(axis=(1, 2)) / total, empty, uniform, low, high, top


def _share(flags: NDArray[np.bool_]) -> NDArray[np.float64]:
    return flags.mean(axis=1) if flags.shape[1] else np.zeros(len(flags))


def _always_absent(frames: Any) -> NDArray[np.bool_]:
    """Pixels that hold "not there" in the first, the middle and the last frame."""
    some = np.asarray(frames[np.unique([0, len(frames) // 2, len(frames) - 1])])
    return (~np.isfinite(some) | np.isin(some, not_there(frames.dtype))).all(axis=0)


def _usual(level: NDArray[np.float64], found: _Found, percentile: float) -> float | None:
    good = level[~found.mask & np.isfinite(level)]
    return float(np.percentile(good, percentile)) if good.size else None


def _dark_rows(projections: _Looks, flats: _Looks, bad_flats: _Found, dark: float, least: float) -> NDArray[np.bool_]:
    """Which frames have rows without light over their full width that the others have: a shutter half open."""
    beam = np.median(flats.tiles[~bad_flats.mask], axis=0) - dark
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = (projections.tiles - dark) / beam
    # Where nothing is measured, or flats have no light either, nothing is told.
    brightest = np.where(np.isfinite(shares) & (beam > 0), shares, -np.inf).max(axis=2)
    told = np.isfinite(brightest)
    # Rows that hardly have light in the usual frame lie behind a sample that takes nearly all of it.
    told &= np.median(np.where(told, brightest, 0.0), axis=0) > _FAR_BRIGHTER * least
    dark_rows = (told & (brightest < least)).mean(axis=1)
    found: NDArray[np.bool_] = dark_rows > np.median(dark_rows) + _MOST_EMPTY
    return found


def _odd_lines(
    projections: _Looks, flats: _Looks, bad_flats: _Found, dark: float, order: NDArray[np.intp], hot: bool
) -> NDArray[np.bool_]:
    """Which frames have a few rows or columns, whole ones, that are dark or hot there and not in the usual frame.

    ``order`` is that of the angles, in which a shadow moves little from frame to frame.
    """
    beam = np.median((flats.high if hot else flats.low)[~bad_flats.mask], axis=0) - dark
    with np.errstate(invalid="ignore", divide="ignore"):
        share = ((projections.low if hot else projections.high)[order] - dark) / np.where(beam > 0, beam, np.nan)
    found = np.zeros(len(share), dtype=bool)
    for lines in (slice(None, projections.rows), slice(projections.rows, None)):
        of_lines = np.where(np.isfinite(share[:, lines]), share[:, lines], np.nan)
        told = np.isfinite(of_lines).all(axis=0)
        of_lines = of_lines[:, told]
        if of_lines.shape[1] < 8:
            continue
        usual = np.median(of_lines, axis=0)
        if hot:
            # A beam that is brighter as a whole makes no line hot.
            bright = np.maximum(1.0, np.percentile(of_lines, 90, axis=1))[:, np.newaxis]
            odd, sound = of_lines > _HOT_LINE * bright, usual < 1.1
        else:
            odd, sound = of_lines < _DARK_LINE, usual > _BRIGHT_LINE
        few = odd.mean(axis=1) <= _MOST_LINES
        # What is beside lines that are always so is the sample's, or the pin's, edge.
        beside = np.ones_like(sound)
        beside[1:] &= sound[:-1]
        beside[:-1] &= sound[1:]
        near: NDArray[np.bool_] = np.logical_or.reduce(
            [np.roll(odd, by, axis=1) for by in range(-_BESIDE, _BESIDE + 1)]
        )
        alone = odd & sound & beside & few[:, np.newaxis]
        for line in np.flatnonzero(alone.any(axis=0)):
            for first, last in _runs(alone[:, line]):
                # Where the lines beside it were dark just before, or are then, the shadow of a pin passes.
                if not any(near[at, line] for at in (first - 1, last) if 0 <= at < len(near)):
                    found[order[first:last]] = True
    return found


def _runs(flags: NDArray[np.bool_]) -> NDArray[np.intp]:
    """First and last (exclusive) places of each run, shape (run, 2)."""
    return np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8))).reshape(-1, 2)


def _dark_squares(
    projections: _Looks, bad: _Found, flats: _Looks, bad_flats: _Found, dark: float, order: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Which frames have squares in which nothing was read, from one frame to the next in angle.

    Of a sample that lets no light through in places nothing can be told.
    """
    beam = np.median(flats.tiles[~bad_flats.mask], axis=0) - dark
    found = np.zeros(len(projections.level), dtype=bool)
    seen = order[~bad.mask[order]]
    if seen.size < 8:
        return found
    with np.errstate(invalid="ignore", divide="ignore"):
        share = ((projections.tiles[seen] - dark) / np.where(beam > 0, beam, np.nan)).reshape(len(seen), -1)
    share = share[:, np.isfinite(share).all(axis=0)]
    if not share.size or np.median(share.min(axis=1)) < _NO_LIGHT_BESIDE_OTHERS * _LIT:
        return found
    share = share[:, np.median(share, axis=0) > _LIT]
    for of_square in share.T[(share < _READ_NOTHING).any(axis=0)]:
        dark_now = of_square < _READ_NOTHING
        for first, last in _runs(dark_now):
            beside = [of_square[at] for at in (first - 1, last) if 0 <= at < len(of_square)]
            if min(beside, default=0.0) > _LIT:
                found[seen[first:last]] = True
    return found


def _find_exchanged(projections: _Looks, bad: _Found, flats: _Looks, bad_flats: _Found, dark: float) -> None:
    """Flats among the projections, and projections among the flats, by the sample's shadow."""
    seen, beams = ~bad.mask, ~bad_flats.mask
    if seen.sum() < 8 or beams.sum() < 1:
        return
    beam = np.median(flats.tiles[beams], axis=0) - dark
    with np.errstate(invalid="ignore", divide="ignore"):
        of_projections = -np.log((projections.tiles - dark) / beam)
        of_flats = -np.log((flats.tiles - dark) / beam)
    usable = np.isfinite(of_projections[seen]).all(axis=0) & np.isfinite(of_flats[beams]).all(axis=0)
    if usable.sum() < 16:
        return
    shadows, beams_seen = of_projections[:, usable], of_flats[:, usable]
    shadow = np.median(shadows[seen], axis=0)
    # What a frame shows of the usual shadow, and how much contrast it has at all.
    shares, contrasts = _likeness(shadows, shadow)
    flat_shares, flat_contrasts = _likeness(beams_seen, shadow)
    usual = float(np.median(contrasts[seen]))
    if usual < max(_CONTRAST, _ABOVE_FLATS * float(np.median(flat_contrasts[beams]))):
        return
    odd = seen & (contrasts < 0.3 * usual) & (np.abs(shares) < 0.2)
    others = shares[seen & ~odd]
    if odd.any() and others.size and odd.sum() < 0.3 * seen.sum() and np.percentile(others, 5) > 0.4:
        bad.add("look like flats", odd)
    odd = beams & (flat_shares > 0.3) & (flat_contrasts > 0.3 * usual)
    others = np.abs(flat_shares[beams & ~odd])
    if odd.any() and others.size and odd.sum() < 0.5 * beams.sum() and others.max() < 0.15:
        bad_flats.add("look like projections", odd)


def _likeness(
    shadows: NDArray[np.float64], shadow: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Slope of each frame's shadow on the usual one, and its own range, shape (frame,) each."""
    clean = np.where(np.isfinite(shadows), shadows, 0.0)
    off = shadow - shadow.mean()
    slope = (clean - clean.mean(axis=1, keepdims=True)) @ off / max(float(off @ off), 1e-30)
    low, high = np.percentile(clean, (5, 95), axis=1)
    return slope, high - low


def _refuse_darks_and_flats(kind: str, found: _Found, force: bool) -> None:
    left_out = int(found.mask.sum())
    if left_out == found.mask.size:
        raise InputError(
            f"{_first_sentence(found, kind)}, so that none is left; check that flats were taken with the beam on, "
            "darks with the beam off, and that they are not exchanged."
        )
    if left_out > _MOST_FLATS * found.mask.size and not force:
        raise InputError(
            f"{_first_sentence(found, kind)}; check them, or give --force to go on with the other "
            f"{found.mask.size - left_out}."
        )


def _refuse_projections(found: _Found, angles_deg: NDArray[np.float64], force: bool) -> None:
    count, left_out = found.mask.size, int(found.mask.sum())
    if left_out == count or (left_out and count - left_out < 2):
        raise InputError(
            f"{_first_sentence(found, 'projections')}, so that too few are left; check that the shutter was open and "
            "that projections and darks are not swapped."
        )
    if left_out <= _MOST_LEFT_OUT * count or force:
        return
    last = int(np.flatnonzero(~found.mask)[-1])
    # What is missing at the end is more than was missing before: the scan did not reach its end.
    if count - 1 - last > left_out / 2:
        raise InputError(
            f"{_first_sentence(found, 'projections')}: the scan seems to have been broken off after frame {last} "
            f"({angles_deg[last]:.1f}°); take it again, or give --force to go on with the "
            f"{count - left_out} projections that are there."
        )
    raise InputError(
        f"{_first_sentence(found, 'projections')}, more than a few in a hundred; check beam, shutter and the order of "
        f"the frames, or give --force to go on with the {count - left_out} others."
    )


def _first_sentence(found: _Found, kind: str) -> str:
    return " and ".join(found.clauses(kind))


def _refuse_pixels(unmeasured: NDArray[np.bool_], force: bool) -> None:
    share = float(unmeasured.mean())
    if share == 1:
        raise InputError("No pixel of the detector holds a measurement: all keep one value, or hold that for none.")
    if share > _MOST_UNMEASURED and not force:
        raise InputError(
            f"{share:.0%} of the pixels hold no measurement (NaN, the largest value of their type, or the same value "
            "in every frame): the detector was perhaps overexposed or masked; cut the frames to what was measured, or "
            "give --force to fill them from their neighbours."
        )


def _agreeing(reason: str, count: int) -> str:
    """Put a verb in the singular for one frame."""
    if count != 1:
        return reason
    verb, _, rest = reason.partition(" ")
    return (
        f"{ {'have': 'has', 'were': 'was', 'are': 'is'}.get(verb, verb + 's') } {rest}".replace(
            "is copies", "is a copy"
        )
        .replace("like flats", "like a flat")
        .replace("like projections", "like a projection")
    )


def _listed(numbers: Iterable[int]) -> str:
    """List numbers, runs of them as "3 to 9"."""
    values = np.asarray(list(numbers))
    runs = np.split(values, np.flatnonzero(np.diff(values) != 1) + 1)
    texts = [
        str(run[0]) if run.size == 1 else f"{run[0]}, {run[1]}" if run.size == 2 else f"{run[0]} to {run[-1]}"
        for run in runs
    ]
    return ", ".join(texts) if len(texts) <= _NAMED else ", ".join(texts[:_NAMED]) + ", …"
