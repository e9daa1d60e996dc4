"""Pairing: whether each frame has its own angle, by how the moments move, and which mistake would explain it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .moments import DEVIATIONS, Moments

# Of the movement of the moments the angles of a right scan explain 0.9 to 1, once noise is taken off, random ones less
# than 0.1.
LEAST_EXPLAINED = 0.8
WELL_EXPLAINED = 0.9
# In between, other angles are the right ones where they leave a quarter of what these do not explain.
_NO_DOUBT = 0.95
# Where the rest is little, it must be so many times what another order leaves.
_FAR_BETTER = 8.0
# A sample that slips on its pin, or a stage, moves by as much (root mean square, pixels looked at).
_MOST_SLIP_PX = 1.25
_LEAST_TURN_DEG = 30.0
ADVICE = "check the order of the frames and the list of angles, or give --force to go on all the same"


def pairing_fault(
    moments: Moments, angles_deg: NDArray[np.float64], chosen: NDArray[np.intp], explained: float | None
) -> str | None:
    """Say in a sentence how frames and angles do not fit each other; None where they do, or where it cannot be told.

    Parameters
    ----------
    moments : Moments
        Of the frames that were looked at.
    angles_deg : ndarray of float64, shape (angle,)
        Angles of all frames, degrees.
    chosen : ndarray of int, shape (frame,)
        Places in them of the frames that were looked at.
    explained : float or None
        Share of the movement that the angles explain, 0 to 1; None where too little moves to tell.
    """
    if explained is None or explained >= _NO_DOUBT:
        return _small_pairing_fault(moments, angles_deg, chosen)
    best, what = 0.0, ""
    for told, angles in _other_angles(angles_deg):
        share = moments.explained(angles[chosen]) or 0.0
        # Of mistakes that explain as much the one named first is the likelier.
        if share > best + 0.02:
            best, what = share, told
    another = best >= WELL_EXPLAINED and 1 - best < (1 - explained) / 4
    if explained >= LEAST_EXPLAINED and not another:
        return None
    says = _misfit_sentence(explained)
    if another:
        return f"{says}; {what} they would explain {100 * best:.0f} %: {ADVICE}."
    if moments.rest(angles_deg[chosen]) < (_MOST_SLIP_PX / moments.half_width_px) ** 2:
        return None
    # What one band of rows does alone is not the fault of the angles.
    of_others = moments.without_worst(angles_deg[chosen]).explained(angles_deg[chosen])
    if of_others is None or of_others >= LEAST_EXPLAINED:
        return None
    step = _last_fitting_frame(moments, angles_deg, chosen)
    if step is not None:
        return f"{says}; up to frame {step} ({angles_deg[step]:.1f}°) they fit, and behind it they do not: {ADVICE}."
    return f"{says}: {ADVICE}."


def _small_pairing_fault(moments: Moments, angles_deg: NDArray[np.float64], chosen: NDArray[np.intp]) -> str | None:
    """Name another order that explains nearly all, where what the angles do not explain is little but no noise.

    A stage that drifts leaves as much, so that this alone says nothing; and it leaves what angles that grow with time
    could explain, for which these are not tried.
    """
    noise2 = moments.noise[1] ** 2 + moments.noise[2] ** 2
    rest, moved = moments.rest(angles_deg[chosen]), moments.moved()
    if rest < DEVIATIONS**2 * noise2 or moved <= 0:
        return None
    rests = {told: moments.rest(angles[chosen]) for told, angles in _other_orders(angles_deg)}
    what = min(rests, key=lambda told: rests[told])
    if rests[what] > rest / _FAR_BETTER:
        return None
    before, after = (float(np.clip(1 - (value - noise2) / moved, 0, 1)) for value in (rest, rests[what]))
    return f"{_misfit_sentence(before)}; {what} they would explain {100 * after:.0f} %: {ADVICE}."


def _misfit_sentence(explained: float) -> str:
    return (
        "The frames do not fit their angles: of the movement of the sample's centre and width over the detector the "
        f"angles explain {100 * explained:.0f} %, in a right scan nearly all"
    )


def _other_angles(angles_deg: NDArray[np.float64]) -> list[tuple[str, NDArray[np.float64]]]:
    """Mistakes that are often made, and the angles without them, shape (angle,) each."""
    # Over a small angle nearly any movement looks like the beginning of a turn.
    turned_deg = float(np.ptp(np.radians(angles_deg)))
    return [
        ("taken as radians", np.degrees(angles_deg)),
        *([("taken as degrees and not radians", np.radians(angles_deg))] if turned_deg >= _LEAST_TURN_DEG else []),
        ("sorted from the least to the largest", np.sort(angles_deg)),
        *_other_orders(angles_deg),
        ("twice as large", 2 * angles_deg),
        ("half as large", angles_deg / 2),
    ]


def _other_orders(angles_deg: NDArray[np.float64]) -> list[tuple[str, NDArray[np.float64]]]:
    """Orders that are none in time, in which names may have sorted."""
    count = len(angles_deg)
    by_text = np.array(sorted(range(count), key=str))
    back = np.empty_like(by_text)
    back[by_text] = np.arange(count)
    ordered = np.sort(angles_deg)
    by_size = angles_deg[np.argsort(np.abs(angles_deg), kind="stable")]
    split = np.flatnonzero(ordered >= 0)
    positive_first = np.concatenate([ordered[split], ordered[: count - len(split)][::-1]])
    return [
        ("in reversed order", angles_deg[::-1]),
        ("sorted by their size without the sign", by_size),
        ("with the positive ones first, as their names sort", positive_first),
        ("in the order in which their numbers sort as text (1, 10, 100, 2)", angles_deg[by_text]),
        ("in the order of the numbers, where they are now sorted as text (1, 10, 100, 2)", angles_deg[back]),
    ]


def _last_fitting_frame(moments: Moments, angles_deg: NDArray[np.float64], chosen: NDArray[np.intp]) -> int | None:
    """Number of the last frame up to which the scan fits its angles, where it does for a while."""
    last = None
    edges = np.linspace(0, len(chosen), 9).astype(int)
    for _, stop in list(pairwise(edges))[2:-1]:
        part = slice(0, stop)
        some = Moments(
            moments.mass[part],
            moments.centre[part],
            moments.second[part],
            moments.weight,
            moments.noise,
            moments.half_width_px,
            moments.rows,
            False,
        )
        share = some.explained(angles_deg[chosen[part]])
        if share is None or share < WELL_EXPLAINED:
            break
        last = int(chosen[stop - 1])
    return last
