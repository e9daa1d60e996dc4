"""Which reflections a rotation scan brings to the Ewald sphere, at what angle, and where the detector sees them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...experiment import Detector, Sweep
from ..beam import DiffractionBeam
from ..lattice import Lattice
from .predicted import PredictedReflections

LEAST_ZETA = 0.05
"""Reflections that pass the Ewald sphere more slowly lie along the rotation axis and are not predicted, as in DIALS."""


def predict_rotation(
    sweep: Sweep,
    lattice: Lattice,
    d_min: float,
    beam: DiffractionBeam | None = None,
    *,
    margin_deg: float = 0.0,
    least_zeta: float = LEAST_ZETA,
    on_detector: bool = True,
) -> PredictedReflections:
    """Predict the reflections of a rotation scan.

    Parameters
    ----------
    sweep : Sweep
        Beam direction, wavelength, goniometer, detector and scan.
    lattice : Lattice
        The crystal.
    d_min : float
        Resolution limit, Å.
    beam : DiffractionBeam, optional
        For the polarisation alone; by default nearly linear in the horizontal plane, as of a synchrotron.
    margin_deg : float
        Reflections are taken that lie on the sphere so much before or after the scan: parts of them may be seen in it.
    least_zeta : float
        Those that pass the sphere more slowly are left out.
    on_detector : bool
        Whether those that meet no panel, or a gap between modules, are left out.

    Returns
    -------
    PredictedReflections
        In the order of the scan; a scan of more than a turn brings a reflection more than twice.

    Raises
    ------
    InputError
        The sweep has no scan, no detector, no wavelength, or reflects nothing to that resolution.
    """
    if sweep.oscillation_deg is None or sweep.image_range is None:
        raise InputError("Reflections of a rotation scan cannot be predicted: the experiment has no scan.")
    if sweep.wavelength is None or sweep.detector is None:
        raise InputError("Reflections cannot be predicted: the experiment has no wavelength or no detector.")
    index = lattice.all_indices(d_min)
    s0 = -sweep.source_direction / sweep.wavelength
    row, phi = _crossings(sweep, s0, index @ lattice.reciprocal_axes.T)
    row, phi = _in_scan(sweep, row, phi, np.deg2rad(margin_deg))
    q = np.einsum("nij,nj->ni", sweep.goniometer.rotation(phi), index[row] @ lattice.reciprocal_axes.T)
    s1 = s0 + q
    axis = sweep.goniometer.setting_rotation @ sweep.goniometer.scan_axis
    across = np.cross(s1, s0)
    zeta = (across @ axis) / np.linalg.norm(across, axis=1)
    width = np.deg2rad(sweep.oscillation_deg[1])
    image = (phi - np.deg2rad(sweep.oscillation_deg[0])) / width + (sweep.image_range[0] - 1)
    keep = np.flatnonzero(np.abs(zeta) >= least_zeta)
    keep = keep[np.argsort(image[keep], kind="stable")]
    predicted = seen(sweep.detector, beam or _beam_of(sweep), lattice, sweep.wavelength, index[row[keep]], s1[keep])
    result = PredictedReflections(
        lattice=lattice,
        wavelength_angstrom=sweep.wavelength,
        miller_index=index[row[keep]],
        s1=s1[keep],
        phi_rad=phi[keep],
        image=image[keep],
        zeta=zeta[keep],
        lorentz=1 / (np.abs(across[keep] @ axis) * sweep.wavelength**2),
        **predicted,
    )
    return result.select(~in_gaps(sweep.detector, result)) if on_detector else result


def seen(
    detector: Detector,
    beam: DiffractionBeam,
    lattice: Lattice,
    wavelength: float,
    index: NDArray[np.int64],
    s1: NDArray[np.float64],
) -> dict[str, NDArray[Any]]:
    """Panel, position, polarisation and efficiency of scattered waves."""
    panel, position_mm = detector.meets(s1)
    position_px = np.full((len(s1), 2), np.nan)
    efficiency = np.ones(len(s1))
    directions = s1 / np.linalg.norm(s1, axis=1, keepdims=True)
    for number, model in enumerate(detector.panels):
        rows = np.flatnonzero(panel == number)
        if rows.size:
            position_px[rows] = model.to_px(position_mm[rows])
            efficiency[rows] = model.absorbed_fraction(directions[rows])
    return {
        "panel": panel,
        "position_px": position_px,
        "position_mm": position_mm,
        "polarisation": beam.polarisation(directions),
        "efficiency": efficiency,
    }


def in_gaps(detector: Detector, predicted: PredictedReflections) -> NDArray[np.bool_]:
    """Return which reflections have their middle on no panel, or between its modules."""
    lost = predicted.panel < 0
    for number, model in enumerate(detector.panels):
        rows = np.flatnonzero(predicted.panel == number)
        fast, slow = predicted.position_px[rows].T
        for left, top, right, bottom in model.gaps_px:
            lost[rows] |= (fast >= left) & (fast < right) & (slow >= top) & (slow < bottom)
    return lost


def _beam_of(sweep: Sweep) -> DiffractionBeam:
    return DiffractionBeam(source_direction=tuple(float(v) for v in sweep.source_direction))  # type: ignore[arg-type]


def _crossings(
    sweep: Sweep, s0: NDArray[np.float64], vectors: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Rows and angles, radians within one turn, at which |s0 + S R(phi) F q| = |s0|.

    Below the setting rotation it reads a cos(phi) + b sin(phi) = c, with two solutions or none.
    """
    goniometer = sweep.goniometer
    wave = goniometer.setting_rotation.T @ s0
    axis = goniometer.scan_axis
    q = vectors @ goniometer.fixed_rotation.T
    along = (q @ axis)[:, np.newaxis] * axis
    a, b = (q - along) @ wave, np.cross(axis, q) @ wave
    c = -(q * q).sum(axis=1) / 2 - along @ wave
    reach = np.hypot(a, b)
    rows = np.flatnonzero(np.abs(c) < reach)
    middle, apart = np.arctan2(b[rows], a[rows]), np.arccos(c[rows] / reach[rows])
    return np.concatenate([rows, rows]), np.concatenate([middle - apart, middle + apart])


def _in_scan(
    sweep: Sweep, row: NDArray[np.int64], phi: NDArray[np.float64], margin: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Each crossing as often as the scan meets it, at its angle in the scan."""
    assert sweep.oscillation_deg is not None and sweep.image_range is not None
    start, width = np.deg2rad(sweep.oscillation_deg)
    first, last = sweep.image_range
    end = start + width * (last - first + 1)
    low, high = min(start, end) - margin, max(start, end) + margin
    turn = 2 * np.pi
    phi = low + np.mod(phi - low, turn)
    rows, angles = [], []
    for number in range(int(np.ceil((high - low) / turn)) or 1):
        keep = phi + number * turn < high
        rows.append(row[keep])
        angles.append(phi[keep] + number * turn)
    return np.concatenate(rows), np.concatenate(angles)
