"""Directions of the rays in the frame of the labels."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from .experiment import Experiment, Sweep
from .reflections import Reflections


def to_array_axes(vectors: ArrayLike) -> NDArray[np.float64]:
    """Reorder DIALS components (X, Y, Z) to array axes (z, y, x): +X is axis 0, +Z axis 1, +Y axis 2."""
    return np.asarray(vectors, dtype=float)[..., [0, 2, 1]]


def ray_directions(
    experiment: Experiment, reflections: Reflections, offset_deg: float = 0.0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the directions in which to leave a crystal voxel: towards the source, and along the scattered beam.

    Both are turned with the goniometer's rotation R = S R(phi + offset) F into the frame of the sample: R^T (-s0) and
    R^T s1.

    Parameters
    ----------
    experiment : Experiment
        Beam and goniometer of each sweep.
    reflections : Reflections
        Scattered vectors and scan angles.
    offset_deg : float
        Degrees added to the scan angles of the diffraction experiment to make them those of the tomogram: minus the
        scan angle at which the tomogram has its zero.

    Returns
    -------
    incident, exit : ndarray of float64, shape (reflection, 3)
        Unit vectors in array axes (z, y, x). NaN where s1 or phi is not finite, s1 is zero, or an
        unindexed spot could be of any of several sweeps.

    Raises
    ------
    InputError
        The table refers to a sweep that the experiment does not have, or its s1 is not 1/wavelength long.
    """
    if not np.isfinite(offset_deg):
        raise InputError(f"The angle offset must be finite, not {offset_deg}.")
    n = len(reflections)
    incident, leaving = np.full((n, 3), np.nan), np.full((n, 3), np.nan)
    length = np.linalg.norm(reflections.s1, axis=1)
    usable = np.isfinite(length) & (length > 0) & np.isfinite(reflections.phi_rad)
    assert reflections.experiment_id is not None
    for number in np.unique(reflections.experiment_id):
        if number < 0 and len(experiment.sweeps) > 1:
            continue  # DIALS writes -1 for spots that were never indexed: which sweep saw them is not known
        sweep = sweep_of(experiment, reflections, int(number))
        rows = np.flatnonzero(usable & (reflections.experiment_id == number))
        if not rows.size:
            continue
        if sweep.wavelength is not None and abs(np.median(length[rows]) * sweep.wavelength - 1) > 0.01:
            raise InputError(
                f"The scattered vectors are {np.median(length[rows]):.4g}/Å long but the wavelength is "
                f"{sweep.wavelength:.4g} Å: the reflection table does not belong to this experiment."
            )
        turned = sweep.goniometer.rotation(reflections.phi_rad[rows] + np.deg2rad(offset_deg))
        # R^T v, one R a row
        incident[rows] = to_array_axes(np.einsum("nij,i->nj", turned, sweep.source_direction))
        leaving[rows] = to_array_axes(np.einsum("nij,ni->nj", turned, reflections.s1[rows] / length[rows, np.newaxis]))
    return incident, leaving


def sweep_of(experiment: Experiment, reflections: Reflections, number: int) -> Sweep:
    """The sweep that an ``id`` stands for: by identifier where both files have one, else by its place in the file."""
    if number < 0:
        return experiment.sweeps[0]
    name = reflections.identifiers.get(number, "")
    named = {sweep.identifier: sweep for sweep in experiment.sweeps if sweep.identifier}
    if name and named:
        if name not in named:
            raise InputError(
                f"The reflection table refers to experiment {name}, which the experiment file does not hold; "
                "give the .expt and .refl files of the same step."
            )
        return named[name]
    if number >= len(experiment.sweeps):
        raise InputError(
            f"The reflection table refers to experiment {number}, but the experiment file holds "
            f"{len(experiment.sweeps)}; give the .expt and .refl files of the same step."
        )
    return experiment.sweeps[number]


def sphere_directions(n: int) -> NDArray[np.float64]:
    """Return directions spread evenly over the sphere (Fibonacci lattice).

    Parameters
    ----------
    n : int
        How many; at least 1.

    Returns
    -------
    ndarray of float64, shape (n, 3)
        Unit vectors in array axes (z, y, x).

    Raises
    ------
    InputError
        Fewer than one direction.
    """
    if n < 1:
        raise InputError(f"At least one direction is needed, not {n}.")
    step = np.arange(n)
    height = 1 - (2 * step + 1) / n
    radius = np.sqrt(1 - height**2)
    turn = np.pi * (3 - np.sqrt(5)) * step
    return np.stack([radius * np.cos(turn), height, radius * np.sin(turn)], axis=1)


def sphere_rays(n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return rays for when there is no experiment: one incident beam, ``n`` scattered ones over the sphere.

    The beam is that of angle zero: it travels along DIALS -Z, from high to low axis 1, so the source lies at +axis 1.

    Returns
    -------
    incident, exit : ndarray of float64, shape (n, 3)
        Unit vectors in array axes (z, y, x), as from :func:`ray_directions`.
    """
    leaving = sphere_directions(n)
    return np.broadcast_to(np.array([0.0, 1.0, 0.0]), leaving.shape).copy(), leaving
