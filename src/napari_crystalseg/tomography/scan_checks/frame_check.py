"""Frames are judged before they are used: what has no light, or is not what it is said to be, is left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...progress import Progress, silent
from ...scan import Scan
from ..preprocessing.unmeasured import unmeasured_pixels
from .bad_frames import BadFrames
from .frame_levels import doubts_of_darks, flats_of_one_value
from .frame_looks import FrameLooks, always_absent
from .odd_frames import AS_DARK, NO_LIGHT, NO_LIGHT_BESIDE_OTHERS, dark_rows, dark_squares, find_exchanged, odd_lines
from .too_many_frames import refuse_darks_and_flats, refuse_pixels, refuse_projections

_DARK_WITH_BEAM = 0.05


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
        More than five in a hundred projections, or half of the flats or darks, would be left out; a fifth of the
        pixels measure nothing; or the flats are clipped to one value. The text says what seems to have happened.
    """
    masked = always_absent(scan.flats) | always_absent(scan.darks)
    darks, flats = FrameLooks.at(scan.darks, masked), FrameLooks.at(scan.flats, masked)
    projections = FrameLooks.at(scan.projections, masked, progress)
    bad_darks, bad_flats, bad = BadFrames(len(scan.darks)), BadFrames(len(scan.flats)), BadFrames(len(scan.projections))
    # Without noise a flat is rightly the same everywhere, as is a dark of a counting detector.
    noisy = not flats.uniform.all()
    flats.find_empty(bad_flats, noisy)
    darks.find_absent(bad_darks)
    projections.find_empty(bad, noisy)
    of_one_value = flats_of_one_value(flats, darks, force)
    doubts: list[str] = []
    flat, dark = _percentile_of_good(flats.level, bad_flats, 75), _percentile_of_good(darks.level, bad_darks, 25)
    if flat is not None and dark is not None and flat > dark:
        bad_darks.add("show the beam", darks.level > dark + _DARK_WITH_BEAM * (flat - dark))
        bad_flats.add("have no light", flats.level - dark < NO_LIGHT_BESIDE_OTHERS * (flat - dark))
        share = (projections.level - dark) / (flat - dark)
        bright = float(np.percentile(share[np.isfinite(share)], 90)) if np.isfinite(share).any() else 0.0
        # A sample may take nearly all light in every frame; then only what is as dark as the darks has none.
        least = min(NO_LIGHT, NO_LIGHT_BESIDE_OTHERS * bright) if bright > NO_LIGHT else AS_DARK
        bad.add("have no light", share < least, first=True)
        bad.add("have no light in part", dark_rows(projections, flats, bad_flats, dark, least))
        order = np.argsort(np.mod(scan.angles_deg, 360), kind="stable")
        bad.add("have dark rows or columns", odd_lines(projections, flats, bad_flats, dark, order, hot=False))
        bad.add("have hot rows or columns", odd_lines(projections, flats, bad_flats, dark, order, hot=True))
        bad.add("have no light in part", dark_squares(projections, bad, flats, bad_flats, dark, order))
        projections.find_copies(bad, scan.angles_deg)
        find_exchanged(projections, bad, flats, bad_flats, dark)
        doubts = doubts_of_darks(projections, bad, flats, bad_flats, darks, bad_darks)
    refuse_darks_and_flats("darks", bad_darks, force)
    refuse_darks_and_flats("flats", bad_flats, force)
    refuse_projections(bad, scan.angles_deg, force)
    kept = scan.without(bad.mask, bad_flats.mask, bad_darks.mask)
    unmeasured = unmeasured_pixels(kept)
    refuse_pixels(unmeasured, force)
    found = {"projections": bad, "flats": bad_flats, "darks": bad_darks}
    return CheckedScan(
        kept,
        unmeasured,
        (
            *(sentence for kind, one in found.items() for sentence in one.sentences(kind)),
            *(said for kind, looks in (("flats", flats), ("projections", projections)) for said in looks.clipped(kind)),
            *of_one_value,
            *doubts,
        ),
        {kind: np.flatnonzero(one.mask).tolist() for kind, one in found.items() if one.mask.any()},
    )


def _percentile_of_good(level: NDArray[np.float64], found: BadFrames, percentile: float) -> float | None:
    good = level[~found.mask & np.isfinite(level)]
    return float(np.percentile(good, percentile)) if good.size else None
