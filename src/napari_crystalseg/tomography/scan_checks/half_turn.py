"""Whether frames that are half a turn apart, by the list of angles, are mirror images of one another.

Line integrals at φ and φ + 180° are the same rays seen from both ends. Where frames that the list has 200° or 162°
apart are mirror images, and those that it has 180° apart are not, the list is in gradians, or was converted as if it
were.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_FEWEST_FRAMES = 24
_BANDS, _MOST_PAIRS = 16, 24
# Frames are pairs where the list has them so many steps, and no more degrees, from what is looked for.
_STEPS, _MOST_OFF_DEG = 1.6, 4.0
# The axis is looked for in this part of the field.
_FIRST, _LAST = 0.3, 0.7
# A bit of the variance of all frames: so that frames in which nothing is to be seen do not pass for the same.
_FLOOR = 0.01
# In right scans frames half a turn apart differ by at most twice what those of another distance do, and mostly least.
_FAR_BETTER = 4.0
# Half a turn, in degrees of a list in gradians, and of one that was converted from gradians though it had degrees.
_MISTAKES = (
    (200.0, "the list seems to hold gradians (200 in half a turn): multiply its angles by 0.9"),
    (162.0, "the list seems to have been converted from gradians though it had degrees: divide its angles by 0.9"),
)


def other_half_turn(line_integrals: NDArray[np.floating], angles_deg: NDArray[np.float64]) -> str | None:
    """Say so where frames are mirror images that the list of angles does not have half a turn apart.

    Parameters
    ----------
    line_integrals : ndarray, shape (angle, row, column)
    angles_deg : ndarray of float64, shape (angle,)

    Returns
    -------
    str or None
        What is wrong and how to mend it, a clause; None where nothing is, or where it cannot be told.
    """
    if len(angles_deg) < _FEWEST_FRAMES:
        return None
    step = _usual_step(angles_deg)
    groups = np.array_split(np.arange(line_integrals.shape[1]), min(_BANDS, line_integrals.shape[1]))
    bands = np.stack([line_integrals[:, group].mean(axis=1, dtype=np.float64) for group in groups], axis=1)
    off = min(_STEPS * step, _MOST_OFF_DEG)

    def difference(apart_deg: float, mirrored: bool) -> float | None:
        one, other = _pairs_apart(angles_deg, apart_deg, off)
        if not one.size:
            return None
        return _difference(bands[one], bands[other][:, :, ::-1] if mirrored else bands[other])

    at_half = difference(180.0, True)
    for apart, what in _MISTAKES:
        here = difference(apart, True)
        # What a turn by as much as the list is wrong changes: were it less, nothing could be told.
        turned = difference(abs(180.0 - apart), False)
        if here is None or turned is None or turned < _FAR_BETTER * here:
            continue
        if at_half is None and np.ptp(angles_deg) > apart + 2 * off:
            continue
        if at_half is None or at_half > _FAR_BETTER * here:
            return (
                f"frames that the list has {apart:.0f}° apart are mirror images of one another, as those half a turn "
                f"apart must be; {what}"
            )
    return None


def _usual_step(angles_deg: NDArray[np.float64]) -> float:
    steps = np.diff(np.sort(angles_deg))
    return float(np.median(steps[steps > 1e-2 * steps.mean()])) if steps.any() else 0.0


def _pairs_apart(
    angles_deg: NDArray[np.float64], apart_deg: float, off: float
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs of frames so many degrees apart; of many some."""
    order = np.argsort(angles_deg, kind="stable")
    ordered = angles_deg[order]
    behind = np.clip(np.searchsorted(ordered, ordered + apart_deg), 1, len(ordered) - 1)
    nearer = ordered + apart_deg - ordered[behind - 1] < ordered[behind] - ordered - apart_deg
    behind = behind - nearer
    away = np.abs(ordered[behind] - ordered - apart_deg)
    found = np.flatnonzero(away <= off)
    # At the ends of a scan only few are, and of these the nearest are the best.
    found = found[np.argsort(away[found], kind="stable")][:_MOST_PAIRS]
    return order[found], order[behind[found]]


def _difference(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Mean squared difference at the shift along the rows that suits all pairs best, over the variance of both."""
    width = one.shape[2]
    least = np.inf
    floor = _FLOOR * float(one.var())
    # Of frames that are mirrored about column c, the second is moved by 2 c less that of the middle.
    for shift in range(-round((1 - 2 * _FIRST) * width), round((2 * _LAST - 1) * width) + 1):
        a, b = one[:, :, max(shift, 0) : width + min(shift, 0)], other[:, :, max(-shift, 0) : width - max(shift, 0)]
        both = (a + b) / 2
        varies = float(((both - both.mean(axis=(0, 2), keepdims=True)) ** 2).mean())
        least = min(least, (float(((a - b) ** 2).mean()) + floor) / (varies + floor))
    return least
