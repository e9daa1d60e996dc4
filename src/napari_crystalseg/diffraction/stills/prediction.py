"""Which reflections a crystal at rest brings, by how much each misses the Ewald sphere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...checks import read_only
from ...errors import InputError
from ...experiment import Detector
from ..beam import DiffractionBeam
from ..crystal import DiffractingCrystal
from ..rotation.predicted import PredictedReflections
from ..rotation.prediction import in_gaps, seen

_WIDTHS = 4.0


@dataclass(frozen=True, eq=False)
class StillReflections:
    """Reflections of one still image.

    Parameters
    ----------
    predicted : PredictedReflections
        Where they are seen; their ``s1`` are the directions in which most of their photons leave.
    excitation : ndarray of float64, shape (n,)
        |s0 + q| - |s0|: how far the lattice point lies outside the Ewald sphere, 1/Å.
    width : ndarray of float64, shape (n,)
        Standard deviation of the thickness of the point along the same, 1/Å.
    spread_rad : ndarray of float64, shape (n, 2)
        Standard deviations of the directions of its photons, away from the beam and across, radians.

    Raises
    ------
    InputError
        Columns of different length.
    """

    predicted: PredictedReflections
    excitation: NDArray[np.float64]
    width: NDArray[np.float64]
    spread_rad: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name in ("excitation", "width", "spread_rad"):
            column = np.asarray(getattr(self, name), dtype=float)
            if len(column) != len(self.predicted):
                raise InputError(f"The column '{name}' of a still has {len(column)} rows, not {len(self.predicted)}.")
            object.__setattr__(self, name, read_only(column))

    def __len__(self) -> int:
        return len(self.predicted)

    @property
    def density(self) -> NDArray[np.float64]:
        """How dense the point is where the sphere cuts it, Å: a normal distribution of the excitation."""
        scaled = self.excitation / self.width
        values: NDArray[np.float64] = np.exp(-(scaled**2) / 2) / (np.sqrt(2 * np.pi) * self.width)
        return values


def predict_still(
    crystal: DiffractingCrystal,
    beam: DiffractionBeam,
    detector: Detector,
    d_min: float,
    *,
    rotation: NDArray[np.float64] | None = None,
    on_detector: bool = True,
) -> StillReflections:
    """Predict the reflections of a still image.

    Parameters
    ----------
    crystal : DiffractingCrystal
        The crystal.
    beam : DiffractionBeam
        Wavelength, bandwidth, divergence, direction.
    detector : Detector
        The detector.
    d_min : float
        Resolution limit, Å.
    rotation : ndarray, shape (3, 3), optional
        From the sample to the laboratory; by default the goniometer is at zero.
    on_detector : bool
        Whether reflections that meet no panel, or a gap between modules, are left out.

    Returns
    -------
    StillReflections
        Those within four widths of the sphere.

    Notes
    -----
    A point that lies off the sphere by e is met because a block of the crystal is turned, or because photons have
    another energy, or for its own thickness; each takes the part of e that its variance has of the whole. Turning
    leads the photons towards the beam by e lambda tan(theta), another energy away from it by e lambda / tan(theta),
    and what is left of each as a spread makes the streaks of a broad band.
    """
    lattice, wavelength = crystal.lattice, beam.wavelength_angstrom
    index = lattice.all_indices(d_min)
    axes = lattice.reciprocal_axes if rotation is None else rotation @ lattice.reciprocal_axes
    q = index @ axes.T
    s0 = beam.s0
    excitation = np.linalg.norm(s0 + q, axis=1) - 1 / wavelength
    near = np.flatnonzero(np.abs(excitation) < _WIDTHS * crystal.largest_width(d_min, beam))
    width = crystal.point_width(1 / np.linalg.norm(q[near], axis=1), beam)
    keep = np.abs(excitation[near]) < _WIDTHS * width
    rows, width = near[keep], width[keep]
    q, excitation, index = q[rows], excitation[rows], index[rows]
    sine = np.clip(np.linalg.norm(q, axis=1) * wavelength / 2, 1e-9, 1)
    shift, spread = _directions(crystal, beam, sine, excitation, width)
    s1 = s0 + q
    s1 /= np.linalg.norm(s1, axis=1, keepdims=True)
    across = np.cross(s0, s1)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    outward = np.cross(across, s1)
    s1 = (s1 * np.cos(shift)[:, np.newaxis] + outward * np.sin(shift)[:, np.newaxis]) / wavelength
    n = len(rows)
    predicted = PredictedReflections(
        lattice=lattice,
        wavelength_angstrom=wavelength,
        miller_index=index,
        s1=s1,
        phi_rad=np.zeros(n),
        image=np.full(n, 0.5),
        zeta=np.full(n, np.nan),
        lorentz=np.ones(n),
        **seen(detector, beam, lattice, wavelength, index, s1),
    )
    result = StillReflections(predicted, excitation, width, spread)
    if not on_detector:
        return result
    on = ~in_gaps(detector, predicted)
    return StillReflections(predicted.select(on), excitation[on], width[on], spread[on])


def _directions(
    crystal: DiffractingCrystal,
    beam: DiffractionBeam,
    sine: NDArray[np.float64],
    excitation: NDArray[np.float64],
    width: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """By how much the photons leave further out than along s0 + q, and the spread of it and across, radians."""
    wavelength = beam.wavelength_angstrom
    q, cosine = 2 * sine / wavelength, np.sqrt(1 - sine**2)
    block, turn, band = crystal.width_parts(beam)
    turned, energies = (q * turn * cosine) ** 2, (q * sine * band) ** 2
    inward, outward = wavelength * sine / cosine, wavelength * cosine / sine
    lever = energies * outward - turned * inward
    shift = -excitation * lever / width**2
    variance = turned * inward**2 + energies * outward**2 - lever**2 / width**2
    away = np.hypot(np.sqrt(np.maximum(variance, 0)), wavelength * block)
    across = np.hypot(wavelength * q * turn, wavelength * block)
    return shift, np.column_stack([away, across])
