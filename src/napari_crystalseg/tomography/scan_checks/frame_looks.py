"""What is seen of each frame of one kind, in one pass: levels, squares, lines, and what holds no counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...frames import frame_blocks
from ...progress import Progress, silent
from ..preprocessing.unmeasured import not_there
from .bad_frames import BadFrames

# Pixels along an axis of a frame that are looked at, and squares of them that are averaged.
_SEEN, _TILES = 256, 16
# Pixels of a frame that hold "not there", and rows or columns that hold nothing at all.
_MOST_ABSENT, MOST_EMPTY = 0.5, 0.05
# More of them than in the usual frame, and pixels of all frames at one largest value: overexposed.
_MOST_SATURATED = 0.03
# Fewer counts than this may be the largest of many pixels by chance.
FEWEST_CLIPPED = 200


@dataclass(frozen=True, eq=False)
class FrameLooks:
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
    def at(cls, frames: Any, masked: NDArray[np.bool_], progress: Progress = silent) -> FrameLooks:
        """Look at the frames of a kind, a block at a time; large frames are thinned.

        Parameters
        ----------
        frames : array-like, shape (frame, row, column)
            Counts, in memory or lazy.
        masked : ndarray of bool, shape (row, column)
            Pixels that measure nothing.
        progress : Progress
            Told how many frames were looked at.
        """
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

    def find_absent(self, found: BadFrames) -> None:
        """Leave out frames of whose pixels more than half hold no counts, or clearly more than in most other frames."""
        found.add("hold no counts", self.absent > _MOST_ABSENT)
        found.add("hold no counts in part", self.absent > float(np.percentile(self.absent, 25)) + _MOST_SATURATED)

    def clipped(self, kind: str) -> list[str]:
        """Say so where many pixels hold one largest value in nearly all frames, which noise does not make."""
        if not self.whole or len(self.top) < 3 or self.uniform.all():
            return []
        most = float(np.median(self.top[:, 0]))
        share = float(self.top[:, 1].mean())
        if share < _MOST_SATURATED or (self.top[:, 0] == most).mean() < 0.9 or most < FEWEST_CLIPPED:
            return []
        return [
            f"{share:.0%} of the pixels of the {kind} hold their largest value, {most:.0f}: the detector seems to have "
            "been overexposed there, and what they absorb comes out wrong"
        ]

    def find_empty(self, found: BadFrames, noisy: bool) -> None:
        """Frames that were not written, or in part."""
        self.find_absent(found)
        usual = float(np.median(self.empty))
        if noisy:
            found.add("hold the same value everywhere", self.uniform)
        found.add("were written in part", self.empty > usual + MOST_EMPTY)

    def find_copies(self, found: BadFrames, angles_deg: NDArray[np.float64]) -> None:
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


def always_absent(frames: Any) -> NDArray[np.bool_]:
    """Pixels that hold "not there" in the first, the middle and the last frame."""
    some = np.asarray(frames[np.unique([0, len(frames) // 2, len(frames) - 1])])
    absent: NDArray[np.bool_] = (~np.isfinite(some) | np.isin(some, not_there(frames.dtype))).all(axis=0)
    return absent
