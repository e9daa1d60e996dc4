"""Whether frames would follow each other better in another order than that of their angles.

The frames of a scan lie along a path: each is most like its neighbours in angle. Where a block of them was reversed or
exchanged with another, or every other frame with the next, the path has jumps that another order does not have. That
order is looked for as the shortest way through the frames (reversals of parts, Croes, Oper. Res. 6 (1958) 791, and
exchanges of neighbouring parts), by half of what is seen of the frames, and judged by the other half, so that noise
makes none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Moves to another order that are tried at most, and steps that are looked at for an exchange of parts.
_MOST_MOVES, _MOST_STEPS = 400, 60
# A move must make the way shorter by this part of the usual step.
_LEAST_GAIN = 1e-3
# The other order is the right one where the way is so much shorter (right scans, whose frames jitter: 0.27 at most), or
# where up to so many steps are so many times what the others are (right scans: 1.5 at most).
_MUCH_SHORTER, _FEW_STEPS, _FAR_SHORTER = 0.4, 12, 3.0
_DEVIATIONS = 8.0
# Steps shorter than so many usual ones count as much, where few far ones are looked for: a sample jitters.
_NEAR = 2.0


@dataclass(frozen=True, eq=False)
class BetterOrder:
    """An order in which the frames follow each other better than in that of their angles.

    Parameters
    ----------
    gain : float
        How much shorter the way through the frames is, in parts of the one by the angles.
    deviations : float
        The same in standard deviations of what noise makes of it.
    ratio : float
        Mean step that the other order does not take, over the mean that it takes instead or the usual step, whichever
        is larger.
    behind : ndarray of int
        Places, in the order of the angles, behind which the other order goes on elsewhere.
    """

    gain: float
    deviations: float
    ratio: float
    behind: NDArray[np.intp]

    @property
    def is_right(self) -> bool:
        """Whether it is the right one, and not made by noise or by a sample that jitters or slips."""
        few = self.behind.size <= _FEW_STEPS and self.ratio > _FAR_SHORTER
        return self.deviations > _DEVIATIONS and (self.gain > _MUCH_SHORTER or few)


def better_order(
    choosing: NDArray[np.float64], telling: NDArray[np.float64], sigma: float, closed: bool
) -> BetterOrder:
    """Look for a better order of frames.

    Parameters
    ----------
    choosing, telling : ndarray, shape (frame, frame)
        Mean squared differences of frames in the order of their angles, by one half of what is seen and the other.
    sigma : float
        Standard deviation of one of the second.
    closed : bool
        The last frame is a neighbour of the first one: a full turn.
    """
    first = _improved_order(choosing, telling, sigma, closed)
    if first.is_right:
        return first
    count = len(choosing)
    near = _NEAR * float(np.median(choosing[np.arange(count - 1), np.arange(1, count)]))
    return _improved_order(np.maximum(choosing, near), telling, sigma, closed)


def _improved_order(
    choosing: NDArray[np.float64], telling: NDArray[np.float64], sigma: float, closed: bool
) -> BetterOrder:
    count = len(choosing)
    given = np.concatenate([np.arange(count), [0]]) if closed else np.arange(count)
    order = _shortened(given, choosing, closed)
    old, new = _steps(given), _steps(order)
    lost, won = sorted(old - new), sorted(new - old)
    if not lost or not won:
        return BetterOrder(0.0, 0.0, 0.0, np.zeros(0, dtype=np.intp))
    of_lost, of_won, of_all = (np.array([telling[one] for one in steps]) for steps in (lost, won, sorted(old)))
    gain = float(of_lost.sum() - of_won.sum())
    # An open way that was cut once has one end where the cut was, and takes as many steps.
    return BetterOrder(
        gain / max(float(of_all.sum()), 1e-30),
        gain / max(sigma * float(np.sqrt(len(lost) + len(won))), 1e-30),
        float(of_lost.mean() / max(float(of_won.mean()), float(np.median(of_all)), 1e-30)),
        np.array([first if second - first == 1 else second for first, second in lost], dtype=np.intp),
    )


def _steps(order: NDArray[np.intp]) -> set[tuple[int, int]]:
    return {(min(a, b), max(a, b)) for a, b in zip(order[:-1].tolist(), order[1:].tolist(), strict=True)}


def _shortened(order: NDArray[np.intp], length: NDArray[np.float64], closed: bool) -> NDArray[np.intp]:
    least = _LEAST_GAIN * float(np.median(length[order[:-1], order[1:]]))
    for _ in range(_MOST_MOVES):
        gain, changed = max(
            (_reversal(order, length, closed), _exchange(order, length, closed)), key=lambda found: found[0]
        )
        if gain <= least:
            break
        order = changed
    return order


def _reversal(order: NDArray[np.intp], length: NDArray[np.float64], closed: bool) -> tuple[float, NDArray[np.intp]]:
    """Best reversal of a part, at either end of an open way too."""
    step = length[order[:-1], order[1:]]
    # Between steps i and j the frames i + 1 to j are reversed.
    new = length[order[:-1, None], order[None, :-1]] + length[order[1:, None], order[None, 1:]]
    gain = np.triu(step[:, None] + step[None, :] - new, 1)
    i, j = divmod(int(gain.argmax()), gain.shape[1])
    best, part = float(gain[i, j]), slice(i + 1, j + 1)
    if not closed:
        to_first, to_last = step - length[order[0], order[1:]], step - length[order[:-1], order[-1]]
        for of_end, first in ((to_first, True), (to_last, False)):
            at = int(of_end.argmax())
            if of_end[at] > best:
                best, part = float(of_end[at]), slice(0, at + 1) if first else slice(at + 1, len(order))
    changed = order.copy()
    changed[part] = order[part][::-1]
    return best, changed


def _exchange(order: NDArray[np.intp], length: NDArray[np.float64], closed: bool) -> tuple[float, NDArray[np.intp]]:
    """Best exchange of two neighbouring parts, or of the two that make up an open way.

    Otherwise no part goes to an end: frames that are like no others would be better off there, wherever they belong.
    """
    step = length[order[:-1], order[1:]]
    some = np.sort(np.argsort(-step, kind="stable")[:_MOST_STEPS])
    a, b, c = (some[at] for at in np.ix_(*[np.arange(some.size)] * 3))
    old = step[a] + step[b] + step[c]
    new = length[order[a], order[b + 1]] + length[order[c], order[a + 1]] + length[order[b], order[c + 1]]
    gain = np.where((a < b) & (b < c), old - new, 0.0)
    i, j, k = np.unravel_index(int(gain.argmax()), gain.shape)
    best, cuts = float(gain[i, j, k]), (int(some[i]) + 1, int(some[j]) + 1, int(some[k]) + 1)
    if not closed:
        of_whole = step - length[order[-1], order[0]]
        at = int(of_whole.argmax())
        if of_whole[at] > best:
            best, cuts = float(of_whole[at]), (0, at + 1, len(order))
    first, middle, last = cuts
    changed = np.concatenate([order[:first], order[middle:last], order[first:middle], order[last:]])
    return best, changed
