"""Where the detector sees the rotation axis."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...checks import checked_finite, checked_shape
from ...errors import InputError
from ...progress import Progress, silent
from ..methods.back_projection import angular_weights, back_project
from ..methods.filtering import filtered
from .centre_of_mass import centre_from_mass
from .half_acquisition import cut_off_sides, is_full_turn, is_in_middle, side_without_edge
from .overlap import Overlap

_BANDS = 8
_COARSE_COLUMNS = 128
_COARSE_ANGLES = 90
_FINE_COLUMNS = 640
_FINE_ANGLES = 300
# Lines of the trial reconstructions that are looked at; more tell little more.
_LINES = 160
_LEAST_TRANSMISSION = 1e-5
# Above this share of noise the columns are binned more, since noise hides where the curve is least.
_MOST_NOISE = 0.4
# Columns that a sample is at least seen in; where even so many are noise by this share, there is none.
_SEEN_COLUMNS, _ALL_NOISE = 24, 0.5
_LEAST_ANGLES_FOR_NOISE = 8
# Half of a valley's width, as part of the detector's: wide enough for noise, narrow beside the slow change.
_VALLEY = 0.1
# Line integrals at the edges of the field above this share of the largest ones: the sample goes on beyond.
_CUT_OFF = 0.1
# Without so many degrees of the half turn a reconstruction has streaks that a wrong centre makes weaker.
_WEDGE_DEG = 8.0
# Of two looks for the axis: so near they mean one place; else the halves of a full turn must differ by so much less.
_SAME_PX, _BETTER = 2.0, 0.3
# Trials on either side of the least one that the parabola goes through.
_NEAR = 4

_NOTHING_SEEN = (
    "Nothing is seen in the scan but noise, so its rotation axis cannot be found; check that the sample was in the "
    "beam, or give the centre."
)


def find_centre(
    transmission: NDArray[np.floating],
    angles_deg: ArrayLike,
    progress: Progress = silent,
    half_acquisition: bool | None = None,
) -> float:
    """Find the column of the rotation axis, to a fraction of a pixel.

    A wrong centre turns points into arcs with deep negative sides. The sum of the absolute values of the
    reconstruction (the metric Q_IA of Donath et al., J. Opt. Soc. Am. A 23 (2006) 1048) is therefore least at the
    right one. It also falls slowly towards the sides of the detector, where less of the picture is measured. So what
    is looked for, over the middle half of the detector and with binned columns, is the deepest valley, and then its
    bottom, ever finer. No pair of projections 180° apart is needed; half and full turns, any first angle and uneven
    steps will do. Where a wedge of angles is missing and the sample lies inside of the field, the centres of mass of
    the projections tell the axis, see :mod:`~.centre_of_mass`. In a full turn of a sample that reaches beyond the field
    the axis may be anywhere, see :mod:`~.overlap`.

    Parameters
    ----------
    transmission : ndarray, shape (angle, row, column)
        Normalised projections.
    angles_deg : array_like, shape (angle,)
        Rotation angles.
    progress : Progress
        Told between trials; may raise to cancel.
    half_acquisition : bool, optional
        Whether the file says so: the axis is then looked for in the whole field even if the sample ends within it.

    Returns
    -------
    float
        Column of the rotation axis; 0 is the middle of the first pixel.

    Raises
    ------
    InputError
        Not three axes, NaN, fewer than three angles, another number of angles, nothing to be seen in the scan, or half
        of a sample whose other half is beyond the field.
    """
    transmission, angles = np.asarray(transmission), np.asarray(angles_deg, dtype=np.float64)
    _check_size(transmission, angles)
    bands = seen_bands(transmission)
    checked_finite(bands, "The transmission")
    width = bands.shape[2]
    cut_off = _is_cut_off(bands)
    _refuse_half_a_sample(bands, angles)
    progress(0.0, "Looking for the rotation centre")
    fine_turns = _half_turns(angles, _FINE_ANGLES)
    if fine_turns[0].size >= _LEAST_ANGLES_FOR_NOISE and (
        _noise_share(bands, angles, fine_turns[0], max(1, width // _SEEN_COLUMNS), (width - 1) / 2) > _ALL_NOISE
    ):
        raise InputError(_NOTHING_SEEN)
    if not cut_off and _missing_deg(angles) > _WEDGE_DEG:
        centre = centre_from_mass(bands.mean(axis=1), angles)
        if 0 <= centre <= width - 1:
            progress(1.0, f"Rotation centre found at column {centre:.2f}")
            return centre
    centre, rise = _valley_of(bands, angles, cut_off)
    progress(0.3, f"Looking for the rotation centre near column {centre:.0f}")
    centre = _bottom_of(bands, angles, fine_turns, centre, rise, progress)
    if (half_acquisition or any(cut_off_sides(bands))) and is_full_turn(angles):
        centre = _best_overlap(bands, angles, centre)
    progress(1.0, f"Rotation centre found at column {centre:.2f}")
    return centre


def _check_size(transmission: NDArray[np.floating], angles_deg: NDArray[np.float64]) -> None:
    """Refuse projections of another shape, too few of them, and other numbers of angles."""
    checked_shape(transmission, "The transmission", ("angle", "row", "column"))
    if angles_deg.shape != (len(transmission),):
        raise InputError(f"There are {len(transmission)} projections but {angles_deg.size} angles.")
    if angles_deg.size < 3 or transmission.shape[2] < 8:
        raise InputError(
            f"The rotation axis cannot be found from {angles_deg.size} projections of {transmission.shape[2]} columns; "
            "give the column that it is at."
        )


def _refuse_half_a_sample(bands: NDArray[np.float32], angles_deg: NDArray[np.float64]) -> None:
    """Refuse half of a sample whose other half no projection shows."""
    if not is_full_turn(angles_deg) and (side := side_without_edge(bands)) is not None:
        raise InputError(
            f"The sample goes on beyond the {side} edge of the field at all angles and never reaches the other edge, "
            f"so that the rotation axis is near the {side} edge; such a half acquisition needs a full turn, but the "
            f"scan turns by {np.ptp(angles_deg):.0f}° only."
        )


def _valley_of(bands: NDArray[np.float32], angles_deg: NDArray[np.float64], cut_off: bool) -> tuple[float, float]:
    """Column of the deepest valley over the middle half, and the rise of the curve there, in parts for each column."""
    width = bands.shape[2]
    coarsest = -(-width // _COARSE_COLUMNS)
    half_width = max(2, round(_VALLEY * width / coarsest))
    trials = np.arange(width / 4 - half_width * coarsest, 3 * width / 4 + (half_width + 1) * coarsest, coarsest)
    curve = _spread(bands, angles_deg, _half_turns(angles_deg, _COARSE_ANGLES), coarsest, trials)
    valley = _deepest_valley(curve, half_width)
    if not cut_off:
        return float(trials[valley]), 0.0
    # The slow change goes on under the valley, and would draw its bottom to the lower side.
    rise = (curve[valley + half_width] - curve[valley - half_width]) / (2 * half_width * coarsest * curve[valley])
    return float(trials[valley]), float(rise)


def _bottom_of(
    bands: NDArray[np.float32],
    angles_deg: NDArray[np.float64],
    turns: list[NDArray[np.intp]],
    centre: float,
    rise: float,
    progress: Progress,
) -> float:
    """Column of the bottom of a valley near ``centre``, with columns that are binned ever less."""
    width = bands.shape[2]
    finest = -(-width // _FINE_COLUMNS)

    def spread(bin_px: int, trials: NDArray[np.float64]) -> NDArray[np.float64]:
        found = _spread(bands, angles_deg, turns, bin_px, trials)
        spreads: NDArray[np.float64] = found * (1 - rise * (trials - trials.mean()))
        return spreads

    bin_px = -(-width // _COARSE_COLUMNS)
    while bin_px > 2 * finest:
        trials = centre + bin_px * np.linspace(-1.5, 1.5, 7)
        bin_px = max(2 * finest, bin_px // 2)
        centre = float(trials[np.argmin(spread(bin_px, trials))])
    bin_px = finest
    while (
        bin_px * _COARSE_COLUMNS < 4 * width and _noise_share(bands, angles_deg, turns[0], bin_px, centre) > _MOST_NOISE
    ):
        bin_px += 1
    for step, done in ((0.5, 0.5), (0.25, 0.75)):
        progress(done, f"Looking for the rotation centre near column {centre:.1f}")
        trials = centre + bin_px * step * np.arange(-5, 6)
        centre = _least(trials, spread(bin_px, trials))
    return centre


def _best_overlap(bands: NDArray[np.float32], angles_deg: NDArray[np.float64], centre: float) -> float:
    """Column where both halves of a full turn agree much better than at the one found, or that one."""
    overlap = Overlap(bands, angles_deg)
    better = overlap.centre_px()
    near = abs(better - centre) <= _SAME_PX
    if near and (is_in_middle(centre, bands.shape[2]) or not any(cut_off_sides(bands))):
        return centre
    # Two places that are far apart are not told apart by a little.
    if overlap.difference(better) > (1.0 if near else _BETTER) * overlap.difference(centre):
        return centre
    return better


def _half_turns(angles_deg: NDArray[np.float64], most: int) -> list[NDArray[np.intp]]:
    """Indices of the projections of each half turn, thinned to about ``most``.

    In a full turn a wrong centre doubles the picture instead of bending it, which the sum of absolute values does
    not see; each half turn is therefore reconstructed on its own.
    """
    half = np.floor((angles_deg - angles_deg.min()) / 180.0 + 1e-9).astype(int)
    turns = [np.flatnonzero(half == number) for number in np.unique(half)]
    fullest = max(turn.size for turn in turns)
    return [turn[:: -(-turn.size // most)] for turn in turns if turn.size > 0.7 * fullest]


def _missing_deg(angles_deg: NDArray[np.float64]) -> float:
    """Largest gap between neighbouring angles, folded into half a turn."""
    folded = np.sort(np.mod(angles_deg, 180.0))
    return float(np.diff(folded, append=folded[0] + 180.0).max())


def seen_bands(transmission: NDArray[np.floating]) -> NDArray[np.float32]:
    """Mean line integrals of a few bands of the rows in which the sample is seen, (angle, band, column).

    Sums of rows are line integrals of a sum of slices, so that they have the same centre and less noise.

    Parameters
    ----------
    transmission : ndarray of float, shape (angle, row, column)
        Transmission, 0 to 1.

    Raises
    ------
    InputError
        Nothing is seen in any row.
    """
    rows = transmission.shape[1]
    contrast = np.empty(rows)
    for row in range(rows):
        profile = transmission[:, row].mean(axis=0)
        contrast[row] = np.percentile(profile, 95) - np.percentile(profile, 5)
    seen = np.flatnonzero(contrast >= 0.25 * contrast.max())
    if not contrast.max() > 0:
        raise InputError(_NOTHING_SEEN)
    bands = [
        np.mean(-np.log(np.maximum(transmission[:, group], _LEAST_TRANSMISSION)), axis=1, dtype=np.float64)
        for group in np.array_split(seen, min(_BANDS, seen.size))
    ]
    return np.stack(bands, axis=1).astype(np.float32)


def _is_cut_off(bands: NDArray[np.float32]) -> bool:
    """Whether the sample reaches beyond the field at some angles."""
    edge = max(1, bands.shape[2] // 100)
    outermost = np.concatenate([bands[:, :, :edge].mean(axis=2), bands[:, :, -edge:].mean(axis=2)])
    return float(np.percentile(outermost, 98)) > _CUT_OFF * float(np.percentile(bands, 99))


def _binned(bands: NDArray[np.float32], bin_px: int) -> NDArray[np.float32]:
    width = bands.shape[2] // bin_px * bin_px
    binned: NDArray[np.float32] = bands[:, :, :width].reshape(*bands.shape[:2], -1, bin_px).mean(axis=3)
    return binned


def _spread(
    bands: NDArray[np.float32],
    angles_deg: NDArray[np.float64],
    turns: list[NDArray[np.intp]],
    bin_px: int,
    trials: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Q_IA, the sum of the absolute values of the reconstruction, for each trial centre."""
    from ..methods.back_projection_kernel import sum_absolute

    binned = _binned(bands, bin_px)
    size = binned.shape[2]
    # The middle of a binned pixel lies (bin_px - 1) / 2 behind that of its first column.
    columns = (trials - (bin_px - 1) / 2) / bin_px
    before = max(0, int(np.ceil(size / 2 + 1 - columns.min())))
    after = max(0, int(np.ceil(columns.max() + size / 2 + 2 - size)))
    spread = np.zeros(trials.size)
    for turn in turns:
        radians = np.deg2rad(angles_deg[turn])
        profiles = np.ascontiguousarray(filtered(binned[turn], before, after, "hann").transpose(0, 2, 1))
        weights = angular_weights(angles_deg[turn]).astype(np.float32)
        every = -(-size // _LINES)
        spread += sum_absolute(profiles, np.cos(radians), np.sin(radians), weights, columns + before, size, every)
    return spread


def _noise_share(
    bands: NDArray[np.float32],
    angles_deg: NDArray[np.float64],
    turn: NDArray[np.intp],
    bin_px: int,
    centre: float,
) -> float:
    """Noise of the reconstruction over its whole variation, from the difference of even and odd projections."""
    binned = _binned(bands, bin_px)
    column = float(np.clip((centre - (bin_px - 1) / 2) / bin_px, 0, binned.shape[2] - 1))
    even, odd = (
        back_project(binned[turn[start::2]], angles_deg[turn[start::2]], column, filter_name="hann") for start in (0, 1)
    )
    return float(np.std(even - odd) / max(float(np.std(even + odd)), 1e-30))


def _deepest_valley(curve: NDArray[np.float64], half_width: int) -> int:
    """Index of the least value of the deepest valley; the ``half_width`` values at either end are not looked at.

    The depth of a valley is that below the middle of the values ``half_width`` before and behind it, because the curve
    may slope. Where the sample is wider than the field the valley is but a kink in a hill: where there is no valley,
    the value that lies deepest below its nearer neighbours.
    """
    inner = curve[half_width:-half_width]
    is_bottom = (inner < curve[half_width - 1 : -half_width - 1]) & (
        inner < curve[half_width + 1 : curve.size - half_width + 1]
    )
    if is_bottom.any():
        depth = (curve[: -2 * half_width] + curve[2 * half_width :]) / 2 - inner
        return half_width + int(np.argmax(np.where(is_bottom, depth, -np.inf)))
    near = max(2, half_width // 4)
    depth = (
        curve[half_width - near : -half_width - near] + curve[half_width + near : curve.size - half_width + near]
    ) / 2 - inner
    return half_width + int(np.argmax(depth))


def _least(trials: NDArray[np.float64], spread: NDArray[np.float64]) -> float:
    """Where a curve is least: the vertex of a parabola through the values near the least one."""
    least = int(np.argmin(spread))
    for _ in range(2):
        near = slice(max(least - _NEAR, 0), least + _NEAR + 1)
        curve = np.polynomial.Polynomial.fit(trials[near], spread[near], 2)
        slope = curve.deriv()
        if slope.convert().coef[-1] <= 0:
            return float(trials[least])
        vertex = float(np.clip(slope.roots()[0].real, trials[0], trials[-1]))
        least = int(np.argmin(np.abs(trials - vertex)))
    return vertex
