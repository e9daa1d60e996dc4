"""Rows of a reflection table, completed from the models of its experiment and held against them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....errors import InputError
from ....experiment.experiment import Experiment, Sweep
from ....experiment.table.reflections import Reflections
from ....experiment.table.sweep_rows import sweep_numbers
from ..positions import Positions, angle_apart
from ..scattered_vectors import angles_between_deg, scattered_vectors
from .crystal_check import doubts_of_crystals
from .geometry_check import MOST_WRONG, REFUSED_DEG, GeometryCheck
from .panel_check import check_panels

# Bits of the column "flags" (DIALS, src/dials/array_family/reflection_table.h): observed, strong, integrated by sum or
# by profile. A row with flags and none of these was predicted only.
SEEN = 1 << 1 | 1 << 5 | 1 << 8 | 1 << 9
PREDICTED = 1 << 0
NOT_SEEN_THERE_DEG = 5.0
"""A reflection is not observed so far from its calculated scan angle: wide spots at the ends of a scan reach 2 or 3."""
BEYOND_SCAN_DEG = 5.0
"""So far before and after a scan reflections are predicted that reach into it."""
SCAN_TOLERANCE_DEG = 1.0
"""Between the scan angle of a row and that of its image."""
LENGTH_TOLERANCE = 0.01


@dataclass(frozen=True, eq=False)
class CompletedRows:
    """Scattered vector, scan angle and sweep of each row of a table.

    Parameters
    ----------
    s1 : ndarray of float64, shape (reflection, 3)
        Scattered wave vector in the laboratory, DIALS axes (X, Y, Z), 1/Å; NaN or zero where not known.
    phi_rad : ndarray of float64, shape (reflection,)
        Scan angle, radians; NaN where not known.
    sweep : ndarray of int64, shape (reflection,)
        Place in the experiment list, -1 where not known.
    computed : tuple of str
        Columns that the table lacks and that were computed from the models.
    statements : tuple of str
        What was found: how well table and models agree, and what was done with the rows that do not.
    check : GeometryCheck or None
        How far the scattered vectors are from those of the models; None where the table has none.
    """

    s1: NDArray[np.float64]
    phi_rad: NDArray[np.float64]
    sweep: NDArray[np.int64]
    computed: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()
    check: GeometryCheck | None = None

    def __len__(self) -> int:
        return len(self.s1)


def complete_rows(experiment: Experiment, reflections: Reflections) -> CompletedRows:
    """Complete the rows of a table from the models, and hold them against these.

    The scan angle is that of the observed position; of a row that was not observed, or far from where it is calculated
    to be, that of the calculated one. Scattered vectors that are missing, and those of rows that were not observed and
    contradict their calculated position, are computed from the calculated position.

    Parameters
    ----------
    experiment, reflections : Experiment, Reflections
        Models and table.

    Returns
    -------
    CompletedRows

    Raises
    ------
    InputError
        What cannot be computed is missing, or more than a few rows contradict the models: the files do not belong
        together.
    """
    sweep = sweep_numbers(experiment, reflections)
    assert reflections.experiment_id is not None
    sweeps, panel = experiment.sweeps, reflections.panel
    observed = Positions.of(sweeps, sweep, panel, reflections.observed_mm, reflections.observed_px)
    calculated = Positions.of(sweeps, sweep, panel, reflections.calculated_mm, reflections.calculated_px)
    computed: list[str] = []
    found: list[str] = []

    seen, told = _observed_rows(observed, calculated, reflections.flags)
    found += told
    if reflections.phi_rad is not None:
        phi = reflections.phi_rad
    else:
        phi = np.where(seen, observed.phi_rad, calculated.phi_rad)
        if reflections.observed_mm is None and reflections.calculated_mm is None:
            computed.append("scan angles from positions in images")
        found += _check_angles(sweeps, sweep, observed, calculated, seen)
    found += _check_range(sweeps, sweep, phi)

    # Where the scattered beam is predicted: the calculated position, as s1 of an integrated table is calculated.
    place_mm, place_px = (
        _chosen_positions(calculated.known, first, second)
        for first, second in ((calculated.mm, observed.mm), (calculated.px, observed.px))
    )
    predicted = scattered_vectors(sweeps, sweep, panel, place_mm, place_px)
    indexed = (sweep >= 0) & (reflections.experiment_id >= 0)
    if not indexed.any() and (sweep >= 0).any():
        indexed = sweep >= 0
        found.append("No row of the table says its experiment: all are taken to be of the only one.")
    if reflections.miller_index is not None:
        indexed &= (reflections.miller_index != 0).any(axis=1)
    found += check_panels(sweeps, sweep, panel, place_mm, place_px, indexed)
    if reflections.s1 is None:
        if np.isnan(predicted[indexed]).all():
            raise InputError(
                "The reflection table has no s1, and the experiment has no detector with the panels to compute them "
                "from; give the .expt and .refl files of the same step."
            )
        computed.append("s1 from the positions on the panels")
        return CompletedRows(predicted, phi, sweep, tuple(computed), tuple(found))

    s1 = reflections.s1.copy()
    length = np.linalg.norm(s1, axis=1)
    lacking = indexed & ~(np.isfinite(length) & (length > 0)) & np.isfinite(predicted[:, 0])
    angles = angles_between_deg(predicted, s1)
    # Of nothing seen, s1 may be made of the same zeros as the position.
    empty = indexed & (angles > REFUSED_DEG) & ~seen & calculated.known
    s1[lacking | empty] = predicted[lacking | empty]
    if lacking.any():
        computed.append(f"s1 of {np.count_nonzero(lacking)} rows that have none")
    if empty.any():
        computed.append(f"s1 of {np.count_nonzero(empty)} rows that were not observed and hold that of another place")
    rest = indexed & ~lacking & ~empty
    _check_lengths(sweeps, sweep, s1, rest)
    check = GeometryCheck.of(angles[rest])
    wrong = rest & (angles > REFUSED_DEG) & calculated.known
    s1[wrong] = np.nan
    if wrong.any():
        found.insert(0, f"{np.count_nonzero(wrong)} reflections whose s1 contradicts their position get no factor.")
    found += doubts_of_crystals(sweeps, sweep, reflections.miller_index, calculated.phi_rad, s1)
    return CompletedRows(s1, phi, sweep, tuple(computed), (check.sentence(), *found), check)


def _observed_rows(
    observed: Positions, calculated: Positions, flags: NDArray[np.uint64] | None
) -> tuple[NDArray[np.bool_], list[str]]:
    """Which rows were observed, by position and flags; and what to say of the others."""
    both = observed.known & calculated.known
    apart = both & (angle_apart(observed.phi_rad, calculated.phi_rad) > np.deg2rad(NOT_SEEN_THERE_DEG))
    seen = observed.known & ~apart
    if flags is not None:
        only_predicted = (flags & np.uint64(PREDICTED) != 0) & (flags & np.uint64(SEEN) == 0)
        seen &= ~(only_predicted & calculated.known)
    if np.count_nonzero(apart) > 0.5 * np.count_nonzero(both):
        raise InputError(
            f"The observed scan angles of {np.count_nonzero(apart)} of {np.count_nonzero(both)} reflections are more "
            f"than {NOT_SEEN_THERE_DEG:g}° from the calculated ones: the table contradicts itself. Integrate again."
        )
    found = []
    instead = int(np.count_nonzero(~seen & calculated.known))
    if instead and observed.known.any():
        far = f", {np.count_nonzero(apart)} of them by their distance" if apart.any() else ""
        found.append(
            f"{instead} of {len(seen)} reflections were not observed{far}: their calculated scan angles are taken."
        )
    return seen, found


def _check_angles(
    sweeps: tuple[Sweep, ...],
    sweep: NDArray[np.int64],
    observed: Positions,
    calculated: Positions,
    seen: NDArray[np.bool_],
) -> list[str]:
    """Refuse angles that are not those of the scan at the images that the table gives."""
    apart = np.degrees(np.where(seen, observed.contradiction_rad, calculated.contradiction_rad))
    compared = np.count_nonzero(np.isfinite(apart))
    wrong = np.zeros(len(apart), dtype=bool)
    for number, model in enumerate(sweeps):
        if model.oscillation_deg is not None:
            limit = max(SCAN_TOLERANCE_DEG, 2 * abs(model.oscillation_deg[1]))
            wrong |= (sweep == number) & (apart > limit)
    n = int(np.count_nonzero(wrong))
    if not n:
        return []
    text = f"The scan angles of {n} of {compared} reflections are not those that the scan has at their images"
    if n > MOST_WRONG * compared:
        raise InputError(
            f"{text} (by up to {apart[wrong].max():.3g}°): the files do not belong together. Give the .expt and .refl "
            "of the same step."
        )
    return [f"{text}."]


def _check_range(sweeps: tuple[Sweep, ...], sweep: NDArray[np.int64], phi_rad: NDArray[np.float64]) -> list[str]:
    """Refuse angles outside of their sweep; say where they are few."""
    found = []
    for number, model in enumerate(sweeps):
        if model.oscillation_deg is None or model.image_range is None:
            continue
        start, width = model.oscillation_deg
        half = abs(width) * (model.image_range[1] - model.image_range[0] + 1) / 2
        middle = start + np.copysign(half, width)
        own = np.degrees(phi_rad[(sweep == number) & np.isfinite(phi_rad)])
        if not own.size:
            continue
        beyond = np.abs((own - middle + 180) % 360 - 180) > half + max(BEYOND_SCAN_DEG, 3 * abs(width))
        n = int(np.count_nonzero(beyond))
        if not n:
            continue
        low, high = sorted((start, start + 2 * (middle - start)))
        text = (
            f"{n} of {own.size} reflections lie outside of the scan of experiment {number}: at {own[beyond].min():.4g}°"
            f" to {own[beyond].max():.4g}°, but it runs from {low:.4g}° to {high:.4g}°"
        )
        if n > MOST_WRONG * own.size:
            raise InputError(
                f"{text}; the files do not belong together, or the rows are of another sweep. Give the .expt and "
                ".refl of the same step."
            )
        found.append(f"{text}.")
    return found


def _check_lengths(
    sweeps: tuple[Sweep, ...], sweep: NDArray[np.int64], s1: NDArray[np.float64], rows: NDArray[np.bool_]
) -> None:
    """Refuse a table of another wavelength."""
    for number, model in enumerate(sweeps):
        own = s1[rows & (sweep == number)]
        length = np.linalg.norm(own, axis=1)
        length = length[np.isfinite(length) & (length > 0)]
        if model.wavelength is None or not length.size:
            continue
        wrong = np.abs(length * model.wavelength - 1) > LENGTH_TOLERANCE
        n = int(np.count_nonzero(wrong))
        if n > MOST_WRONG * length.size:
            raise InputError(
                f"The scattered vectors of {n} of {length.size} reflections of experiment {number} are "
                f"{np.median(length[wrong]):.4g}/Å long but the wavelength is {model.wavelength:.4g} Å: the reflection "
                "table does not belong to this experiment."
            )


def _chosen_positions(
    choose: NDArray[np.bool_], first: NDArray[np.float64] | None, second: NDArray[np.float64] | None
) -> NDArray[np.float64] | None:
    """Positions of the first where chosen, else of the second."""
    if first is None and second is None:
        return None
    nothing = np.full((len(choose), 2), np.nan)
    return np.where(choose[:, np.newaxis], nothing if first is None else first, nothing if second is None else second)
