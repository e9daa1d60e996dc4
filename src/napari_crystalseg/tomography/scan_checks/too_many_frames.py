"""Refusals of scans of which too little would be left: frames of a kind, or pixels of the detector."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from .bad_frames import BadFrames

# More projections than this share are never left out unasked; of flats and darks half.
_MOST_LEFT_OUT, _MOST_FLATS = 0.05, 0.5
# More unmeasured pixels than this cannot be filled.
_MOST_UNMEASURED = 0.2


def refuse_darks_and_flats(kind: str, found: BadFrames, force: bool) -> None:
    """Refuse darks or flats of which none are left, or, without force, less than half.

    Parameters
    ----------
    kind : str
        What they are called, such as "flats".
    found : BadFrames
        Those that are left out.
    force : bool
        Go on with few.

    Raises
    ------
    InputError
        Too few are left.
    """
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


def refuse_projections(found: BadFrames, angles_deg: NDArray[np.float64], force: bool) -> None:
    """Refuse projections of which too few are left, or, without force, more than one in twenty is left out.

    Parameters
    ----------
    found : BadFrames
        Those that are left out.
    angles_deg : ndarray of float64, shape (angle,)
        Angles of all of them, degrees.
    force : bool
        Go on with the others, if there are two or more.

    Raises
    ------
    InputError
        Too few are left, or the scan seems to have been broken off.
    """
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


def _first_sentence(found: BadFrames, kind: str) -> str:
    return " and ".join(found.clauses(kind))


def refuse_pixels(unmeasured: NDArray[np.bool_], force: bool) -> None:
    """Refuse a detector of which no pixel holds a measurement, or, without force, more than a fifth holds none.

    Parameters
    ----------
    unmeasured : ndarray of bool, shape (row, column)
        Pixels that hold no measurement.
    force : bool
        Go on with the others, if there are any.

    Raises
    ------
    InputError
        Too few pixels hold a measurement.
    """
    share = float(unmeasured.mean())
    if share == 1:
        raise InputError("No pixel of the detector holds a measurement: all keep one value, or hold that for none.")
    if share > _MOST_UNMEASURED and not force:
        raise InputError(
            f"{share:.0%} of the pixels hold no measurement (NaN, the largest value of their type, or the same value "
            "in every frame): the detector was perhaps overexposed or masked; cut the frames to what was measured, or "
            "give --force to fill them from their neighbours."
        )
