"""What a sample may be made of: crystallisation liquors, protein, mounts, and what else is found in a drop."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..checks import checked_chances, checked_number, checked_range
from ..draws import log_uniform
from ..errors import InputError
from ..labels import Material

if TYPE_CHECKING:
    from ..xray import RefractiveIndex, Substance

# Carbon, hydrogen, nitrogen and oxygen of an average protein; the sulphur is drawn.
_PROTEIN_ATOMS = "C613H959N193O185"
_PROTEIN_ATOM_COUNT = 1950

# Cryoprotectants and their usual shares, % v/v.
_CRYOPROTECTANTS = {
    "glycerol": (10.0, 35.0),
    "ethylene glycol": (10.0, 35.0),
    "MPD": (5.0, 30.0),
    "PEG 400": (5.0, 30.0),
}

_OTHERS = ("bubbles", "salt", "ice", "oil", "fluorinated oil")
# What round and what faceted bodies in a drop may be.
_SHAPED = {"bubbles": ("bubbles", "oil", "fluorinated oil"), "salt": ("salt", "ice")}


@dataclass(frozen=True)
class MaterialPriors:
    """Ranges and chances that materials are drawn from.

    Parameters
    ----------
    cryoprotected, kapton : float
        Chances that the liquor holds a cryoprotectant, and that the mount is Kapton rather than nylon.
    liquor_density : (float, float)
        Factor on the density of the liquor's recipe.
    sulphur_fraction : (float, float)
        Share of the protein's atoms that are sulphur.
    solvent_fraction : (float, float)
        Part of the crystal that is liquor.
    other : tuple of float
        Chances that a class "other" is bubbles of air, salt, ice, oil, and fluorinated oil.
    measured_crystal : float
        Chance that the crystal's absorption is drawn in units of the liquor's, rather than left to the recipe.
    crystal_to_liquor : (float, float)
        Range of that ratio; log-uniform.
    equal_contrast : float
        Chance that it lies between 0.98 and 1.02 instead.
    measured_mount : float
        Chance that the mount's absorption is drawn in units of the liquor's.
    mount_to_liquor : (float, float)
        Range of that ratio.
    """

    cryoprotected: float = 0.5
    kapton: float = 0.6
    liquor_density: tuple[float, float] = (0.97, 1.03)
    sulphur_fraction: tuple[float, float] = (0.0, 0.012)
    solvent_fraction: tuple[float, float] = (0.3, 0.75)
    other: tuple[float, float, float, float, float] = (0.45, 0.25, 0.1, 0.1, 0.1)
    measured_crystal: float = 0.5
    crystal_to_liquor: tuple[float, float] = (0.6, 1.35)
    equal_contrast: float = 0.2
    measured_mount: float = 0.5
    mount_to_liquor: tuple[float, float] = (0.7, 1.2)

    def __post_init__(self) -> None:
        checked: dict[str, Any] = {
            "other": checked_chances(self.other, "other", _OTHERS),
            "sulphur_fraction": checked_range(self.sulphur_fraction, "sulphur_fraction", 0.0, 0.2),
            "solvent_fraction": checked_range(self.solvent_fraction, "solvent_fraction", 0.05, 0.95),
        }
        for name in ("cryoprotected", "kapton", "measured_crystal", "equal_contrast", "measured_mount"):
            checked[name] = checked_number(getattr(self, name), name, 0.0, 1.0)
        for name in ("liquor_density", "crystal_to_liquor", "mount_to_liquor"):
            checked[name] = checked_range(getattr(self, name), name, 1e-6)
        for name, value in checked.items():
            object.__setattr__(self, name, value)


@dataclass(frozen=True)
class SampleMaterials:
    """Substance of each class, and how far its absorption strays from that of the pure recipe.

    Parameters
    ----------
    substances : dict of Material to Substance
        What fills each class; a class "other" that is left out is bubbles of air.
    absorption_scale : dict of Material to float
        Factor on the absorption (not the refraction) of a class: real samples dry, soak and are not known so well.
    description : dict
        What was drawn, JSON values.
    """

    substances: dict[Material, Substance]
    absorption_scale: dict[Material, float]
    description: dict[str, Any]

    def indices(self, energy_kev: float) -> dict[Material, RefractiveIndex]:
        """Refractive index of each class at an energy, keV."""
        from ..xray import RefractiveIndex, refractive_index

        found = {Material.OTHER: RefractiveIndex(0.0, 0.0)}
        for material, substance in self.substances.items():
            index = refractive_index(substance, energy_kev)
            found[material] = replace(index, beta=index.beta * self.absorption_scale.get(material, 1.0))
        return found


def draw_recipe(rng: np.random.Generator) -> str:
    """Draw a precipitant at a usual concentration, half of the time with a buffer; text for ``Recipe.parse``."""
    low, high, unit, name = (
        (0.8, 3.0, "M", "ammonium sulphate"),
        (0.2, 2.5, "M", "NaCl"),
        (0.6, 1.4, "M", "sodium citrate"),
        (0.8, 2.4, "M", "sodium malonate"),
        (10, 30, "% w/v", "PEG 3350"),
        (10, 25, "% w/v", "PEG 8000"),
        (15, 40, "% v/v", "PEG 400"),
        (15, 50, "% v/v", "MPD"),
    )[int(rng.integers(8))]
    parts = [f"{rng.uniform(low, high):.3g} {unit} {name}"]
    if unit != "M":
        salt = str(rng.choice(["NaCl", "ammonium sulphate", "potassium thiocyanate", "calcium chloride"]))
        parts.append(f"{rng.uniform(0.05, 0.4):.3g} M {salt}")
    if rng.random() < 0.5:
        parts.append(f"0.1 M {rng.choice(['HEPES', 'Tris', 'sodium acetate'])}")
    return ", ".join(parts)


def draw_materials(
    rng: np.random.Generator,
    energy_kev: float,
    has_other: bool,
    priors: MaterialPriors | None = None,
    shape: str | None = None,
) -> SampleMaterials:
    """Draw what a sample is made of.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every draw.
    energy_kev : float
        Photon energy, at which ratios of absorption are set, keV.
    has_other : bool
        Whether the sample has a class "other": bubbles, salt, ice or an oil.
    priors : MaterialPriors, optional
        Ranges and chances. By default of every two crystals one has the absorption of its recipe, and one a ratio to
        the liquor of 0.6 to 1.35, of which some lie within 2 % of 1; protein has 0 to 1.2 % sulphur atoms and the
        crystal 0.3 to 0.75 solvent.
    shape : str, optional
        Shape of the class "other", where it is known: ``"bubbles"`` may be air or an oil, ``"salt"`` salt or ice.

    Returns
    -------
    SampleMaterials

    Raises
    ------
    InputError
        The priors leave nothing that has this shape.
    """
    from ..xray import Protein, Recipe, refractive_index
    from ..xray.substances.substance import ice, kapton, nylon, paratone, perfluoropolyether, salt

    priors = MaterialPriors() if priors is None else priors
    recipe = Recipe.parse(draw_recipe(rng))
    if rng.random() < priors.cryoprotected:
        name = str(rng.choice(list(_CRYOPROTECTANTS)))
        recipe = recipe.cryoprotected(round(float(rng.uniform(*_CRYOPROTECTANTS[name])), 1), name)
    liquor = recipe.substance()
    liquor = liquor.with_density(liquor.density_g_cm3 * float(rng.uniform(*priors.liquor_density)))
    sulphur = float(rng.uniform(*priors.sulphur_fraction))
    atoms = _PROTEIN_ATOM_COUNT * sulphur / (1 - sulphur)
    dry = Protein("protein", f"{_PROTEIN_ATOMS}S{atoms:.3f}" if atoms >= 0.001 else _PROTEIN_ATOMS)
    solvent_fraction = float(rng.uniform(*priors.solvent_fraction))
    mount = kapton() if rng.random() < priors.kapton else nylon()
    substances = {
        Material.LIQUOR: liquor,
        Material.LOOP: mount,
        Material.CRYSTAL: dry.crystal(liquor, solvent_fraction),
    }
    other = "none"
    if has_other:
        other = str(rng.choice(_OTHERS, p=_other_chances(priors, shape)))
        made = {"salt": salt, "ice": ice, "oil": paratone, "fluorinated oil": perfluoropolyether}
        if other in made:
            substances[Material.OTHER] = made[other]()
    beta = {material: refractive_index(substance, energy_kev).beta for material, substance in substances.items()}
    scale: dict[Material, float] = {}
    if rng.random() < priors.measured_crystal:
        equal = rng.random() < priors.equal_contrast
        ratio = float(rng.uniform(0.98, 1.02)) if equal else log_uniform(rng, *priors.crystal_to_liquor)
        scale[Material.CRYSTAL] = ratio * beta[Material.LIQUOR] / beta[Material.CRYSTAL]
    if rng.random() < priors.measured_mount:
        scale[Material.LOOP] = float(rng.uniform(*priors.mount_to_liquor)) * beta[Material.LIQUOR] / beta[Material.LOOP]
    found = {m: beta[m] * scale.get(m, 1.0) for m in substances}
    description: dict[str, Any] = {
        "liquor": recipe.to_dict() | {"density_g_cm3": round(liquor.density_g_cm3, 5)},
        "protein_sulphur_fraction": sulphur,
        "solvent_fraction": solvent_fraction,
        "mount": mount.name,
        "other": other,
        "absorption_scale": {m.title: s for m, s in scale.items()},
        "absorption_to_liquor": {m.title: b / found[Material.LIQUOR] for m, b in found.items()},
    }
    return SampleMaterials(substances, scale, description)


def _other_chances(priors: MaterialPriors, shape: str | None) -> tuple[float, ...]:
    if shape is None:
        return priors.other
    kept = [p if name in _SHAPED[shape] else 0.0 for name, p in zip(_OTHERS, priors.other, strict=True)]
    if not sum(kept):
        raise InputError(f"The sample has {shape}, but {' and '.join(_SHAPED[shape])} have no chance in 'other'.")
    return tuple(p / sum(kept) for p in kept)
