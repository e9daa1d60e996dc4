"""Whether frames at neighbouring angles are alike: in a right scan they are, though the sample leaves the field."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Frames are looked at in so many parts along rows and columns.
_PARTS = (24, 48)
_FEWEST_FRAMES, _FEWEST_PARTS = 24, 64
# Root mean square of what frames differ by as the sample turns, in line integrals: a beam that drifts does as much.
_LEAST_CHANGE = 0.03
# It must be more than so many variances of what noise leaves.
_ABOVE_NOISE = 1.0
# Mean squared difference of frames in parts of that of any two: of the most alike, and of neighbours in angle.
_ALIKE, _UNLIKE = 0.2, 0.9


def unlike_neighbours(line_integrals: NDArray[np.floating], angles_deg: NDArray[np.float64]) -> float | None:
    """Mean squared difference of neighbours in angle, in parts of that of any two frames.

    What a sample or a beam that moves, or a beam that fades, does to a frame is taken off to first order. Each frame's
    likest one is chosen by half of the parts of the frames and held against it by the others, so that noise makes none.

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
    frames = _parts(line_integrals)
    count = len(frames)
    if count < _FEWEST_FRAMES or frames[0].size < _FEWEST_PARTS:
        return None
    rest = _without_movement(frames)
    row, column = np.indices(rest.shape[1:])
    odd = (row + column) % 2 == 1
    noise = np.diff(np.diff(rest, axis=1), axis=2)
    of_noise = (float(np.median(np.abs(noise))) / 0.6745 / 2) ** 2
    choosing, telling = _differences(rest[:, ~odd]), _differences(rest[:, odd]) - 2 * of_noise
    apart = ~np.eye(count, dtype=bool)
    usual = float(telling[apart].mean())
    if usual < 2 * max(_LEAST_CHANGE**2, _ABOVE_NOISE * of_noise):
        return None
    np.fill_diagonal(choosing, np.inf)
    likest = float(telling[np.arange(count), choosing.argmin(axis=1)].mean()) / usual
    if likest > _ALIKE:
        return None
    order = np.argsort(np.mod(angles_deg, 360), kind="stable")
    return float(telling[order[1:], order[:-1]].mean()) / usual


def as_if_at_random(unlike: float) -> bool:
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
