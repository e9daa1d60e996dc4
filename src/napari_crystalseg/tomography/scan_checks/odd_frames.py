"""Odd frames: those unlike the others of their kind, by dark or hot rows, columns and squares, or a shadow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .bad_frames import BadFrames
from .frame_looks import MOST_EMPTY, FrameLooks

# Brighter than the dark by less than these shares of the flat, and of the brighter projections: no light.
NO_LIGHT, NO_LIGHT_BESIDE_OTHERS, AS_DARK = 0.01, 0.1, 0.0005
# A row that is dark in some frames is so many times brighter in the usual one.
_FAR_BRIGHTER = 10.0
# A row or column is dark or hot, in parts of the beam, where it is not in the usual frame and its neighbours are not.
_DARK_LINE, _BRIGHT_LINE, _HOT_LINE, _MOST_LINES = 0.02, 0.2, 1.3, 0.1
# Lines so near to one that are dark just before it, or right after: a shadow passes.
_BESIDE = 3
# A square goes dark from one frame to the next only where nothing is read: between these parts of the beam.
_READ_NOTHING, _LIT = 0.002, 0.3
# Contrast of a sample that flats and projections can be told apart by.
_CONTRAST, _ABOVE_FLATS = 0.03, 5.0


def dark_rows(
    projections: FrameLooks, flats: FrameLooks, bad_flats: BadFrames, dark: float, least: float
) -> NDArray[np.bool_]:
    """Which frames have rows without light over their full width that the others have: a shutter half open."""
    beam = np.median(flats.tiles[~bad_flats.mask], axis=0) - dark
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = (projections.tiles - dark) / beam
    # Where nothing is measured, or flats have no light either, nothing is told.
    brightest = np.where(np.isfinite(shares) & (beam > 0), shares, -np.inf).max(axis=2)
    told = np.isfinite(brightest)
    # Rows that hardly have light in the usual frame lie behind a sample that takes nearly all of it.
    told &= np.median(np.where(told, brightest, 0.0), axis=0) > _FAR_BRIGHTER * least
    of_rows = (told & (brightest < least)).mean(axis=1)
    found: NDArray[np.bool_] = of_rows > np.median(of_rows) + MOST_EMPTY
    return found


def odd_lines(
    projections: FrameLooks, flats: FrameLooks, bad_flats: BadFrames, dark: float, order: NDArray[np.intp], hot: bool
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
        exclusive_writing = odd & sound & beside & few[:, np.newaxis]
        for line in np.flatnonzero(exclusive_writing.any(axis=0)):
            for first, last in _runs(exclusive_writing[:, line]):
                # Where the lines beside it were dark just before, or are then, the shadow of a pin passes.
                if not any(near[at, line] for at in (first - 1, last) if 0 <= at < len(near)):
                    found[order[first:last]] = True
    return found


def _runs(flags: NDArray[np.bool_]) -> NDArray[np.intp]:
    """First and last (exclusive) places of each run, shape (run, 2)."""
    return np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8))).reshape(-1, 2)


def dark_squares(
    projections: FrameLooks,
    bad: BadFrames,
    flats: FrameLooks,
    bad_flats: BadFrames,
    dark: float,
    order: NDArray[np.intp],
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
    if not share.size or np.median(share.min(axis=1)) < NO_LIGHT_BESIDE_OTHERS * _LIT:
        return found
    share = share[:, np.median(share, axis=0) > _LIT]
    for of_square in share.T[(share < _READ_NOTHING).any(axis=0)]:
        dark_now = of_square < _READ_NOTHING
        for first, last in _runs(dark_now):
            beside = [of_square[at] for at in (first - 1, last) if 0 <= at < len(of_square)]
            if min(beside, default=0.0) > _LIT:
                found[seen[first:last]] = True
    return found


def find_exchanged(
    projections: FrameLooks, bad: BadFrames, flats: FrameLooks, bad_flats: BadFrames, dark: float
) -> None:
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
