"""Whether the crystals of an experiment predict the scattered vectors of a table from its indices, and are the same."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ....experiment.experiment import Sweep
from ..scattered_vectors import angles_between_deg
from .geometry_check import MOST_WRONG

DOUBTED_DEG = 2.0
"""Refined models vary by less over a scan, and only their mean is used."""

_SAME_LATTICE = 0.1
"""Of a basis vector: some degrees, which a crystal may slip between two sweeps."""


def other_crystals(sweeps: tuple[Sweep, ...], used: Iterable[int]) -> str:
    """Say which experiments have another lattice, or in another orientation, than the first; empty where none has.

    Two bases of one lattice are whole numbers of each other, in whatever way it was indexed.
    """
    known = [(int(number), axes) for number in used if (axes := sweeps[number].reciprocal_axes) is not None]
    if len(known) < 2:
        return ""
    first, basis = known[0]
    other = []
    for number, axes in known[1:]:
        steps = np.linalg.solve(basis, axes)
        if np.abs(steps - steps.round()).max() > _SAME_LATTICE or abs(round(np.linalg.det(steps.round()))) != 1:
            other.append(number)
    if not other:
        return ""
    told = ", ".join(str(number) for number in other[:8]) + (f" and {len(other) - 8} more" if len(other) > 8 else "")
    return (
        f"The lattice of experiment{'s' if len(other) > 1 else ''} {told} is another one, or lies otherwise in the "
        f"sample, than that of experiment {first}, but labels hold one sample as it was mounted once: of several "
        "compute one at a time, with its own labels (--experiment-number)."
    )


def doubts_of_crystals(
    sweeps: tuple[Sweep, ...],
    sweep: NDArray[np.int64],
    miller_index: NDArray[np.int64] | None,
    phi_rad: NDArray[np.float64],
    s1: NDArray[np.float64],
) -> list[str]:
    """Say where s1 is not s0 + S R(phi) F A h: of rows of another sweep, or a goniometer of another setting.

    Parameters
    ----------
    sweeps : tuple of Sweep
        Sweeps of the experiment; those without a crystal are not judged.
    sweep : ndarray of int, shape (reflection,)
        Place of each reflection's sweep in them, -1 where not known.
    miller_index : ndarray of int, shape (reflection, 3), or None
        Indices; nothing is judged without.
    phi_rad : ndarray of float64, shape (reflection,)
        Calculated scan angles, NaN where not known.
    s1 : ndarray of float64, shape (reflection, 3)
        Scattered vectors, 1/Å.
    """
    found = []
    for number, model in enumerate(sweeps):
        if miller_index is None or model.reciprocal_axes is None or model.wavelength is None:
            continue
        own = np.flatnonzero((sweep == number) & (miller_index != 0).any(axis=1) & np.isfinite(phi_rad))
        lattice = miller_index[own] @ model.reciprocal_axes.T
        vectors = np.einsum("nij,nj->ni", model.goniometer.rotation(phi_rad[own]), lattice)
        angles = angles_between_deg(vectors - model.source_direction / model.wavelength, s1[own])
        angles = angles[np.isfinite(angles)]
        wrong = int(np.count_nonzero(angles > DOUBTED_DEG))
        if wrong > MOST_WRONG * angles.size:
            found.append(
                f"Crystal and goniometer of experiment {number} do not predict the scattered vectors of {wrong} of "
                f"{angles.size} reflections from their indices ({np.median(angles):.2g}° off in the median): are rows "
                "of another sweep, or is the goniometer that of another setting? Give the .expt and .refl of the same "
                "step."
            )
    return found
