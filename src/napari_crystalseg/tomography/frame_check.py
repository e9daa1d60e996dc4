"""Frames are judged before they are used: what has no light, or is not what it is said to be, is left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..frames import frame_blocks
from ..progress import Progress, silent
from ..scan import Scan
from .unmeasured import not_there, unmeasured_pixels

# Pixels along an axis of a frame that are looked at, and squares of them that are averaged.
_SEEN, _TILES = 256, 16
# More projections than this share are never left out unasked; of flats and darks half.
_MOST_LEFT_OUT, _MOST_FLATS = 0.05, 0.5
# Brighter than the dark by less than these shares of the flat, and of the brighter projections: no light.
_NO_LIGHT, _NO_LIGHT_BESIDE_OTHERS, _AS_DARK = 0.01, 0.1, 0.0005
_DARK_WITH_BEAM = 0.05
# Pixels of a frame that hold "not there", and rows or columns that hold nothing at all.
_MOST_ABSENT, _MOST_EMPTY = 0.5, 0.05
# Contrast of a sample that flats and projections can be told apart by.
_CONTRAST, _ABOVE_FLATS = 0.03, 5.0
# More unmeasured pixels than this cannot be filled.
_MOST_UNMEASURED = 0.2
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
        tuple(sentence for kind, one in found.items() for sentence in one.sentences(kind)),
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
    ``empty`` the share of rows or columns without any count, ``uniform`` whether all pixels hold the same. ``whole``
    says whether the counts are whole numbers.
    """

    level: NDArray[np.float64]
    tiles: NDArray[np.float64]
    absent: NDArray[np.float64]
    empty: NDArray[np.float64]
    uniform: NDArray[np.bool_]
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
        level, tiles, absent, empty, uniform = (np.concatenate(one) for one in zip(*parts, strict=True))
        return cls(level, tiles, absent, empty, uniform, bool(np.issubdtype(frames.dtype, np.integer)))

    def find_absent(self, found: _Found) -> None:
        found.add("hold no counts", self.absent > _MOST_ABSENT)

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
    return level, tiles, absent.sum(axis=(1, 2)) / total, empty, uniform


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
    dark_rows = (told & (brightest < least)).mean(axis=1)
    found: NDArray[np.bool_] = dark_rows > np.median(dark_rows) + _MOST_EMPTY
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
    if odd.any() and others.size and odd.sum() < 0.34 * beams.sum() and others.max() < 0.15:
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
