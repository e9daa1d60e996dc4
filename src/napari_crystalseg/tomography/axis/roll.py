"""Roll: the rotation axis leans within the plane of the detector."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError
from ...progress import Progress, part, silent
from .centre import find_centre

_BANDS = 8
_LEAST_BANDS = 5
# Bands of rows whose sample absorbs less than this share of the most absorbing one's say little about the axis.
_FAINT = 0.2
# A roll is believed when it is so many of its standard errors, and moves the axis by so much over the height.
_SIGNIFICANT = 4.0
_LEAST_MOVE_PX = 0.6
# A band's centre is not known better than this, however well a few bands agree.
_LEAST_ERROR_PX = 0.05
_MOST_STEPS = 5
# Larger values are no misalignment, but bands in which the centre was not found.
_LARGEST_DEG = 3.0


@dataclass(frozen=True)
class Roll:
    """Where the rotation axis is seen: at column ``centre_px`` in the middle row, and leaning.

    Parameters
    ----------
    roll_deg : float
        Angle of the axis to the columns of the detector; positive where it is seen at larger columns in later rows.
    standard_error_deg : float
        Its standard error.
    centre_px : float
        Column of the axis in the middle row.
    shape : (int, int)
        Rows and columns of the detector.
    """

    roll_deg: float
    standard_error_deg: float
    centre_px: float
    shape: tuple[int, int]

    def rows(self, read: Callable[[int, int], NDArray[np.float32]], first: int, last: int) -> NDArray[np.float32]:
        """Return rows as a detector would see them whose columns are along the axis.

        Parameters
        ----------
        read : callable
            Gives rows ``first`` to ``last`` (exclusive) as they were seen, shape (angle, row, column).
        first, last : int
            Rows wanted.

        Returns
        -------
        ndarray of float32, shape (angle, row, column)
            By cubic interpolation, with edge values beyond the field.
        """
        from scipy.ndimage import affine_transform

        turn = np.radians(self.roll_deg)
        cosine, sine = np.cos(turn), np.sin(turn)
        middle = (self.shape[0] - 1) / 2
        margin = int(np.ceil(abs(sine) * self.shape[1])) + 8
        low, high = max(first - margin, 0), min(last + margin, self.shape[0])
        seen = read(low, high)
        matrix = np.array([[cosine, -sine], [sine, cosine]])
        # From row ρ and column u of the levelled frame to where they were seen, both from the middle of the axis.
        begin = np.array([first - middle, -self.centre_px])
        offset = matrix @ begin + np.array([middle - low, self.centre_px])
        result = np.empty((len(seen), last - first, self.shape[1]), dtype=np.float32)
        for frame, out in zip(seen, result, strict=True):
            affine_transform(frame, matrix, offset, output_shape=out.shape, output=out, order=3, mode="nearest")
        return result

    def to_dict(self) -> dict[str, Any]:
        """Return the angle and its standard error, as JSON-ready values."""
        return {"roll_deg": round(self.roll_deg, 4), "standard_error_deg": round(self.standard_error_deg, 4)}


def find_roll(
    transmission: NDArray[np.floating], angles_deg: ArrayLike, progress: Progress = silent, bin_px: int = 1
) -> Roll | None:
    """Find the roll of the rotation axis from its column in several bands of rows.

    A rolled frame mixes rows, so that round samples hide a part of the roll: what is found is levelled and looked at
    again, until no more is found.

    Parameters
    ----------
    transmission : ndarray, shape (angle, row, column)
        Normalised projections.
    angles_deg : array_like, shape (angle,)
        Rotation angles.
    progress : Progress
        Told between bands; may raise to cancel.
    bin_px : int
        Pixels of the detector that a pixel here is made of, along each axis.

    Returns
    -------
    Roll or None
        In pixels as they are here. None where no roll can be told from the error of the columns: the axis is then
        along the detector's columns.
    """
    count, rows, columns = transmission.shape
    if rows < 4 * _BANDS or count < 3 or columns < 8:
        return None
    edges = np.linspace(0, rows, _BANDS + 1).astype(int)
    bands = [slice(a, b) for a, b in pairwise(edges)]
    depth = np.array([1 - np.percentile(transmission[:, band].mean(axis=1), 1) for band in bands])
    chosen = [band for band, absorbed in zip(bands, depth, strict=True) if absorbed > _FAINT * depth.max()]
    if len(chosen) < _LEAST_BANDS or depth.max() <= 0:
        return None
    found = Roll(0.0, 0.0, (columns - 1) / 2, (rows, columns))
    least_move = _LEAST_MOVE_PX / bin_px
    before: tuple[float, float] | None = None
    for step in range(_MOST_STEPS):
        level = transmission if step == 0 else found.rows(lambda a, b: transmission[:, a:b], 0, rows)
        watch = part(progress, step / _MOST_STEPS, (step + 1) / _MOST_STEPS)
        try:
            rest = _line(level, angles_deg, chosen, (rows, columns), watch)
        except InputError:
            # A band in which no axis can be found says nothing of its roll.
            return None
        # By how much of a roll what is left changes: 1 at first, and then as the last step showed.
        share = 1.0 if before is None else (before[1] - rest.roll_deg) / (found.roll_deg - before[0])
        before = found.roll_deg, rest.roll_deg
        if not 0.2 < share < 2:
            return None
        uncertain = rest.standard_error_deg / share
        moves = abs(np.tan(np.radians(rest.roll_deg / share))) * rows
        roll = found.roll_deg + rest.roll_deg / share
        found = Roll(roll, uncertain, rest.centre_px, (rows, columns))
        if step and moves < max(least_move / 4, np.tan(np.radians(uncertain)) * rows / 2):
            break
        if step == 0 and (abs(roll) < _SIGNIFICANT * uncertain / 2 or moves < least_move / 2):
            return None
    progress(1.0, f"The rotation axis leans by {found.roll_deg:.2f}°")
    whole_move = abs(np.tan(np.radians(found.roll_deg))) * rows
    if abs(found.roll_deg) < _SIGNIFICANT * found.standard_error_deg or whole_move < least_move:
        return None
    return found if abs(found.roll_deg) <= _LARGEST_DEG else None


def _line(
    transmission: NDArray[np.floating],
    angles_deg: ArrayLike,
    bands: list[slice],
    shape: tuple[int, int],
    progress: Progress,
) -> Roll:
    """The line through the centres of the bands, by the median of the slopes of all pairs (Theil and Sen)."""
    number = len(bands)
    centres = np.array(
        [
            find_centre(transmission[:, b], angles_deg, part(progress, n / number, (n + 1) / number))
            for n, b in enumerate(bands)
        ]
    )
    places = np.array([(band.start + band.stop - 1) / 2 for band in bands])
    one, other = np.triu_indices(number, 1)
    slope = float(np.median((centres[other] - centres[one]) / (places[other] - places[one])))
    rest = centres - slope * places
    scatter = 1.4826 * float(np.median(np.abs(rest - np.median(rest))))
    error = max(scatter, _LEAST_ERROR_PX) / (np.sqrt(number) * places.std())
    roll, uncertain = (float(np.degrees(np.arctan(value))) for value in (slope, error))
    return Roll(roll, uncertain, float(np.median(rest)) + slope * (shape[0] - 1) / 2, shape)
