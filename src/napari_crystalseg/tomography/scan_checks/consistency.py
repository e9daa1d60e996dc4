"""Whether projections and their angles belong together, told before anything is reconstructed.

The line integrals of one body, seen along parallel rays that turn about one axis, are not free: the mass of each
detector row is the same at all angles, its centre of mass moves as ``a + b cos φ + c sin φ``, and its second moment as
a polynomial of second degree in cos φ and sin φ (the consistency conditions of Helgason, Acta Math. 113 (1965) 153, and
Ludwig, Comm. Pure Appl. Math. 19 (1966) 49). Frames that are paired with other angles than their own break them, as
does an axis that lies along the rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..preprocessing.normalisation import FlatField
from .half_turn import other_half_turn
from .neighbours import Likeness, as_if_at_random

# As much of a scan as is looked at: whole frames, binned.
_FRAMES, _ROWS, _COLUMNS = 240, 128, 256
_FEWEST_FRAMES, _FEWEST_COLUMNS = 8, 12
_BANDS = 4
# Rows are judged where at least so many, and one of so many that are looked at, stay clear of the ends of the field.
_FEWEST_ROWS, _ROWS_A_CLEAR_ONE = 4, 20
# Rows so near to one that is cut off are left out with it, and so many of them are averaged to tell.
_BESIDE_CUT_OFF, _ROWS_ALIKE = 1, 16
_MARGIN = 0.03
# Line integrals at the sides of the field above this share of the largest: the sample goes on beyond.
_CUT_OFF = 0.1
# Line integrals above this are too near to no light at all to be summed; with so much of them the mass says nothing.
_OPAQUE, _MOST_OPAQUE = 4.0, 0.2
# Of the movement of the moments the angles of a right scan explain 0.9 to 1, once noise is taken off, random ones less
# than 0.1.
_LEAST_EXPLAINED = 0.8
_WELL_EXPLAINED = 0.9
# In between, other angles are the right ones where they leave a quarter of what these do not explain.
_NO_DOUBT = 0.95
# Where the rest is little, it must be so many times what another order leaves.
_FAR_BETTER = 8.0
# What is not explained must be more than noise, than a stage or a fringe does (parts of the sample's half width), and
# than run-out of the axis (pixels looked at).
_DEVIATIONS, _LEAST_REST, _LEAST_REST_PX = 4.0, 0.02, 0.75
# A sample that slips on its pin, or a stage, moves by as much (root mean square, pixels looked at).
_MOST_SLIP_PX = 1.25
# The mass may fall and rise to so many medians where nothing is cut off (3rd and 97th percentile). Rays along a face
# are bent out of their pixels and look absorbed: in right scans of 48 px with strong fringes it rose to 2.0 and fell to
# 0.66.
_LEAST_MASS, _MOST_MASS = 0.4, 3.0
_LEAST_TURN_DEG = 30.0
# Rows whose mass changes by less over the angles are rows across the axis.
_MASS_OF_ROWS = 0.1
# Centre and width of a body within the field move by no more than this, in its half widths.
_MOST_MOVE = (1.2, 1.5)

# Places at which the order is wrong that are named.
_NAMED = 4

_ON = "check the order of the frames and the list of angles, or give --force to go on all the same"


@dataclass(frozen=True)
class Consistency:
    """How a scan agrees with its own angles.

    Parameters
    ----------
    fault : str or None
        One sentence about what is wrong and what to do; None where nothing is.
    explained : float or None
        Share of the movement of the centre of mass and width that the angles explain, noise taken off; None where the
        sample goes beyond the field, hardly moves, or is hidden by noise, so that it cannot be judged.
    mass_change : float or None
        Change of the mass over the angles, 97th less 3rd percentile in parts of the median; None as for ``explained``.
    unlike_neighbours : float or None
        Mean squared difference of neighbours in angle, in parts of that of any two frames; None where it cannot be
        told.
    unjudged : str or None
        Why neither could be told, a clause; None where one was.
    jump : str or None
        Where the picture changes at once, as a sample that only turns does not; a sentence without its stop.
    """

    fault: str | None = None
    explained: float | None = None
    mass_change: float | None = None
    unlike_neighbours: float | None = None
    unjudged: str | None = None
    jump: str | None = None

    @property
    def remark(self) -> str | None:
        """One sentence on what makes a scan doubtful that is not refused."""
        if self.fault is not None or self.unjudged is None:
            return None if self.fault is not None else self.jump
        return f"Whether the frames belong to their angles could not be judged: {self.unjudged}"

    def to_dict(self) -> dict[str, Any]:
        """Return what was found, as JSON-ready values."""
        rounded = {
            "explained_by_angles": self.explained,
            "mass_change": self.mass_change,
            "unlike_neighbours": self.unlike_neighbours,
        }
        return (
            {name: None if value is None else round(value, 3) for name, value in rounded.items()}
            | {"fault": self.fault}
            | ({} if self.unjudged is None else {"not_judged": self.unjudged})
            | ({} if self.jump is None else {"jump": self.jump})
        )


def check_consistency(flat_field: FlatField) -> Consistency:
    """Hold a scan against its angles.

    Parameters
    ----------
    flat_field : FlatField
        Of the scan; some hundred of its frames are read, and binned.

    Returns
    -------
    Consistency
    """
    scan = flat_field.scan
    every = -(-len(scan.angles_deg) // _FRAMES)
    # By odd numbers, which show it where each frame was exchanged with the next one.
    chosen = np.arange(0, len(scan.angles_deg), every + (every + 1) % 2)
    if chosen.size < _FEWEST_FRAMES or scan.shape[2] < _FEWEST_COLUMNS:
        return Consistency(unjudged="there are too few of them, or too few columns")
    return consistency(_coarse(flat_field, chosen), scan.angles_deg, chosen)


def consistency(
    line_integrals: NDArray[np.floating], angles_deg: NDArray[np.float64], chosen: NDArray[np.intp] | None = None
) -> Consistency:
    """Hold line integrals against their angles.

    Parameters
    ----------
    line_integrals : ndarray, shape (chosen, row, column)
        Of chosen projections; binned ones will do.
    angles_deg : ndarray of float64, shape (angle,)
        Angles of all projections.
    chosen : ndarray of int, shape (chosen,), optional
        Numbers of the projections given; all by default.
    """
    chosen = np.arange(len(angles_deg)) if chosen is None else chosen
    seen_deg = angles_deg[chosen]
    upright = _Moments.of(line_integrals)
    lying = _lying(line_integrals, upright, seen_deg)
    if lying is not None:
        return Consistency(lying)
    found = Consistency() if upright is None else _by_moments(upright, angles_deg, chosen)
    if found.fault is not None:
        return found
    likeness = Likeness.of(line_integrals)
    if likeness is not None:
        found = replace(found, unlike_neighbours=likeness.of_neighbours(seen_deg))
        moved = found.explained is not None and found.explained >= _LEAST_EXPLAINED
        fault = None if moved else _fault_at_random(found.unlike_neighbours)
        if fault is None and (half := other_half_turn(line_integrals, seen_deg)) is not None:
            fault = f"The angles do not fit their frames: {half}, or give --force to go on all the same."
        return replace(
            found, fault=fault or _order_fault(likeness, angles_deg, chosen), jump=_jump(likeness, angles_deg, chosen)
        )
    if found.explained is None:
        return replace(found, unjudged=_why_unjudged(line_integrals, upright))
    return found


def _by_moments(upright: _Moments, angles_deg: NDArray[np.float64], chosen: NDArray[np.intp]) -> Consistency:
    """Judge by what each row absorbs in all, where, and how widely."""
    change = None if upright.is_opaque else upright.mass_change
    if change is not None and upright.mass_is_odd:
        return Consistency(
            f"What the sample absorbs in all changes by {100 * change:.0f} % over the scan, which a sample that only "
            "turns cannot do: frames without the sample or the beam, or of something else, seem to be among the "
            f"projections; {_ON}.",
            None,
            change,
        )
    explained = upright.explained(angles_deg[chosen])
    return Consistency(_pairing_fault(upright, angles_deg, chosen, explained), explained, change)


def _fault_at_random(unlike: float | None) -> str | None:
    if unlike is None or not as_if_at_random(unlike):
        return None
    return (
        "The frames do not fit their angles: each is much like another one, but neighbours in angle differ as "
        f"much as any two do ({100 * unlike:.0f} %): {_ON}."
    )


def _order_fault(likeness: Likeness, angles_deg: NDArray[np.float64], chosen: NDArray[np.intp]) -> str | None:
    """Say where frames would follow each other much better in another order."""
    better, order = likeness.better_order(angles_deg[chosen])
    if not better.is_right:
        return None
    numbers = chosen[order]
    pairs = [(numbers[at], numbers[(at + 1) % len(numbers)]) for at in better.behind[:_NAMED]]
    named = ", ".join(f"{a} and {b} ({angles_deg[a]:.1f}° and {angles_deg[b]:.1f}°)" for a, b in pairs)
    more = f" and {better.behind.size - _NAMED} more pairs" if better.behind.size > _NAMED else ""
    return (
        "The frames do not follow each other in the order of their angles: those next to each other by the list are "
        f"unlike, and like others, at frames {named}{more}; some seem to be reversed or exchanged: {_ON}."
    )


def _jump(likeness: Likeness, angles_deg: NDArray[np.float64], chosen: NDArray[np.intp]) -> str | None:
    """Say where the picture changes at once."""
    jumps = likeness.jumps(angles_deg[chosen])
    if not jumps:
        return None
    named = ", ".join(f"{chosen[one]} and {chosen[other]}" for one, other, _ in jumps[:_NAMED])
    more = f" and {len(jumps) - _NAMED} more pairs" if len(jumps) > _NAMED else ""
    most = max(times for *_, times in jumps)
    return (
        f"Between the frames {named}{more} the picture changes {most:.0f} times as much as between those around "
        "them: frames are missing there, or the sample or the detector moved"
    )


def _why_unjudged(line_integrals: NDArray[np.floating], upright: _Moments | None) -> str:
    if upright is not None and upright.is_opaque:
        return "the sample lets next to no light through"
    if upright is None and not _clear_rows(line_integrals).any():
        return "the sample goes beyond the field in all rows, and changes too little as it turns"
    return "the sample changes too little as it turns, or hides in noise"


def without_advice(fault: str) -> str:
    """Return what is wrong without what may be done about it, which was done."""
    without = fault.partition(f": {_ON}")[0].partition("; give --axis rows")[0]
    return without.partition(", or give --force")[0].rstrip(".")


def refuse_or_say(found: Consistency, force: bool) -> str | None:
    """Return the sentence about a fault, where there is one and the user goes on in spite of it.

    Raises
    ------
    InputError
        There is a fault, and nobody said to go on.
    """
    if found.fault is None:
        return None
    if not force:
        raise InputError(found.fault)
    return found.fault


@dataclass(frozen=True, eq=False)
class _Moments:
    """Moments of bands of rows over the part of the field that the sample is in, in its half widths.

    ``mass``, ``centre`` and ``second`` have the shape (angle, band), ``weight`` (band,). ``rows`` are the numbers of
    the rows that were taken: the sample is seen in them, and at no angle at the ends of the field.
    """

    mass: NDArray[np.float64]
    centre: NDArray[np.float64]
    second: NDArray[np.float64]
    weight: NDArray[np.float64]
    noise: tuple[float, float, float]
    half_width_px: float
    rows: NDArray[np.intp]
    is_opaque: bool

    @classmethod
    def of(cls, line_integrals: NDArray[np.floating]) -> _Moments | None:
        """Measure the moments; None where nothing is seen, or is cut off in nearly all rows."""
        height, width = line_integrals.shape[1:]
        if width < _FEWEST_COLUMNS:
            return None
        mean = line_integrals.mean(axis=0, dtype=np.float64)
        contrast = np.percentile(mean, 95, axis=1) - np.percentile(mean, 5, axis=1)
        contrast[~_clear_rows(line_integrals)] = 0
        if not contrast.max() > 0:
            return None
        seen = np.flatnonzero(contrast >= 0.25 * contrast.max())
        if seen.size < min(height, max(_FEWEST_ROWS, height // _ROWS_A_CLEAR_ONE)):
            return None
        groups = np.array_split(seen, min(_BANDS, seen.size))
        bands = np.stack([line_integrals[:, group].mean(axis=1, dtype=np.float64) for group in groups], axis=1)
        rows = np.array([group.size for group in groups], dtype=np.float64)
        sigma = _noise(line_integrals) / np.sqrt(rows)
        margin = max(2, round(_MARGIN * width))
        sides = np.stack([bands[..., :margin].mean(axis=2), bands[..., -margin:].mean(axis=2)], axis=2)
        edge_noise = sigma / np.sqrt(margin)
        largest = float(np.percentile(bands, 99))
        outermost = sides - 2.5 * edge_noise[:, np.newaxis]
        if float(np.percentile(outermost.max(axis=2), 98)) > _CUT_OFF * largest:
            return None
        # Air is drawn to zero at both sides: what it leaves over a wide field outweighs a faint sample.
        column = np.arange(width, dtype=np.float64)
        share = (column - (margin - 1) / 2) / (width - margin)
        bands = bands - (sides[..., :1] * (1 - share) + sides[..., 1:] * share)
        profile = np.percentile(bands, 98, axis=(0, 1))
        inside = np.flatnonzero(profile > 0.05 * profile.max())
        if not profile.max() > 0:
            return None
        first, last = max(inside[0] - 3, 0), min(inside[-1] + 4, width)
        half = (last - first) / 2
        place = (column[first:last] - (first + last - 1) / 2) / half
        bands = bands[..., first:last]
        mass = bands.sum(axis=2)
        usual = mass.mean(axis=0)
        if not (usual > 0).all():
            return None
        scale = mass if (mass > 0.5 * usual).all() else np.broadcast_to(usual, mass.shape)
        weight = usual * rows / (usual * rows).sum()
        baseline = np.stack([1 - share[first:last], share[first:last]])

        def noise_of(power: int) -> float:
            of_pixels = (place ** (2 * power)).sum()
            of_air = ((baseline * place**power).sum(axis=1) ** 2).sum() / margin
            return float(np.sqrt((weight * (of_pixels + of_air) * sigma**2 / usual**2).sum()))

        taken = line_integrals[:, seen]
        thick = np.where(taken > _OPAQUE, taken, 0).sum() / max(float(taken.sum()), 1e-30)
        return cls(
            mass * rows,
            (bands * place).sum(axis=2) / scale,
            (bands * place**2).sum(axis=2) / scale,
            weight,
            (noise_of(0), noise_of(1), noise_of(2)),
            half,
            seen,
            bool(thick > _MOST_OPAQUE),
        )

    @property
    def mass_change(self) -> float:
        total = self.mass.sum(axis=1)
        low, high = np.percentile(total, (3, 97))
        return float((high - low) / np.median(total)) if np.median(total) > 0 else float("inf")

    @property
    def mass_is_odd(self) -> bool:
        """Whether the mass falls or rises as that of no sample that only turns does."""
        total, noise = self.mass.sum(axis=1), 4 * self.noise[0]
        low, high = np.percentile(total, (3, 97)) / max(float(np.median(total)), 1e-30)
        return bool(low < _LEAST_MASS - noise or high > _MOST_MASS + noise)

    def moved(self) -> float:
        """Mean square of the movement, noise taken off."""
        change = ((self.centre - self.centre.mean(axis=0)) ** 2 + (self.second - self.second.mean(axis=0)) ** 2).mean(
            axis=0
        )
        return float((self.weight * change).sum()) - self.noise[1] ** 2 - self.noise[2] ** 2

    def rest(self, angles_deg: NDArray[np.float64]) -> float:
        """Mean square of the movement that angles do not explain, noise included."""
        return float(self.rests(angles_deg).sum())

    def rests(self, angles_deg: NDArray[np.float64]) -> NDArray[np.float64]:
        """Shares of bands in :meth:`rest`, shape (band,)."""
        phi = np.deg2rad(angles_deg)
        first = np.stack([np.ones_like(phi), np.cos(phi), np.sin(phi)], axis=1)
        both = np.column_stack([first, np.cos(2 * phi), np.sin(2 * phi)])
        rest = np.zeros(self.weight.size)
        for band in range(self.weight.size):
            for values, design, most in ((self.centre, first, _MOST_MOVE[0]), (self.second, both, _MOST_MOVE[1])):
                rest[band] += np.mean((values[:, band] - _fitted(values[:, band], design, most)) ** 2)
        return np.asarray(self.weight * rest)

    def without_worst(self, angles_deg: NDArray[np.float64]) -> _Moments:
        """Leave the band out of which angles explain least, where there are others."""
        if self.weight.size == 1:
            return self
        kept = np.delete(np.arange(self.weight.size), int(self.rests(angles_deg).argmax()))
        weight = self.weight[kept] / self.weight[kept].sum()
        mass, centre, second = (values[:, kept] for values in (self.mass, self.centre, self.second))
        return replace(self, mass=mass, centre=centre, second=second, weight=weight)

    def explained(self, angles_deg: NDArray[np.float64]) -> float | None:
        """Share of the movement that angles explain, noise taken off; 1 where what they do not is little anyhow."""
        noise2 = self.noise[1] ** 2 + self.noise[2] ** 2
        rest, moved = self.rest(angles_deg), self.moved()
        few = max(_LEAST_REST, _LEAST_REST_PX / self.half_width_px)
        if moved < (_DEVIATIONS**2 - 1) * noise2 or moved <= 0 or moved < few**2:
            return None
        if rest < max(few**2, _DEVIATIONS**2 * noise2):
            return 1.0
        return float(np.clip(1 - (rest - noise2) / moved, 0, 1))


def _fitted(values: NDArray[np.float64], design: NDArray[np.float64], most: float) -> NDArray[np.float64]:
    """Least squares, with no coefficient but the first above ``most``: over few degrees any curve would fit else."""
    found = np.linalg.lstsq(design, values, rcond=None)[0]
    held = len(values) * np.diag([0.0] + [1.0] * (design.shape[1] - 1))
    strength = 1e-6
    while np.abs(found[1:]).max() > most and strength < 1e3:
        found = np.linalg.solve(design.T @ design + strength * held, design.T @ values)
        strength *= 2
    return np.asarray(design @ found, dtype=np.float64)


def _noise(line_integrals: NDArray[np.floating]) -> float:
    """Noise of a pixel, from differences in which what is smooth along rows or columns drops out."""
    if line_integrals.shape[1] < 2:
        return float(np.median(np.abs(np.diff(line_integrals, 2, axis=2)))) / 0.6745 / np.sqrt(6)
    along = np.diff(np.diff(line_integrals, axis=1), axis=2)
    return float(np.median(np.abs(along))) / 0.6745 / 2


def _clear_rows(line_integrals: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Rows at whose ends the sample is seen at next to no angle, and neither is it beside them."""
    from scipy.ndimage import maximum_filter1d, uniform_filter1d

    height, width = line_integrals.shape[1:]
    margin, alike = max(2, round(_MARGIN * width)), max(1, height // _ROWS_ALIKE)
    smooth = uniform_filter1d(line_integrals, alike, axis=1)
    noise = 2.5 * _noise(line_integrals) / np.sqrt(margin * alike)
    ends = np.maximum(smooth[..., :margin].mean(axis=2), smooth[..., -margin:].mean(axis=2)) - noise
    cut_off = np.percentile(ends, 98, axis=0) > _CUT_OFF * np.percentile(smooth, 99, axis=(0, 2))
    beside = 2 * _BESIDE_CUT_OFF + 1
    return ~maximum_filter1d(cut_off, beside) if height > beside else ~cut_off


def _row_mass_change(line_integrals: NDArray[np.floating]) -> float:
    """Change of the masses of bands of rows over the angles, in parts of the masses, noise taken off."""
    margin = max(2, round(_MARGIN * line_integrals.shape[2]))
    air = (line_integrals[..., :margin].mean(axis=2) + line_integrals[..., -margin:].mean(axis=2)) / 2
    groups = np.array_split(np.arange(line_integrals.shape[1]), min(_ROWS_ALIKE, line_integrals.shape[1]))
    of_rows = line_integrals.mean(axis=2, dtype=np.float64) - air
    mass = np.stack([of_rows[:, group].mean(axis=1) for group in groups], axis=1)
    of_pixel2 = _noise(line_integrals) ** 2 * np.mean([1 / group.size for group in groups])
    sigma2 = of_pixel2 * (1 / line_integrals.shape[2] + 1 / (2 * margin))
    change = float(((mass - mass.mean(axis=0)) ** 2).mean()) - sigma2
    return float(np.sqrt(max(change, 0.0) / max(float((mass.mean(axis=0) ** 2).mean()), 1e-30)))


def _lying(
    line_integrals: NDArray[np.floating], upright: _Moments | None, angles_deg: NDArray[np.float64]
) -> str | None:
    """Say so where the frames fit their angles only with rows and columns exchanged."""
    turned = line_integrals.transpose(0, 2, 1)
    moments = _Moments.of(turned)
    if moments is None:
        return None
    whole = slice(None) if upright is None else upright.rows
    of_columns, of_rows = _row_mass_change(turned[:, moments.rows]), _row_mass_change(line_integrals[:, whole])
    if of_columns > _MASS_OF_ROWS or of_rows < max(_MASS_OF_ROWS, 3 * of_columns):
        return None
    explained = moments.explained(angles_deg)
    if explained is None or explained < _WELL_EXPLAINED:
        return None
    return (
        "The rotation axis seems to lie along the rows of the detector: the sample moves along the columns as it turns "
        f"({100 * explained:.0f} % of that movement follows the angles), and what each row absorbs changes by "
        f"{100 * of_rows:.0f} %; give --axis rows to turn the frames, or --force to go on all the same."
    )


def _pairing_fault(
    moments: _Moments, angles_deg: NDArray[np.float64], chosen: NDArray[np.intp], explained: float | None
) -> str | None:
    if explained is None or explained >= _NO_DOUBT:
        return _small_pairing_fault(moments, angles_deg, chosen)
    best, what = 0.0, ""
    for told, angles in _other_angles(angles_deg):
        share = moments.explained(angles[chosen]) or 0.0
        # Of mistakes that explain as much the one named first is the likelier.
        if share > best + 0.02:
            best, what = share, told
    another = best >= _WELL_EXPLAINED and 1 - best < (1 - explained) / 4
    if explained >= _LEAST_EXPLAINED and not another:
        return None
    says = _says(explained)
    if another:
        return f"{says}; {what} they would explain {100 * best:.0f} %: {_ON}."
    if moments.rest(angles_deg[chosen]) < (_MOST_SLIP_PX / moments.half_width_px) ** 2:
        return None
    # What one band of rows does alone is not the fault of the angles.
    of_others = moments.without_worst(angles_deg[chosen]).explained(angles_deg[chosen])
    if of_others is None or of_others >= _LEAST_EXPLAINED:
        return None
    step = _break(moments, angles_deg, chosen)
    if step is not None:
        return f"{says}; up to frame {step} ({angles_deg[step]:.1f}°) they fit, and behind it they do not: {_ON}."
    return f"{says}: {_ON}."


def _small_pairing_fault(moments: _Moments, angles_deg: NDArray[np.float64], chosen: NDArray[np.intp]) -> str | None:
    """Name another order that explains nearly all, where what the angles do not explain is little but no noise.

    A stage that drifts leaves as much, so that this alone says nothing; and it leaves what angles that grow with time
    could explain, for which these are not tried.
    """
    noise2 = moments.noise[1] ** 2 + moments.noise[2] ** 2
    rest, moved = moments.rest(angles_deg[chosen]), moments.moved()
    if rest < _DEVIATIONS**2 * noise2 or moved <= 0:
        return None
    rests = {told: moments.rest(angles[chosen]) for told, angles in _other_orders(angles_deg)}
    what = min(rests, key=lambda told: rests[told])
    if rests[what] > rest / _FAR_BETTER:
        return None
    before, after = (float(np.clip(1 - (value - noise2) / moved, 0, 1)) for value in (rest, rests[what]))
    return f"{_says(before)}; {what} they would explain {100 * after:.0f} %: {_ON}."


def _says(explained: float) -> str:
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


def _break(moments: _Moments, angles_deg: NDArray[np.float64], chosen: NDArray[np.intp]) -> int | None:
    """Number of the last frame up to which the scan fits its angles, where it does for a while."""
    last = None
    edges = np.linspace(0, len(chosen), 9).astype(int)
    for _, stop in list(pairwise(edges))[2:-1]:
        part = slice(0, stop)
        some = _Moments(
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
        if share is None or share < _WELL_EXPLAINED:
            break
        last = int(chosen[stop - 1])
    return last


def _coarse(flat_field: FlatField, chosen: NDArray[np.intp]) -> NDArray[np.float32]:
    """Mean line integrals of squares of pixels of chosen projections, frame by frame."""
    _, rows, columns = flat_field.scan.shape
    down, across = -(-rows // _ROWS), -(-columns // _COLUMNS)
    height, width = rows // down, columns // across
    result = np.empty((len(chosen), height, width), dtype=np.float32)
    for place, frame in enumerate(chosen):
        values = -np.log(flat_field.rows(0, rows, slice(int(frame), int(frame) + 1))[0])
        squares = values[: height * down, : width * across].reshape(height, down, width, across)
        result[place] = squares.mean(axis=(1, 3))
    return result
