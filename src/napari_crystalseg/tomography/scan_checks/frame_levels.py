"""Whether the levels of flats and darks can be right: flats of one value, and darks of another exposure."""

from __future__ import annotations

import numpy as np

from ...errors import InputError
from .bad_frames import BadFrames
from .frame_looks import FEWEST_CLIPPED, FrameLooks

# Darker than the darks by more than this part of the beam, in this share of the frames: no noise.
_BELOW_DARK, _FRAMES_BELOW_DARK = 0.01, 0.05
# Darks with more of the flats' counts than this are of no usual detector.
_BRIGHT_DARK = 0.3
# Squares with less than this part of the usual beam say nothing of the darks.
_LIT = 0.3


def flats_of_one_value(flats: FrameLooks, darks: FrameLooks, force: bool) -> list[str]:
    """Say so where all flats hold one count everywhere, which no detector measures.

    Without noise in the darks the flats may be stand-ins of frames that were divided already, or simulated.

    Raises
    ------
    InputError
        The darks vary, so that the flats are clipped, and nobody said to go on.
    """
    if not flats.whole or not flats.uniform.all() or np.ptp(flats.level) > 0 or flats.top[0, 0] < FEWEST_CLIPPED:
        return []
    said = f"All pixels of all flats hold {flats.top[0, 0]:.0f}"
    if darks.uniform.all():
        return [f"{said}, as flats do that were not measured, or were overexposed: taken as they are"]
    said += ", though the darks vary: the detector was overexposed in them,"
    if force:
        return [f"{said} and what is absorbed comes out wrong"]
    raise InputError(
        f"{said} so that what the sample absorbs is not known; take flats with a shorter exposure, or give --force to "
        "go on with these."
    )


def doubts_of_darks(
    projections: FrameLooks,
    bad: BadFrames,
    flats: FrameLooks,
    bad_flats: BadFrames,
    darks: FrameLooks,
    bad_darks: BadFrames,
) -> list[str]:
    """Say so where the darks are too high: squares of projections are darker, or the flats are not much brighter."""
    if bad.mask.all() or bad_flats.mask.all() or bad_darks.mask.all():
        return []
    dark = np.median(darks.tiles[~bad_darks.mask], axis=0)
    flat = np.median(flats.tiles[~bad_flats.mask], axis=0)
    known = np.isfinite(dark) & np.isfinite(flat) & (flat > dark)
    if not known.any():
        return []
    usual = float(np.median((flat - dark)[known]))
    lit = known & (flat - dark > _LIT * usual)
    shares = (projections.tiles[~bad.mask][:, lit] - dark[lit]) / (flat - dark)[lit]
    least = np.where(np.isfinite(shares), shares, np.inf).min(axis=1)
    deepest = -float(np.percentile(least, 100 * _FRAMES_BELOW_DARK))
    if deepest > _BELOW_DARK:
        return [
            f"The projections are darker than the darks in places, by {deepest:.1%} of the beam: the darks seem to be "
            "of another exposure or to hold light, and what is absorbed comes out too large"
        ]
    share = float(np.median(dark[lit] / flat[lit]))
    if share > _BRIGHT_DARK:
        return [
            f"The darks hold {share:.0%} of the flats' counts: if they are of another exposure or hold light, what is "
            "absorbed comes out too large"
        ]
    return []
