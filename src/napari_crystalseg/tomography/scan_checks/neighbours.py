"""Whether frames at neighbouring angles are alike: in a right scan they are, though the sample leaves the field."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..axis.half_acquisition import is_full_turn
from .frame_order import BetterOrder, better_order

# Frames are looked at in so many parts along rows and columns.
_PARTS = (24, 48)
_FEWEST_FRAMES, _FEWEST_PARTS = 24, 64
# Root mean square of what frames differ by as the sample turns, in line integrals: a beam that drifts does as much.
_LEAST_CHANGE = 0.03
# It must be more than so many variances of what noise leaves.
_ABOVE_NOISE = 1.0
# A step as long as others at which frames differ so many times what they do in the steps around: in right scans 14 at
# most, where frames are missing or the detector moved 29 and more.
_JUMP, _AROUND, _LONGER = 25.0, 5, 1.6
# Mean squared difference of frames in parts of that of any two: of the most alike, and of neighbours in angle.
_ALIKE, _UNLIKE = 0.2, 0.9


@dataclass(frozen=True, eq=False)
class Likeness:
    """Mean squared differences of all pairs of frames, as the sample turns.

    What a sample or a beam that moves, or a beam that fades, does to a frame is taken off to first order. Half of the
    parts of the frames are for choosing, half for telling, so that noise makes no difference between frames that were
    chosen.

    Parameters
    ----------
    choosing, telling : ndarray, shape (frame, frame)
        By one half of the parts, and by the other.
    noise2 : float
        Variance that noise leaves in a part.
    parts : int
        In a half of them.
    """

    choosing: NDArray[np.float64]
    telling: NDArray[np.float64]
    noise2: float
    parts: int

    @classmethod
    def of(cls, line_integrals: NDArray[np.floating]) -> Likeness | None:
        """Compare frames, shape (angle, row, column); None where it cannot be told how much their likes differ.

        The frames are few, or change little, or none has a like.
        """
        frames = _parts(line_integrals)
        count = len(frames)
        if count < _FEWEST_FRAMES or frames[0].size < _FEWEST_PARTS:
            return None
        rest = _without_movement(frames)
        row, column = np.indices(rest.shape[1:])
        odd = (row + column) % 2 == 1
        noise = np.diff(np.diff(rest, axis=1), axis=2)
        of_noise = (float(np.median(np.abs(noise))) / 0.6745 / 2) ** 2
        found = cls(_differences(rest[:, ~odd]), _differences(rest[:, odd]), of_noise, int(odd.sum()))
        if found.usual < 2 * max(_LEAST_CHANGE**2, _ABOVE_NOISE * of_noise):
            return None
        choosing = found.choosing.copy()
        np.fill_diagonal(choosing, np.inf)
        likest = float(found.telling[np.arange(count), choosing.argmin(axis=1)].mean()) - 2 * of_noise
        return None if likest > _ALIKE * found.usual else found

    @property
    def usual(self) -> float:
        """Of any two frames, noise taken off."""
        return float(self.telling[~np.eye(len(self.telling), dtype=bool)].mean()) - 2 * self.noise2

    def of_neighbours(self, angles_deg: NDArray[np.float64]) -> float:
        """Mean squared difference of neighbours in angle, in parts of :attr:`usual`, noise taken off."""
        order = np.argsort(np.mod(angles_deg, 360), kind="stable")
        return (float(self.telling[order[1:], order[:-1]].mean()) - 2 * self.noise2) / self.usual

    def jumps(self, angles_deg: NDArray[np.float64]) -> list[tuple[int, int, float]]:
        """Frames next to each other in angle that differ far more than those around them, and how many times."""
        order = order_around_turn(angles_deg)
        change = self.telling[order[1:], order[:-1]]
        steps = np.mod(np.diff(angles_deg[order]), 360)
        found = []
        for at in np.flatnonzero(steps <= _LONGER * np.median(steps)):
            beside = np.concatenate([change[max(at - _AROUND, 0) : at], change[at + 1 : at + 1 + _AROUND]])
            times = float(change[at] / max(float(np.median(beside)), 1e-30))
            if times > _JUMP:
                found.append((int(order[at]), int(order[at + 1]), times))
        return found

    def better_order(self, angles_deg: NDArray[np.float64]) -> tuple[BetterOrder, NDArray[np.intp]]:
        """Look for an order in which neighbours are more alike, and give that of the angles, shape (angle,)."""
        order = order_around_turn(angles_deg)
        choosing, telling = (values[np.ix_(order, order)] for values in (self.choosing, self.telling))
        sigma = 2 * self.noise2 * float(np.sqrt(2 / self.parts))
        return better_order(choosing, telling, sigma, is_full_turn(angles_deg)), order


def unlike_neighbours(line_integrals: NDArray[np.floating], angles_deg: NDArray[np.float64]) -> float | None:
    """Mean squared difference of neighbours in angle, in parts of that of any two frames.

    Parameters
    ----------
    line_integrals : ndarray, shape (angle, row, column)
    angles_deg : ndarray of float64, shape (angle,)

    Returns
    -------
    float or None
        Near 0 where frames fit their angles, and near 1 where they are paired at random. None where it cannot be told:
        the frames change little, or none has a like.
    """
    likeness = Likeness.of(line_integrals)
    return None if likeness is None else likeness.of_neighbours(angles_deg)


def order_around_turn(angles_deg: NDArray[np.float64]) -> NDArray[np.intp]:
    """Order of angles around the turn, from the end of the widest gap on where the turn is not full."""
    turned = np.mod(angles_deg, 360)
    order = np.argsort(turned, kind="stable")
    if is_full_turn(angles_deg):
        return order
    gaps = np.diff(turned[order], append=turned[order[0]] + 360)
    return np.roll(order, -(int(gaps.argmax()) + 1))


def is_random_order(unlike: float) -> bool:
    """Tell whether neighbours are as unlike as any two frames."""
    return unlike > _UNLIKE


def _parts(line_integrals: NDArray[np.floating]) -> NDArray[np.float64]:
    """Means over parts of frames, shape (angle, part, part)."""
    _, height, width = line_integrals.shape
    down, across = -(-height // _PARTS[0]), -(-width // _PARTS[1])
    whole = line_integrals[:, : height // down * down, : width // across * across]
    cut = whole.reshape(len(whole), height // down, down, width // across, across)
    return np.asarray(cut.mean(axis=(2, 4), dtype=np.float64))


def _without_movement(frames: NDArray[np.float64]) -> NDArray[np.float64]:
    """What frames hold beside the mean one, that one moved, scaled, and a beam that changes evenly."""
    mean = frames.mean(axis=0)
    row, column = np.indices(mean.shape)
    slopes = [np.gradient(mean, axis=axis) if mean.shape[axis] > 1 else np.zeros_like(mean) for axis in (0, 1)]
    design = np.stack([np.ones_like(mean), row, column, mean, *slopes], axis=-1).reshape(mean.size, -1)
    flat = (frames - mean).reshape(len(frames), -1)
    fitted = np.linalg.lstsq(design, flat.T, rcond=None)[0]
    return np.asarray((flat - (design @ fitted).T).reshape(frames.shape))


def _differences(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean squared differences of all pairs of rows, shape (row, row)."""
    squares = (values**2).mean(axis=1)
    return np.asarray(squares[:, np.newaxis] + squares - 2 * (values @ values.T) / values.shape[1])
