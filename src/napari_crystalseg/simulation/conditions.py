"""Random conditions of a simulated scan: materials, energy, geometry and detector.

The ranges are those in which long-wavelength beamlines work, widened where instruments differ. The coefficients of
crystal, liquor and mount have no fixed order in real data: the wide ranges have none, the typical ones the commonest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..checks import checked_chances, checked_number, checked_range
from ..draws import log_uniform
from ..errors import InputError
from ..labels import Material

if TYPE_CHECKING:
    from ..xray import Acquisition, RefractiveIndex
    from .materials import MaterialPriors

_ANGLES_A_COLUMN = (1.2, 1.6, 2.0, 2.5)
# An energy that suits is found within a few draws, unless the priors have none.
_TRIES = 10_000


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
        Chance that some of the angles are missing.
    angles : tuple of float
        Chances of 1.2, 1.6, 2.0 and 2.5 projections a detector column.
    crystal_to_liquor : (float, float)
        Ratio of the linear attenuation coefficients, where it is drawn rather than left to the recipes.
    measured_crystal : float
        Chance that it is drawn.
    mount_to_liquor : (float, float)
        The same ratio of the mount.
    measured_mount : float
        Chance that it is drawn.
    salt_to_liquor : (float, float)
        The same ratio of salt, always drawn.
    solvent_fraction : (float, float)
        Part of the crystal that is liquor.
    liquor_density : (float, float)
        Factor on the density of the liquor's recipe.
    glycerol, kapton : float
        Chances that the liquor holds 10 to 35 % glycerol, and that the mount is Kapton rather than nylon.
    energy_kev : (float, float)
        Photon energies of a long-wavelength beamline, keV.
    long_wavelength : float
        Chance of these.
    hard_energy_kev : (float, float)
        Photon energies else, keV.
    liquor_depth : (float, float)
        Energies at which half the field of liquor is not so many absorption lengths deep are drawn again.
    distance_mm : (float, float)
        From sample to detector, mm; log-uniform, and bounded by ``fresnel``.
    contact : float
        Chance of a distance of 0.
    absorption_only : float
        Chance that no fringes are formed.
    wedge_deg : (float, float)
        How much is missing then, degrees.
    angle_jitter_deg : float
        Standard deviation of the positions about equal steps, degrees.
    tilt_deg : (float, float)
        Lean of the rotation axis along the beam, degrees, either way.
    rotation_centre_px : float
        Standard deviation of the axis' place about the middle column, px.
    wobble : float
        Chance that the axis wobbles.
    wobble_px : (float, float)
        By how much, px.
    read_noise : (float, float)
        Standard deviation, counts.
    twelve_bit : float
        Chance of a detector with 12 bits instead of 16.
    psf_sigma_px, psf_tail : (float, float)
        Core of the point spread, px, and fraction of the light in its tail.
    flats : (float, float)
        Number of flat frames, whole numbers.
    flat_structure : (float, float)
        Relative standard deviation of the beam over the frame.
    flat_drift : float
        Chance that the beam moves between flats and scan.
    flat_drift_px : (float, float)
        By how much, px.
    column_gain : float
        Chance that whole columns drift.
    column_gain_drift : (float, float)
        By how much; log-uniform.
    dead_fraction, hot_fraction, zinger_rate : (float, float)
        Fractions of dead and of hot pixels, stray hits a pixel and frame; log-uniform.
    intensity_drift : (float, float)
        Fraction of the beam lost by the end of the scan.
    harmonic : float
        Chance of a third harmonic.
    third_harmonic : (float, float)
        Its fraction of the photons; log-uniform.
    """

    photons: tuple[float, float]
    gain_drift: tuple[float, float]
    fresnel: float
    missing_wedge: float
    angles: tuple[float, float, float, float]
    crystal_to_liquor: tuple[float, float]
    measured_crystal: float
    mount_to_liquor: tuple[float, float] = (0.7, 1.2)
    measured_mount: float = 0.6
    salt_to_liquor: tuple[float, float] = (1.4, 5.0)
    solvent_fraction: tuple[float, float] = (0.3, 0.75)
    liquor_density: tuple[float, float] = (0.97, 1.03)
    glycerol: float = 0.5
    kapton: float = 0.6
    energy_kev: tuple[float, float] = (2.5, 6.0)
    long_wavelength: float = 0.7
    hard_energy_kev: tuple[float, float] = (6.0, 18.0)
    liquor_depth: tuple[float, float] = (0.12, 2.5)
    distance_mm: tuple[float, float] = (2.0, 60.0)
    contact: float = 0.0
    absorption_only: float = 0.08
    wedge_deg: tuple[float, float] = (0.0, 25.0)
    angle_jitter_deg: float = 0.01
    tilt_deg: tuple[float, float] = (0.0, 0.0)
    rotation_centre_px: float = 0.5
    wobble: float = 0.3
    wobble_px: tuple[float, float] = (0.0, 0.6)
    read_noise: tuple[float, float] = (1.0, 5.0)
    twelve_bit: float = 0.0
    psf_sigma_px: tuple[float, float] = (0.4, 1.4)
    psf_tail: tuple[float, float] = (0.0, 0.06)
    flats: tuple[float, float] = (10, 30)
    flat_structure: tuple[float, float] = (0.05, 0.4)
    flat_drift: float = 0.5
    flat_drift_px: tuple[float, float] = (0.0, 2.0)
    column_gain: float = 0.1
    column_gain_drift: tuple[float, float] = (2e-4, 5e-3)
    dead_fraction: tuple[float, float] = (1e-5, 3e-4)
    hot_fraction: tuple[float, float] = (1e-5, 3e-4)
    zinger_rate: tuple[float, float] = (1e-6, 1e-4)
    intensity_drift: tuple[float, float] = (0.0, 0.03)
    harmonic: float = 0.4
    third_harmonic: tuple[float, float] = (1e-4, 2e-2)

    def __post_init__(self) -> None:
        checked: dict[str, Any] = {
            "angles": checked_chances(self.angles, "angles", tuple(f"{n} a column" for n in _ANGLES_A_COLUMN))
        }
        chances = (
            "missing_wedge measured_crystal measured_mount glycerol kapton long_wavelength contact absorption_only"
        )
        for name in f"{chances} wobble twelve_bit flat_drift column_gain harmonic".split():
            checked[name] = checked_number(getattr(self, name), name, 0.0, 1.0)
        for name in ("fresnel", "angle_jitter_deg", "rotation_centre_px"):
            checked[name] = checked_number(getattr(self, name), name, 1e-6 if name == "fresnel" else 0.0)
        # Logarithms are drawn uniformly, or no physics is left: nothing of these is zero.
        positive = "photons crystal_to_liquor mount_to_liquor salt_to_liquor liquor_density distance_mm psf_sigma_px"
        for name in positive.split():
            checked[name] = checked_range(getattr(self, name), name, 1e-6)
        for name in ("energy_kev", "hard_energy_kev"):
            # The third harmonic must lie within the tables, too.
            checked[name] = checked_range(getattr(self, name), name, 1.0, 30.0)
        fractions = "gain_drift column_gain_drift dead_fraction hot_fraction zinger_rate third_harmonic"
        for name in fractions.split():
            checked[name] = checked_range(getattr(self, name), name, 1e-12, 0.99)
        for name in ("psf_tail", "flat_structure", "intensity_drift", "tilt_deg"):
            checked[name] = checked_range(getattr(self, name), name, 0.0, 0.99)
        checked["solvent_fraction"] = checked_range(self.solvent_fraction, "solvent_fraction", 0.05, 0.95)
        checked["wedge_deg"] = checked_range(self.wedge_deg, "wedge_deg", 0.0, 170.0)
        checked["flats"] = checked_range(self.flats, "flats", 1.0)
        for name in ("liquor_depth", "wobble_px", "read_noise", "flat_drift_px"):
            checked[name] = checked_range(getattr(self, name), name)
        for name, value in checked.items():
            object.__setattr__(self, name, value)


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
    photons=(5e2, 1e5),
    gain_drift=(2e-4, 1.5e-2),
    fresnel=9.0,
    missing_wedge=0.12,
    angles=(0.2, 0.35, 0.3, 0.15),
    crystal_to_liquor=(0.6, 1.35),
    measured_crystal=0.75,
    mount_to_liquor=(0.3, 1.3),
    column_gain_drift=(2e-4, 1.5e-2),
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
    priors: ConditionPriors = TYPICAL,
    recipes: MaterialPriors | None = None,
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
    recipes : MaterialPriors, optional
        Draw the materials from recipes of crystallisation with these, instead of from four liquors.

    Returns
    -------
    Conditions

    Raises
    ------
    InputError
        No energy within the ranges suits the field.
    """
    from ..xray import Acquisition, wavelength_um

    # The energy is chosen, as at a beamline, so that the sample neither blocks the beam nor vanishes in it.
    for _ in range(_TRIES):
        energy = float(
            rng.uniform(*priors.energy_kev)
            if rng.random() < priors.long_wavelength
            else rng.uniform(*priors.hard_energy_kev)
        )
        if recipes is None:
            indices, harmonic, description, materials = _draw_materials(rng, energy, other, priors)
        else:
            indices, harmonic, description, materials = _draw_recipes(rng, energy, other, recipes)
        depth = indices[Material.LIQUOR].attenuation_per_um(energy) * 0.5 * size * pixel_size_um
        if priors.liquor_depth[0] < depth < priors.liquor_depth[1]:
            break
    else:
        raise InputError(
            f"Of {_TRIES} energies none gave half a field of {size * pixel_size_um:.4g} µm of liquor a depth of "
            f"{priors.liquor_depth[0]:g} to {priors.liquor_depth[1]:g} absorption lengths; widen liquor_depth or the "
            "energies."
        )
    if angles is None:
        # From sparse to the angular criterion (pi/2 columns) and beyond.
        angles = max(60, round(size * float(rng.choice(_ANGLES_A_COLUMN, p=priors.angles))))
    start = float(rng.uniform(-90, 90))
    wedge = float(rng.uniform(*priors.wedge_deg)) if rng.random() < priors.missing_wedge else 0.0
    positions = start + np.arange(angles) * (180.0 - wedge) / angles
    positions = positions + rng.normal(0, priors.angle_jitter_deg, angles)
    # Beyond this distance fringes spread over so many pixels that nobody would measure there.
    farthest = priors.fresnel * pixel_size_um**2 / wavelength_um(energy) / 1000
    distance = min(log_uniform(rng, *priors.distance_mm), farthest)
    phase_contrast = bool(rng.random() > priors.absorption_only)
    third_harmonic = log_uniform(rng, *priors.third_harmonic) if rng.random() < priors.harmonic else 0.0
    acquisition = Acquisition(
        energy_kev=energy,
        distance_mm=distance,
        pixel_size_um=pixel_size_um,
        angles_deg=positions,
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
    acquisition = _with_rarer_faults(rng, acquisition, priors)
    description |= {
        "energy_kev": energy,
        "distance_mm": acquisition.distance_mm,
        "angles": angles,
        "missing_wedge_deg": wedge,
        "photons": acquisition.photons,
        "phase_contrast": phase_contrast,
    }
    return Conditions(pixel_size_um, indices, harmonic, acquisition, description, materials)


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


def _draw_recipes(
    rng: np.random.Generator, energy_kev: float, other: str, recipes: MaterialPriors
) -> tuple[dict[Material, RefractiveIndex], dict[Material, RefractiveIndex], dict[str, Any], dict[str, Any]]:
    from .materials import draw_materials

    drawn = draw_materials(rng, energy_kev, other != "none", recipes, other if other in ("bubbles", "salt") else None)
    indices = drawn.indices(energy_kev)
    description = {
        "liquor": drawn.substances[Material.LIQUOR].name,
        "mount": drawn.substances[Material.LOOP].name,
        "solvent_fraction": drawn.description["solvent_fraction"],
        "attenuation_per_um": {m.title: i.attenuation_per_um(energy_kev) for m, i in indices.items()},
    }
    return indices, drawn.indices(3 * energy_kev), description, drawn.description


def _draw_materials(
    rng: np.random.Generator, energy_kev: float, other: str, priors: ConditionPriors
) -> tuple[dict[Material, RefractiveIndex], dict[Material, RefractiveIndex], dict[str, Any], dict[str, Any]]:
    from ..xray import RefractiveIndex, refractive_index
    from ..xray.substances.substance import (
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
    if rng.random() < priors.glycerol:
        liquor = with_glycerol(liquor, float(rng.uniform(0.1, 0.35)))
    liquor = liquor.with_density(liquor.density_g_cm3 * float(rng.uniform(*priors.liquor_density)))
    solvent_fraction = float(rng.uniform(*priors.solvent_fraction))
    crystal = protein_crystal(protein(), liquor, solvent_fraction)
    mount = kapton() if rng.random() < priors.kapton else nylon()
    substances = {Material.LIQUOR: liquor, Material.LOOP: mount, Material.CRYSTAL: crystal}
    if other == "salt":
        substances[Material.OTHER] = salt()

    # Real coefficients stray from those of pure recipes.
    scale = {material: 1.0 for material in substances}
    pure = {m: refractive_index(s, energy_kev) for m, s in substances.items()}
    for material, (low, high), share in (
        (Material.CRYSTAL, priors.crystal_to_liquor, priors.measured_crystal),
        (Material.LOOP, priors.mount_to_liquor, priors.measured_mount),
    ):
        if rng.random() < share:
            wanted = float(rng.uniform(low, high))
            scale[material] = wanted * pure[Material.LIQUOR].beta / pure[material].beta
    if other == "salt":
        wanted = float(rng.uniform(*priors.salt_to_liquor))
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
    materials = {
        "liquor": {"name": liquor.name, "density_g_cm3": liquor.density_g_cm3},
        "crystal": {"name": crystal.name, "density_g_cm3": crystal.density_g_cm3, "solvent_fraction": solvent_fraction},
        "mount": mount.name,
        "absorption_scale": {m.title: s for m, s in scale.items()},
    }
    return indices, at(3 * energy_kev), description, materials
