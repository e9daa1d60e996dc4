"""Half acquisition: a full turn with the rotation axis near one edge of the field.

Each side of the sample is seen in one half of the turn only. A ray at ``t`` columns from the axis at angle φ is the ray
at ``-t`` at φ + 180°, so that a projection and the one half a turn on make a projection of nearly twice the width.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError

# A gap of more usual steps than this is a part of the turn that was not measured.
_GAP_STEPS = 8
# Part of the turn that may be absent, degrees: it leaves a missing wedge of the same size.
_MOST_MISSING_DEG = 20.0
# Two angles are the same when they differ by less than this part of a step.
_SAME = 1e-3
# The axis is in the middle of the field when it is this near: part of the width, and columns.
_MIDDLE_SHARE, _MIDDLE_PX = 0.02, 1.5
# Line integrals at an edge of the field above this share of the largest ones: the sample goes on beyond.
_CUT_OFF = 0.1
# And above this share of the median of the same projection, far beyond: at less than 0.85 of a round sample's radius.
_FAR_BEYOND = 0.6
_THICKENS = 0.98

Pairs = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]
"""Projections of half a turn, for each the two about half a turn on, and the share of the later one of these."""


@dataclass(frozen=True, eq=False)
class HalfAcquisition:
    """How projections of a full turn are stitched to those of half a turn and of the full width.

    Parameters
    ----------
    scan_angles_deg : ndarray of float64, shape (angle,)
        Rotation angles of the scan: a full turn, in any order, from any angle, with or without its end.
    detector_columns : int
        Columns of the detector, W.
    detector_centre_px : float
        Column of the rotation axis on the detector.

    Raises
    ------
    InputError
        The angles are no full turn.
    """

    scan_angles_deg: NDArray[np.float64]
    detector_columns: int
    detector_centre_px: float

    def __post_init__(self) -> None:
        missing = missing_turn_deg(self.scan_angles_deg)
        if missing > _MOST_MISSING_DEG:
            raise InputError(
                f"The rotation axis at column {self.detector_centre_px:.4g} of {self.detector_columns} is near the "
                f"edge of the field, and {missing:.0f}° of a full turn are missing, so one side of the sample was not "
                "seen from everywhere; take a full turn, or give the right axis."
            )

    @cached_property
    def _pairs(self) -> Pairs:
        return partners(self.scan_angles_deg)

    @property
    def angles_deg(self) -> NDArray[np.float64]:
        """Angles of the stitched projections, shape (stitched,)."""
        return self.scan_angles_deg[self._pairs[0]]

    @property
    def is_left(self) -> bool:
        """Whether the axis is in the left half of the field."""
        return self.detector_centre_px <= (self.detector_columns - 1) / 2

    @property
    def columns(self) -> int:
        """Columns of the stitched projections: twice the wider side, as far as the pixels' outer edges."""
        width, centre = self.detector_columns, self.detector_centre_px
        return 2 * round(width - centre if self.is_left else centre + 1)

    @property
    def centre_px(self) -> float:
        """Column of the axis in the stitched projections, whose columns on the wider side are the detector's own."""
        return self.detector_centre_px - self._first

    @property
    def _first(self) -> int:
        """Column of the detector that the first stitched one is."""
        return self.detector_columns - self.columns if self.is_left else 0

    def stitched(self, line_integrals: NDArray[np.floating]) -> NDArray[np.float32]:
        """Stitch line integrals.

        Where both projections see a ray, one fades into the other. The projection half a turn on is interpolated
        between columns (cubic convolution), and between angles where none was taken there.

        Parameters
        ----------
        line_integrals : ndarray, shape (angle, row, column)
            Of all projections of the scan, some rows.

        Returns
        -------
        ndarray of float32, shape (stitched, row, stitched column)
        """
        width, centre = self.detector_columns, self.detector_centre_px
        hosts, before, after, share = self._pairs
        column = np.arange(self.columns) + self._first
        own = self._share_of_own(column - centre).astype(np.float32)
        of_own = np.clip(column, 0, width - 1)
        base = int(np.floor(2 * centre))
        taps = _cubic(2 * centre - base)
        needed = np.flatnonzero(own < 1)
        mirrored = base - column[needed]
        result = np.empty((len(hosts), line_integrals.shape[1], self.columns), dtype=np.float32)
        for out, host, one, other, part in zip(result, hosts, before, after, share, strict=True):
            np.multiply(line_integrals[host][:, of_own], own, out=out)
            partner = line_integrals[one]
            if part > 0:
                partner = (1 - part) * partner + part * line_integrals[other]
            seen = np.zeros((len(partner), len(needed)), dtype=np.float32)
            for step, weight in zip(range(-1, 3), taps, strict=True):
                if weight:
                    seen += np.float32(weight) * partner[:, np.clip(mirrored + step, 0, width - 1)]
            out[:, needed] += seen * (1 - own[needed])
        return result

    def _share_of_own(self, away: NDArray[np.floating]) -> NDArray[np.float64]:
        """Part that a projection itself has at columns ``away`` from the axis; it and that at -away make one."""
        wide = away if self.is_left else -away
        narrow = self.detector_centre_px if self.is_left else self.detector_columns - 1 - self.detector_centre_px
        place = np.clip(wide / (2 * max(narrow, 0.5)) + 0.5, 0, 1)
        return np.asarray(np.sin(np.pi / 2 * place) ** 2)

    def described(self, binning: int = 1) -> str:
        """Say what was done, in pixels of the detector."""
        column = round(self.detector_centre_px * binning + (binning - 1) / 2, 1)
        return (
            f"axis at column {column:g} of {self.detector_columns * binning}, stitched to {self.columns * binning} "
            "columns"
        )


def half_acquisition(
    angles_deg: NDArray[np.float64], columns: int, centre_px: float, cut_off: tuple[bool, bool], stated: bool | None
) -> HalfAcquisition | None:
    """Tell whether a scan is a half acquisition, from where its axis is and which edges its sample reaches.

    Parameters
    ----------
    angles_deg : ndarray, shape (angle,)
        Rotation angles.
    columns : int
        Columns of the detector.
    centre_px : float
        Column of the rotation axis.
    cut_off : (bool, bool)
        Whether the sample goes on beyond the left and beyond the right edge of the field.
    stated : bool or None
        What the file says: half (True) or full (False) field of view, or nothing.

    Returns
    -------
    HalfAcquisition or None
        None where the axis is in the middle of the field, or the sample ends before the edge that is nearer to it.

    Raises
    ------
    InputError
        The axis is near an edge that the sample goes on beyond, and there is no full turn.
    """
    if is_in_middle(centre_px, columns):
        return None
    is_left = centre_px <= (columns - 1) / 2
    if not (stated or cut_off[0 if is_left else 1]):
        return None
    if missing_turn_deg(angles_deg) > _MOST_MISSING_DEG and columns / 4 <= centre_px <= 3 * columns / 4 - 1:
        # As any sample that is wider than the field: what is beyond is estimated.
        return None
    return HalfAcquisition(np.asarray(angles_deg, dtype=np.float64), int(columns), float(centre_px))


def is_in_middle(centre_px: float, columns: int) -> bool:
    """Whether an axis is so near the middle of the field that stitching would gain nothing."""
    return abs(centre_px - (columns - 1) / 2) <= max(_MIDDLE_PX, _MIDDLE_SHARE * columns)


def is_full_turn(angles_deg: NDArray[np.float64]) -> bool:
    """Whether a scan has a projection about half a turn from nearly each of its projections."""
    return missing_turn_deg(angles_deg) <= _MOST_MISSING_DEG


def missing_turn_deg(angles_deg: NDArray[np.float64]) -> float:
    """Degrees of a full turn in which there are no projections."""
    if len(angles_deg) < 2 * _GAP_STEPS:
        return 360.0
    around = np.sort(np.mod(angles_deg, 360.0))
    gaps = np.diff(around, append=around[0] + 360.0)
    usual = _usual_step(gaps)
    return float((gaps[gaps > _GAP_STEPS * usual] - usual).sum())


def cut_off_sides(line_integrals: NDArray[np.floating]) -> tuple[bool, bool]:
    """Whether the sample goes on beyond the left and beyond the right edge of the field, at some angles.

    Parameters
    ----------
    line_integrals : ndarray, shape (angle, row, column)
        Of rows, or means of rows, in which the sample is seen.

    Returns
    -------
    (bool, bool)
        At the left edge, and at the right one.
    """
    edge = max(1, line_integrals.shape[2] // 100)
    most = _CUT_OFF * float(np.percentile(line_integrals, 99))
    left, right = (
        float(np.percentile(line_integrals[:, :, side].mean(axis=2), 98)) > most
        for side in (slice(None, edge), slice(-edge, None))
    )
    return left, right


def side_without_edge(line_integrals: NDArray[np.floating]) -> str | None:
    """Side of the field at which a sample goes on far beyond the edge at all angles, while it never reaches the other.

    The axis is then nearer to that side, and half a turn shows the rest of the sample from half of its directions only.

    Parameters
    ----------
    line_integrals : ndarray, shape (angle, row, column)
        Of rows, or means of rows, in which the sample is seen.
    """
    profiles = line_integrals.mean(axis=1)
    edge = max(2, profiles.shape[1] // 50)
    # The median where the sample is: small dense parts of it say nothing of its outline.
    inside = np.where(profiles > _CUT_OFF * np.percentile(profiles, 99), profiles, np.nan)
    if np.isnan(inside).all(axis=1).any():
        return None
    usual = np.nanmedian(inside, axis=1)
    left, right = (profiles[:, side].mean(axis=1) / usual for side in (slice(None, edge), slice(-edge, None)))
    mean = profiles.mean(axis=0)
    for name, near, far, inwards in (("left", left, right, mean), ("right", right, left, mean[::-1])):
        # Towards the axis a sample gets thicker; what flats of another beam leave at an edge does not.
        thickens = inwards[edge : 4 * edge].mean() > _THICKENS * inwards[:edge].mean()
        if thickens and np.percentile(near, 2) > _FAR_BEYOND and np.percentile(far, 98) < _CUT_OFF:
            return name
    return None


def _usual_step(gaps: NDArray[np.float64]) -> float:
    # Projections taken twice leave gaps of nothing.
    stepping = gaps[gaps > gaps.mean() * 1e-2]
    return float(np.median(stepping))


def partners(angles_deg: NDArray[np.float64]) -> Pairs:
    """Pair the projections of the first half turn of a full one with what was seen half a turn on."""
    angles = np.mod(angles_deg - angles_deg.min(), 360.0)
    order = np.argsort(angles, kind="stable")
    around = angles[order]
    step = _usual_step(np.diff(around, append=around[0] + 360.0))
    hosts = order[around < 180.0 - _SAME * step]
    wanted = angles[hosts] + 180.0
    place = np.searchsorted(around, wanted)
    low, high = place - 1, place % len(around)
    to_low = wanted - around[low]
    to_high = np.mod(around[high] - wanted, 360.0)
    gap = to_low + to_high
    share = np.where(gap > 0, to_low / np.where(gap > 0, gap, 1), 0.0)
    share[to_low < _SAME * step] = 0
    share[to_high < _SAME * step] = 1
    # Over a part of the turn that was not measured nothing can be interpolated.
    wide = gap > _GAP_STEPS * step
    share[wide] = np.round(share[wide])
    near = ~wide | (np.minimum(to_low, to_high) <= step)
    before, after = order[low], order[high]
    whole = share == 1
    before, share = np.where(whole, after, before), np.where(whole, 0.0, share)
    return hosts[near], before[near], after[near], share[near]


def _cubic(place: float) -> NDArray[np.float64]:
    """Weights of the four samples about a place between the second and the third (Keys, cubic convolution)."""
    if place < 1e-6:
        return np.array([0.0, 1.0, 0.0, 0.0])
    x = np.array([1 + place, place, 1 - place, 2 - place])
    inner = 1.5 * x**3 - 2.5 * x**2 + 1
    outer = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return np.where(x <= 1, inner, outer)
