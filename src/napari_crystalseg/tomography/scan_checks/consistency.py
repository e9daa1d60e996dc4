"""Whether projections and their angles belong together, told before anything is reconstructed.

The line integrals of one body, seen along parallel rays that turn about one axis, are not free: the mass of each
detector row is the same at all angles, its centre of mass moves as ``a + b cos φ + c sin φ``, and its second moment as
a polynomial of second degree in cos φ and sin φ (the consistency conditions of Helgason, Acta Math. 113 (1965) 153, and
Ludwig, Comm. Pure Appl. Math. 19 (1966) 49). Frames that are paired with other angles than their own break them, as
does an axis that lies along the rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..preprocessing.flat_field import FlatField
from .half_turn import other_half_turn
from .moments import FEWEST_COLUMNS, Moments, clear_rows, row_mass_change
from .neighbours import Likeness, is_random_order
from .pairing import ADVICE, LEAST_EXPLAINED, WELL_EXPLAINED, pairing_fault

# As much of a scan as is looked at: whole frames, binned.
_FRAMES, _ROWS, _COLUMNS = 240, 128, 256
_FEWEST_FRAMES = 8
# Rows whose mass changes by less over the angles are rows across the axis.
_MASS_OF_ROWS = 0.1

# Places at which the order is wrong that are named.
_NAMED = 4


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
    if chosen.size < _FEWEST_FRAMES or scan.shape[2] < FEWEST_COLUMNS:
        return Consistency(unjudged="there are too few of them, or too few columns")
    return consistency(_coarse_line_integrals(flat_field, chosen), scan.angles_deg, chosen)


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
    upright = Moments.of(line_integrals)
    lying = _exchanged_axes_sentence(line_integrals, upright, seen_deg)
    if lying is not None:
        return Consistency(lying)
    found = Consistency() if upright is None else _by_moments(upright, angles_deg, chosen)
    if found.fault is not None:
        return found
    likeness = Likeness.of(line_integrals)
    if likeness is not None:
        found = replace(found, unlike_neighbours=likeness.of_neighbours(seen_deg))
        moved = found.explained is not None and found.explained >= LEAST_EXPLAINED
        fault = None if moved else _fault_at_random(found.unlike_neighbours)
        if fault is None and (half := other_half_turn(line_integrals, seen_deg)) is not None:
            fault = f"The angles do not fit their frames: {half}, or give --force to go on all the same."
        return replace(
            found,
            fault=fault or _order_fault(likeness, angles_deg, chosen),
            jump=_jump_sentence(likeness, angles_deg, chosen),
        )
    if found.explained is None:
        return replace(found, unjudged=_why_unjudged(line_integrals, upright))
    return found


def _by_moments(upright: Moments, angles_deg: NDArray[np.float64], chosen: NDArray[np.intp]) -> Consistency:
    """Judge by what each row absorbs in all, where, and how widely."""
    change = None if upright.is_opaque else upright.mass_change
    if change is not None and upright.mass_is_odd:
        return Consistency(
            f"What the sample absorbs in all changes by {100 * change:.0f} % over the scan, which a sample that only "
            "turns cannot do: frames without the sample or the beam, or of something else, seem to be among the "
            f"projections; {ADVICE}.",
            None,
            change,
        )
    explained = upright.explained(angles_deg[chosen])
    return Consistency(pairing_fault(upright, angles_deg, chosen, explained), explained, change)


def _fault_at_random(unlike: float | None) -> str | None:
    if unlike is None or not is_random_order(unlike):
        return None
    return (
        "The frames do not fit their angles: each is much like another one, but neighbours in angle differ as "
        f"much as any two do ({100 * unlike:.0f} %): {ADVICE}."
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
        f"unlike, and like others, at frames {named}{more}; some seem to be reversed or exchanged: {ADVICE}."
    )


def _jump_sentence(likeness: Likeness, angles_deg: NDArray[np.float64], chosen: NDArray[np.intp]) -> str | None:
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


def _why_unjudged(line_integrals: NDArray[np.floating], upright: Moments | None) -> str:
    if upright is not None and upright.is_opaque:
        return "the sample lets next to no light through"
    if upright is None and not clear_rows(line_integrals).any():
        return "the sample goes beyond the field in all rows, and changes too little as it turns"
    return "the sample changes too little as it turns, or hides in noise"


def without_advice(fault: str) -> str:
    """Return what is wrong without what may be done about it, which was done."""
    without = fault.partition(f": {ADVICE}")[0].partition("; give --axis rows")[0]
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


def _exchanged_axes_sentence(
    line_integrals: NDArray[np.floating], upright: Moments | None, angles_deg: NDArray[np.float64]
) -> str | None:
    """Say so where the frames fit their angles only with rows and columns exchanged."""
    turned = line_integrals.transpose(0, 2, 1)
    moments = Moments.of(turned)
    if moments is None:
        return None
    whole = slice(None) if upright is None else upright.rows
    of_columns, of_rows = row_mass_change(turned[:, moments.rows]), row_mass_change(line_integrals[:, whole])
    if of_columns > _MASS_OF_ROWS or of_rows < max(_MASS_OF_ROWS, 3 * of_columns):
        return None
    explained = moments.explained(angles_deg)
    if explained is None or explained < WELL_EXPLAINED:
        return None
    return (
        "The rotation axis seems to lie along the rows of the detector: the sample moves along the columns as it turns "
        f"({100 * explained:.0f} % of that movement follows the angles), and what each row absorbs changes by "
        f"{100 * of_rows:.0f} %; give --axis rows to turn the frames, or --force to go on all the same."
    )


def _coarse_line_integrals(flat_field: FlatField, chosen: NDArray[np.intp]) -> NDArray[np.float32]:
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
