"""Directions of the rays in the frame of the labels."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError
from ...experiment.experiment import Sweep
from ...io import check_memory
from .judged.completed_rows import CompletedRows

# Of the vectors of both beams, the factors, the path lengths of each material and what is in between.
_BYTES_A_DIRECTION = 200


def to_array_axes(vectors: ArrayLike) -> NDArray[np.float64]:
    """Reorder DIALS components (X, Y, Z) to array axes (z, y, x): +X is axis 0, +Z axis 1, +Y axis 2."""
    return np.asarray(vectors, dtype=float)[..., [0, 2, 1]]


def ray_directions(
    sweeps: tuple[Sweep, ...], rows: CompletedRows, offset_deg: float = 0.0
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the directions in which to leave a crystal voxel: towards the source, and along the scattered beam.

    Both are turned with the goniometer's rotation R = S R(phi + offset) F into the frame of the sample: R^T (-s0) and
    R^T s1.

    Parameters
    ----------
    sweeps : tuple of Sweep
        Beam and goniometer of each, the goniometers in the frame of the labels.
    rows : CompletedRows
        Scattered vectors, scan angles and sweep of each reflection.
    offset_deg : float
        Degrees added to the scan angles of the diffraction experiment to make them those of the tomogram: minus the
        scan angle at which the tomogram has its zero.

    Returns
    -------
    incident, leaving, axis : ndarray of float64, shape (reflection, 3)
        Unit vectors in array axes (z, y, x); ``axis`` is the scan axis in the sample, with R = S R(phi) F that is F^T a
        at every angle. NaN where s1, phi or the sweep is not known; the axis is never NaN.
    """
    n = len(rows)
    incident, leaving = np.full((n, 3), np.nan), np.full((n, 3), np.nan)
    axis = np.tile([1.0, 0.0, 0.0], (n, 1))
    length = np.linalg.norm(rows.s1, axis=1)
    usable = np.isfinite(length) & (length > 0) & np.isfinite(rows.phi_rad)
    for number, sweep in enumerate(sweeps):
        own = rows.sweep == number
        axis[own] = to_array_axes(sweep.goniometer.fixed_rotation.T @ sweep.goniometer.scan_axis)
        own &= usable
        if not own.any():
            continue
        turned = sweep.goniometer.rotation(rows.phi_rad[own] + np.deg2rad(offset_deg))
        # R^T v, one R a row
        incident[own] = to_array_axes(np.einsum("nij,i->nj", turned, sweep.source_direction))
        leaving[own] = to_array_axes(np.einsum("nij,ni->nj", turned, rows.s1[own] / length[own, np.newaxis]))
    return incident, leaving, axis


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
        Fewer than one direction, or more than the memory holds.
    """
    if n < 1:
        raise InputError(f"At least one direction is needed, not {n}.")
    check_memory(_BYTES_A_DIRECTION * n, f"A sphere of {n} directions")
    step = np.arange(n)
    height = 1 - (2 * step + 1) / n
    radius = np.sqrt(1 - height**2)
    turn = np.pi * (3 - np.sqrt(5)) * step
    return np.stack([radius * np.cos(turn), height, radius * np.sin(turn)], axis=1)
