"""Random conditions of a simulated scan: materials, energy, geometry and detector."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..draws import log_uniform
from ..errors import InputError
from ..labels import Material
from . import condition_priors, material_priors
from .condition_priors import ANGLES_A_COLUMN, ConditionPriors
from .material_priors import MaterialPriors
from .materials import SampleMaterials, draw_materials

if TYPE_CHECKING:
    from ..xray import Acquisition, RefractiveIndex

# An energy that suits is found within a few draws, unless the priors have none.
_TRIES = 10_000


@dataclass(frozen=True)
class Conditions:
    """Materials and acquisition of one simulated scan.

    Parameters
    ----------
    pixel_size_um : float
        Pixel size at the sample, µm.
    indices, harmonic_indices : dict of Material to RefractiveIndex
        Refractive index of each material at the energy of the beam and at its third harmonic.
    acquisition : Acquisition
        Beam, detector and their artefacts.
    description : dict
        What was drawn, JSON values.
    materials : dict
        What else was drawn of the materials, JSON values.
    """

    pixel_size_um: float
    indices: dict[Material, RefractiveIndex]
    harmonic_indices: dict[Material, RefractiveIndex]
    acquisition: Acquisition
    description: dict[str, Any]
    materials: dict[str, Any]


def draw_pixel_size_um(rng: np.random.Generator, size: int) -> float:
    """Draw a pixel size, µm, for a detector region of ``size`` columns: 0.3 µm binned, or another instrument's."""
    binning = int(rng.integers(2, 5)) if size <= 256 else 1
    if rng.random() < 0.5:
        return 0.3 * binning
    return log_uniform(rng, 0.25, 1.3) * min(binning, 2)


def draw_conditions(
    rng: np.random.Generator,
    size: int,
    pixel_size_um: float,
    other: str,
    angles: int | None = None,
    priors: ConditionPriors = condition_priors.TYPICAL,
    materials: MaterialPriors = material_priors.TYPICAL,
) -> Conditions:
    """Draw the materials and the acquisition of a scan.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every draw.
    size : int
        Detector columns.
    pixel_size_um : float
        Pixel size at the sample, µm.
    other : str
        What the class "other" is in this sample: ``"salt"``, ``"bubbles"``, ``"none"`` where there is none, or
        ``"unknown"``.
    angles : int, optional
        Number of projections over 180°; drawn when left out.
    priors : ConditionPriors
        What energy, geometry and detector are drawn from.
    materials : MaterialPriors
        What the materials are drawn from.

    Returns
    -------
    Conditions

    Raises
    ------
    InputError
        No energy within the ranges suits the field.
    """
    energy_kev, drawn = _draw_energy(rng, size, pixel_size_um, other, priors, materials)
    positions, wedge_deg = _draw_angles(rng, size, angles, priors)
    acquisition = _draw_acquisition(rng, energy_kev, pixel_size_um, positions, priors)
    phase_contrast = acquisition.propagation == "auto"
    acquisition = _with_rarer_faults(rng, acquisition, priors)
    indices = drawn.indices(energy_kev)
    description = {
        "liquor": drawn.substances[Material.LIQUOR].name,
        "mount": drawn.substances[Material.LOOP].name,
        "solvent_fraction": drawn.solvent_fraction,
        "attenuation_per_um": {m.title: i.attenuation_per_um(energy_kev) for m, i in indices.items()},
        "energy_kev": energy_kev,
        "distance_mm": acquisition.distance_mm,
        "angles": len(acquisition.angles),
        "missing_wedge_deg": wedge_deg,
        "photons": acquisition.photons,
        "phase_contrast": phase_contrast,
    }
    harmonic = drawn.indices(3 * energy_kev)
    return Conditions(pixel_size_um, indices, harmonic, acquisition, description, drawn.description)


def _draw_energy(
    rng: np.random.Generator,
    size: int,
    pixel_size_um: float,
    other: str,
    priors: ConditionPriors,
    materials: MaterialPriors,
) -> tuple[float, SampleMaterials]:
    """Draw a photon energy, keV, and materials, so that the sample neither blocks the beam nor vanishes in it."""
    shape = other if other in ("bubbles", "salt") else None
    shallowest, deepest = priors.liquor_depth
    for _ in range(_TRIES):
        energy_kev = float(
            rng.uniform(*priors.energy_kev)
            if rng.random() < priors.long_wavelength
            else rng.uniform(*priors.hard_energy_kev)
        )
        drawn = draw_materials(rng, energy_kev, other != "none", materials, shape)
        liquor = drawn.indices(energy_kev)[Material.LIQUOR]
        if shallowest < liquor.attenuation_per_um(energy_kev) * 0.5 * size * pixel_size_um < deepest:
            return energy_kev, drawn
    raise InputError(
        f"Of {_TRIES} energies none gave half a field of {size * pixel_size_um:.4g} µm of liquor a depth of "
        f"{shallowest:g} to {deepest:g} absorption lengths; widen liquor_depth or the energies."
    )


def _draw_angles(
    rng: np.random.Generator, size: int, angles: int | None, priors: ConditionPriors
) -> tuple[NDArray[np.float64], float]:
    """Draw the angles of the projections, degrees, and how much of the half turn is missing, degrees."""
    if angles is None:
        # From sparse to the angular criterion (pi/2 columns) and beyond.
        angles = max(60, round(size * float(rng.choice(ANGLES_A_COLUMN, p=priors.angles))))
    start = float(rng.uniform(-90, 90))
    wedge_deg = float(rng.uniform(*priors.wedge_deg)) if rng.random() < priors.missing_wedge else 0.0
    positions = start + np.arange(angles) * (180.0 - wedge_deg) / angles
    return positions + rng.normal(0, priors.angle_jitter_deg, angles), wedge_deg


def _draw_acquisition(
    rng: np.random.Generator,
    energy_kev: float,
    pixel_size_um: float,
    angles_deg: NDArray[np.float64],
    priors: ConditionPriors,
) -> Acquisition:
    """Draw distance, beam and detector, in the order of the first release."""
    from ..xray import Acquisition, wavelength_um

    # Beyond this distance fringes spread over so many pixels that nobody would measure there.
    farthest_mm = priors.fresnel * pixel_size_um**2 / wavelength_um(energy_kev) / 1000
    distance_mm = min(log_uniform(rng, *priors.distance_mm), farthest_mm)
    phase_contrast = bool(rng.random() > priors.absorption_only)
    third_harmonic = log_uniform(rng, *priors.third_harmonic) if rng.random() < priors.harmonic else 0.0
    return Acquisition(
        energy_kev=energy_kev,
        distance_mm=distance_mm,
        pixel_size_um=pixel_size_um,
        angles_deg=angles_deg,
        photons=log_uniform(rng, *priors.photons),
        read_noise=float(rng.uniform(*priors.read_noise)),
        psf_sigma_px=float(rng.uniform(*priors.psf_sigma_px)),
        psf_tail=float(rng.uniform(*priors.psf_tail)),
        flats=int(rng.integers(round(priors.flats[0]), round(priors.flats[1]) + 1)),
        darks=10,
        flat_structure=float(rng.uniform(*priors.flat_structure)),
        flat_drift_px=float(rng.uniform(*priors.flat_drift_px)) if rng.random() < priors.flat_drift else 0.0,
        gain_drift=log_uniform(rng, *priors.gain_drift),
        column_gain_drift=log_uniform(rng, *priors.column_gain_drift) if rng.random() < priors.column_gain else 0.0,
        dead_fraction=log_uniform(rng, *priors.dead_fraction),
        hot_fraction=log_uniform(rng, *priors.hot_fraction),
        zinger_rate=log_uniform(rng, *priors.zinger_rate),
        rotation_centre_offset_px=float(rng.normal(0, priors.rotation_centre_px)),
        wobble_px=float(rng.uniform(*priors.wobble_px)) if rng.random() < priors.wobble else 0.0,
        intensity_drift=float(rng.uniform(*priors.intensity_drift)),
        third_harmonic=third_harmonic,
        propagation="auto" if phase_contrast else "absorption",
        # With two voxels a pixel this makes four samples; the scan's record says where that resolves every edge.
        finest_supersampling=2,
    )


def _with_rarer_faults(rng: np.random.Generator, acquisition: Acquisition, priors: ConditionPriors) -> Acquisition:
    # Drawn only where they can occur at all, so that other priors keep their stream of random numbers.
    if priors.contact and rng.random() < priors.contact:
        acquisition = replace(acquisition, distance_mm=0.0)
    if priors.tilt_deg[1]:
        tilt = float(rng.uniform(*priors.tilt_deg)) * (1 if rng.random() < 0.5 else -1)
        acquisition = replace(acquisition, tilt_deg=tilt)
    if priors.twelve_bit and rng.random() < priors.twelve_bit:
        acquisition = replace(acquisition, bits=12)
    return acquisition
