"""The air at both sides of the sample, by which beam drift shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Part of the detector's width looked at on each side.
_MARGIN = 0.03
# Air may drift by as much; a sample in the margin changes it more.
_DRIFT = 0.15
# Towards the rim of a sample that fills the field it gets brighter, by this share of what the sample absorbs; above the
# bound no noise or fringe is taken for it.
_RIM, _MOST_RIM = 0.03, 0.01


@dataclass(frozen=True, eq=False)
class AirLevel:
    """Transmission of the air for each angle, at either side.

    Parameters
    ----------
    left, right : ndarray of float32, shape (angle,)
        Median transmission of the outermost columns.
    margin_px : int
        Columns on each side that were looked at.
    """

    left: NDArray[np.float32]
    right: NDArray[np.float32]
    margin_px: int

    def across(self, columns: int) -> NDArray[np.float32]:
        """Level at each column, linear from the middle of one margin to that of the other, (angle, column)."""
        middle = (self.margin_px - 1) / 2
        share = ((np.arange(columns) - middle) / max(columns - 1 - 2 * middle, 1)).astype(np.float32)
        return self.left[:, np.newaxis] * (1 - share) + self.right[:, np.newaxis] * share

    def to_dict(self) -> dict[str, Any]:
        """Return the median level and its range over the angles, as JSON-ready values."""
        both = np.concatenate((self.left, self.right))
        return {
            "margin_px": self.margin_px,
            "transmission_of_air": round(float(np.median(both)), 5),
            "range_over_angles": [round(float(both.min()), 5), round(float(both.max()), 5)],
        }


def find_air(
    sides: Callable[[int, NDArray[np.intp]], tuple[NDArray[np.floating], NDArray[np.floating]]],
    mean: NDArray[np.floating],
    one_side: bool = False,
) -> AirLevel | None:
    """Find air at both sides of the field, at nearly all angles.

    Air is as bright as anything in the field, does not get brighter towards the edge of the field as the rim of a
    sample would, and stays the same while the sample turns.

    Parameters
    ----------
    sides : callable
        Gives the median transmission of so many outermost columns of chosen rows at the left and right, each (angle,);
        NaN where all pixels are dead.
    mean : ndarray, shape (row, column)
        Mean transmission over the angles, NaN at dead pixels.
    one_side : bool
        Let the air of one side stand for both where there is air at one side alone, as in a half acquisition.

    Returns
    -------
    AirLevel or None
        None where the sample fills the field.
    """
    found = _air_at_both(sides, mean)
    return _air_at_one(sides, mean) if found is None and one_side else found


def _margin(columns: int) -> int | None:
    """Columns at each side in which air is looked for; None where the frames are too narrow for it."""
    margin = max(3, round(_MARGIN * columns))
    return None if columns < 4 * margin else margin


def _air_at_one(
    sides: Callable[[int, NDArray[np.intp]], tuple[NDArray[np.floating], NDArray[np.floating]]],
    mean: NDArray[np.floating],
) -> AirLevel | None:
    """Air of the side that is bright, flat and the same at all angles, where the other is not."""
    rows, columns = mean.shape
    margin = _margin(columns)
    if margin is None:
        return None
    brightest = float(np.nanpercentile(mean, 99))
    outer = [_mean(mean[:, part], 1) for part in (slice(None, margin), slice(-margin, None))]
    inner = [_mean(mean[:, part], 1) for part in (slice(margin, 2 * margin), slice(-2 * margin, -margin))]
    bright = [side > (1 - _DRIFT) * brightest for side in outer]
    chosen = 0 if bright[0].sum() > bright[1].sum() else 1
    airy = bright[chosen].nonzero()[0]
    if airy.size < max(1, rows // 2):
        return None
    absorbed = 1 - float(_mean(mean[airy], 0).min()) / brightest
    if _mean(outer[chosen][airy]) > (1 + min(_RIM * max(absorbed, 0.0), _MOST_RIM)) * _mean(inner[chosen][airy]):
        return None
    level = sides(margin, airy)[chosen]
    if not np.isfinite(level).all() or level.min() <= 0:
        return None
    if np.percentile(np.abs(level / np.median(level) - 1), 75) > _DRIFT:
        return None
    return AirLevel(level.astype(np.float32), level.astype(np.float32), margin)


def _air_at_both(
    sides: Callable[[int, NDArray[np.intp]], tuple[NDArray[np.floating], NDArray[np.floating]]],
    mean: NDArray[np.floating],
) -> AirLevel | None:
    rows, columns = mean.shape
    margin = _margin(columns)
    if margin is None:
        return None
    brightest = float(np.nanpercentile(mean, 99))
    left_mean, right_mean = _mean(mean[:, :margin], 1), _mean(mean[:, -margin:], 1)
    # A mount may fill the width at some rows; air at the others is enough.
    airy = (np.minimum(left_mean, right_mean) > (1 - _DRIFT) * brightest).nonzero()[0]
    if airy.size < max(1, rows // 10):
        return None
    inner_left = _mean(mean[airy, margin : 2 * margin])
    inner_right = _mean(mean[airy, -2 * margin : -margin])
    absorbed = 1 - float(_mean(mean[airy], 0).min()) / brightest
    rim = 1 + min(_RIM * max(absorbed, 0.0), _MOST_RIM)
    rises_left = _mean(left_mean[airy]) > rim * inner_left
    rises_right = _mean(right_mean[airy]) > rim * inner_right
    if rises_left and rises_right:
        return None
    left, right = sides(margin, airy)
    if not (np.isfinite(left).all() and np.isfinite(right).all() and min(left.min(), right.min()) > 0):
        return None
    ratio = left / right
    usual = np.median(ratio)
    odd = np.abs(ratio / usual - 1) > _DRIFT
    if odd.mean() > 0.1:
        return None
    # Something passed through one margin: trust the brighter side.
    left, right = (
        np.where(odd, np.maximum(left, right * usual), left),
        np.where(odd, np.maximum(right, left / usual), right),
    )
    if np.percentile(np.abs(left / np.median(left) - 1), 75) > _DRIFT:
        return None
    return AirLevel(left.astype(np.float32), right.astype(np.float32), margin)


def _mean(values: NDArray[np.floating], axis: int | None = None) -> Any:
    """Mean of what is known, zero where nothing is."""
    known = np.isfinite(values)
    return np.where(known, values, 0).sum(axis=axis) / np.maximum(known.sum(axis=axis), 1)
