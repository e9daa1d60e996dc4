"""Random conditions of a simulated scan: materials, energy, geometry and detector.

The ranges are those in which long-wavelength beamlines work, widened where instruments differ. The coefficients of
crystal, liquor and mount have no fixed order in real data: the wide ranges have none, the typical ones the commonest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..labels import Material

if TYPE_CHECKING:
    from ..xray import Acquisition, RefractiveIndex


@dataclass(frozen=True)
class ConditionPriors:
    """Ranges and chances that conditions are drawn from.

    Parameters
    ----------
    photons : (float, float)
        Photons in a pixel and frame; log-uniform.
    gain_drift : (float, float)
        Relative drift of the pixels' gain between flats and scan; log-uniform.
    fresnel : float
        Most wavelength times distance over pixel area: beyond, fringes hide the sample.
    missing_wedge : float
        Chance that up to 25° are missing.
    angles : tuple of float
        Chances of 1.2, 1.6, 2.0 and 2.5 projections a detector column.
    crystal_to_liquor : (float, float)
        Ratio of the linear attenuation coefficients, where it is drawn rather than left to the recipes.
    measured_crystal : float
        Chance that it is drawn.
    """

    photons: tuple[float, float]
    gain_drift: tuple[float, float]
    fresnel: float
    missing_wedge: float
    angles: tuple[float, float, float, float]
    crystal_to_liquor: tuple[float, float]
    measured_crystal: float


TYPICAL = ConditionPriors(
    photons=(5e3, 1e5),
    gain_drift=(2e-4, 3e-3),
    fresnel=1.5,
    missing_wedge=0.02,
    angles=(0.0, 0.4, 0.35, 0.25),
    crystal_to_liquor=(0.65, 0.95),
    measured_crystal=1.0,
)
"""Well-chosen conditions: fringes about a pixel wide, and a liquor whose salt makes it absorb more than the crystal, as
in most samples that have been measured (crystal over liquor 0.68, 0.87, 0.94, and once 1.06)."""


WIDE = ConditionPriors(
    photons=(1e3, 1e5),
    gain_drift=(2e-4, 1e-2),
    fresnel=7.0,
    missing_wedge=0.12,
    angles=(0.2, 0.35, 0.3, 0.15),
    crystal_to_liquor=(0.6, 1.35),
    measured_crystal=0.75,
)
"""What a network must have seen: poorer scans, crystals brighter than the liquor or hardly to be told from it."""


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
        Beam, detector and their faults.
    description : dict
        What was drawn, JSON values.
    """

    pixel_size_um: float
    indices: dict[Material, RefractiveIndex]
    harmonic_indices: dict[Material, RefractiveIndex]
    acquisition: Acquisition
    description: dict[str, Any]


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
    priors: ConditionPriors = TYPICAL,
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
        What the class "other" is in this sample: ``"salt"`` or bubbles of air.
    angles : int, optional
        Number of projections over 180°; drawn when left out.
    priors : ConditionPriors
        Ranges and chances.

    Returns
    -------
    Conditions
    """
    from ..xray import Acquisition, wavelength_um

    # The energy is chosen, as at a beamline, so that the sample neither blocks the beam nor vanishes in it.
    while True:
        energy = float(rng.uniform(2.5, 6.0) if rng.random() < 0.7 else rng.uniform(6.0, 18.0))
        indices, harmonic, description = _draw_materials(rng, energy, other, priors)
        depth = indices[Material.LIQUOR].attenuation_per_um(energy) * 0.5 * size * pixel_size_um
        if 0.12 < depth < 2.5:
            break
    if angles is None:
        # From sparse to the angular criterion (pi/2 columns) and beyond.
        angles = max(60, round(size * float(rng.choice([1.2, 1.6, 2.0, 2.5], p=priors.angles))))
    start = float(rng.uniform(-90, 90))
    wedge = float(rng.uniform(0, 25)) if rng.random() < priors.missing_wedge else 0.0
    positions = start + np.arange(angles) * (180.0 - wedge) / angles + rng.normal(0, 0.01, angles)
    # Beyond this distance fringes spread over so many pixels that nobody would measure there.
    farthest = priors.fresnel * pixel_size_um**2 / wavelength_um(energy) / 1000
    distance = min(log_uniform(rng, 2, 60), farthest)
    phase_contrast = bool(rng.random() > 0.08)
    third_harmonic = log_uniform(rng, 1e-4, 2e-2) if rng.random() < 0.4 else 0.0
    acquisition = Acquisition(
        energy_kev=energy,
        distance_mm=distance,
        pixel_size_um=pixel_size_um,
        angles_deg=positions,
        photons=log_uniform(rng, *priors.photons),
        read_noise=float(rng.uniform(1, 5)),
        psf_sigma_px=float(rng.uniform(0.4, 1.4)),
        psf_tail=float(rng.uniform(0, 0.06)),
        flats=int(rng.integers(10, 31)),
        darks=10,
        flat_structure=float(rng.uniform(0.05, 0.4)),
        flat_drift_px=float(rng.uniform(0, 2)) if rng.random() < 0.5 else 0.0,
        gain_drift=log_uniform(rng, *priors.gain_drift),
        column_gain_drift=log_uniform(rng, 2e-4, 5e-3) if rng.random() < 0.1 else 0.0,
        dead_fraction=log_uniform(rng, 1e-5, 3e-4),
        hot_fraction=log_uniform(rng, 1e-5, 3e-4),
        zinger_rate=log_uniform(rng, 1e-6, 1e-4),
        rotation_centre_offset_px=float(rng.normal(0, 0.5)),
        wobble_px=float(rng.uniform(0, 0.6)) if rng.random() < 0.3 else 0.0,
        intensity_drift=float(rng.uniform(0, 0.03)),
        third_harmonic=third_harmonic,
        propagation="auto" if phase_contrast else "absorption",
        # With two voxels a pixel this makes four samples; the scan's record says where that resolves every edge.
        finest_supersampling=2,
    )
    description |= {
        "energy_kev": energy,
        "distance_mm": distance,
        "angles": angles,
        "missing_wedge_deg": wedge,
        "photons": acquisition.photons,
        "phase_contrast": phase_contrast,
    }
    return Conditions(pixel_size_um, indices, harmonic, acquisition, description)


def _draw_materials(
    rng: np.random.Generator, energy_kev: float, other: str, priors: ConditionPriors
) -> tuple[dict[Material, RefractiveIndex], dict[Material, RefractiveIndex], dict[str, Any]]:
    from ..xray import RefractiveIndex, refractive_index
    from ..xray.substance import (
        ammonium_sulphate,
        kapton,
        nylon,
        peg_400,
        protein,
        protein_crystal,
        salt,
        sodium_chloride,
        water,
        with_glycerol,
    )

    liquor = (water, sodium_chloride, ammonium_sulphate, peg_400)[int(rng.integers(4))]()
    if rng.random() < 0.5:
        liquor = with_glycerol(liquor, float(rng.uniform(0.1, 0.35)))
    liquor = liquor.with_density(liquor.density_g_cm3 * float(rng.uniform(0.97, 1.03)))
    solvent_fraction = float(rng.uniform(0.3, 0.75))
    crystal = protein_crystal(protein(), liquor, solvent_fraction)
    mount = kapton() if rng.random() < 0.6 else nylon()
    substances = {Material.LIQUOR: liquor, Material.LOOP: mount, Material.CRYSTAL: crystal}
    if other == "salt":
        substances[Material.OTHER] = salt()

    # Real coefficients stray from those of pure recipes.
    scale = {material: 1.0 for material in substances}
    pure = {m: refractive_index(s, energy_kev) for m, s in substances.items()}
    for material, (low, high), share in (
        (Material.CRYSTAL, priors.crystal_to_liquor, priors.measured_crystal),
        (Material.LOOP, (0.7, 1.2), 0.6),
    ):
        if rng.random() < share:
            wanted = float(rng.uniform(low, high))
            scale[material] = wanted * pure[Material.LIQUOR].beta / pure[material].beta
    if other == "salt":
        wanted = float(rng.uniform(1.4, 5.0))
        scale[Material.OTHER] = wanted * pure[Material.LIQUOR].beta / pure[Material.OTHER].beta

    def at(energy: float) -> dict[Material, RefractiveIndex]:
        found = {m: refractive_index(s, energy) for m, s in substances.items()}
        scaled = {m: replace(index, beta=index.beta * scale[m]) for m, index in found.items()}
        return {Material.OTHER: RefractiveIndex(0.0, 0.0)} | scaled

    indices = at(energy_kev)
    description = {
        "liquor": liquor.name,
        "mount": mount.name,
        "solvent_fraction": solvent_fraction,
        "attenuation_per_um": {m.title: i.attenuation_per_um(energy_kev) for m, i in indices.items()},
    }
    return indices, at(3 * energy_kev), description


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """Draw a number whose logarithm is uniform between those of ``low`` and ``high``."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))
