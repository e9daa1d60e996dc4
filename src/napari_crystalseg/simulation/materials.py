"""What a sample may be made of: crystallisation liquors, protein, mounts, and what else is found in a drop."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..draws import log_uniform
from ..errors import InputError
from ..labels import Material
from .material_priors import OTHERS, MaterialPriors

if TYPE_CHECKING:
    from ..xray import LiquorRecipe, RefractiveIndex, Substance

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

# What round and what faceted bodies in a drop may be.
_SHAPED = {"bubbles": ("bubbles", "oil", "fluorinated oil"), "salt": ("salt", "ice")}


@dataclass(frozen=True)
class SampleMaterials:
    """Substance of each class, and how far its absorption strays from that of the pure recipe.

    Parameters
    ----------
    substances : dict of Material to Substance
        What fills each class; a class "other" that is left out is bubbles of air.
    absorption_scale : dict of Material to float
        Factor on the absorption (not the refraction) of a class: real samples dry, soak and are not known so well.
    solvent_fraction : float
        Part of the crystal that is liquor.
    description : dict
        What was drawn, JSON values.
    """

    substances: dict[Material, Substance]
    absorption_scale: dict[Material, float]
    solvent_fraction: float
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
    """Draw a precipitant at a usual concentration, half of the time with a buffer; text for ``LiquorRecipe.parse``."""
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
        Ranges and probabilities. By default liquors come from recipes; of every two crystals one has the absorption of
        its recipe, and one a ratio to the liquor of 0.6 to 1.35, of which some lie within 2 % of 1; protein has 0 to
        1.2 % sulphur atoms and the crystal 0.3 to 0.75 solvent.
    shape : str, optional
        Shape of the class "other", where it is known: ``"bubbles"`` may be air or an oil, ``"salt"`` salt or ice. With
        four liquors it is air or salt.

    Returns
    -------
    SampleMaterials

    Raises
    ------
    InputError
        The priors leave nothing that has this shape.
    """
    from ..xray import refractive_index
    from ..xray.substances.substance import kapton, nylon, protein_crystal

    priors = MaterialPriors() if priors is None else priors
    liquor, recipe = _draw_liquor(rng, priors)
    liquor = liquor.with_density(liquor.density_g_cm3 * float(rng.uniform(*priors.liquor_density)))
    sulphur = None if priors.sulphur_fraction is None else float(rng.uniform(*priors.sulphur_fraction))
    solvent_fraction = float(rng.uniform(*priors.solvent_fraction))
    mount = kapton() if rng.random() < priors.kapton else nylon()
    substances = {
        Material.LIQUOR: liquor,
        Material.LOOP: mount,
        Material.CRYSTAL: protein_crystal(_dry_protein(sulphur), liquor, solvent_fraction),
    }
    other, filling = _draw_other(rng, priors, shape) if has_other else ("none", None)
    if filling is not None:
        substances[Material.OTHER] = filling
    beta = {material: refractive_index(substance, energy_kev).beta for material, substance in substances.items()}
    ratios = _draw_ratios(rng, priors, other)
    scale = {m: ratio * beta[Material.LIQUOR] / beta[m] for m, ratio in ratios.items()}
    if recipe is None:
        description = _record_of_four(substances, solvent_fraction, scale)
    else:
        found = {m: beta[m] * scale.get(m, 1.0) for m in substances}
        description = {
            "liquor": recipe.to_dict() | {"density_g_cm3": round(liquor.density_g_cm3, 5)},
            "protein_sulphur_fraction": sulphur,
            "solvent_fraction": solvent_fraction,
            "mount": mount.name,
            "other": other,
            "absorption_scale": {m.title: s for m, s in scale.items()},
            "absorption_to_liquor": {m.title: b / found[Material.LIQUOR] for m, b in found.items()},
        }
    return SampleMaterials(substances, scale, solvent_fraction, description)


def _draw_liquor(rng: np.random.Generator, priors: MaterialPriors) -> tuple[Substance, LiquorRecipe | None]:
    """Draw a liquor, and its recipe where it has one."""
    from ..xray import LiquorRecipe
    from ..xray.substances.substance import ammonium_sulphate, peg_400, sodium_chloride, water, with_glycerol

    if priors.liquors == "four":
        liquor = (water, sodium_chloride, ammonium_sulphate, peg_400)[int(rng.integers(4))]()
        if rng.random() < priors.cryoprotected:
            liquor = with_glycerol(liquor, float(rng.uniform(0.1, 0.35)))
        return liquor, None
    recipe = LiquorRecipe.parse(draw_recipe(rng))
    if rng.random() < priors.cryoprotected:
        name = str(rng.choice(list(_CRYOPROTECTANTS)))
        recipe = recipe.cryoprotected(round(float(rng.uniform(*_CRYOPROTECTANTS[name])), 1), name)
    return recipe.substance(), recipe


def _dry_protein(sulphur_fraction: float | None) -> Substance:
    """Average protein with a share of sulphur atoms; lysozyme where none is given."""
    from ..xray import Protein
    from ..xray.substances.substance import protein

    if sulphur_fraction is None:
        return protein()
    atoms = _PROTEIN_ATOM_COUNT * sulphur_fraction / (1 - sulphur_fraction)
    return Protein("protein", f"{_PROTEIN_ATOMS}S{atoms:.3f}" if atoms >= 0.001 else _PROTEIN_ATOMS).dry()


def _draw_other(rng: np.random.Generator, priors: MaterialPriors, shape: str | None) -> tuple[str, Substance | None]:
    """Draw what a class "other" is, by name and as a substance; None of bubbles of air."""
    from ..xray.substances.substance import ice, paratone, perfluoropolyether, salt

    if priors.other is None:
        other = "salt" if shape == "salt" else "bubbles"
    else:
        other = str(rng.choice(OTHERS, p=_other_probabilities(priors.other, shape)))
    made = {"salt": salt, "ice": ice, "oil": paratone, "fluorinated oil": perfluoropolyether}
    return other, made[other]() if other in made else None


def _draw_ratios(rng: np.random.Generator, priors: MaterialPriors, other: str) -> dict[Material, float]:
    """Draw ratios of absorption to the liquor's, of those materials whose absorption is not left to the recipe."""
    ratios = {}
    if rng.random() < priors.measured_crystal:
        if priors.equal_contrast is None:
            ratios[Material.CRYSTAL] = float(rng.uniform(*priors.crystal_to_liquor))
        else:
            equal = rng.random() < priors.equal_contrast
            ratios[Material.CRYSTAL] = (
                float(rng.uniform(0.98, 1.02)) if equal else log_uniform(rng, *priors.crystal_to_liquor)
            )
    if rng.random() < priors.measured_mount:
        ratios[Material.LOOP] = float(rng.uniform(*priors.mount_to_liquor))
    if priors.salt_to_liquor is not None and other == "salt":
        ratios[Material.OTHER] = float(rng.uniform(*priors.salt_to_liquor))
    return ratios


def _record_of_four(
    substances: dict[Material, Substance], solvent_fraction: float, scale: dict[Material, float]
) -> dict[str, Any]:
    """What was drawn with four liquors, as manifests have had it since the first release."""
    liquor, crystal = substances[Material.LIQUOR], substances[Material.CRYSTAL]
    return {
        "liquor": {"name": liquor.name, "density_g_cm3": liquor.density_g_cm3},
        "crystal": {"name": crystal.name, "density_g_cm3": crystal.density_g_cm3, "solvent_fraction": solvent_fraction},
        "mount": substances[Material.LOOP].name,
        "absorption_scale": {m.title: scale.get(m, 1.0) for m in substances},
    }


def _other_probabilities(other: tuple[float, ...], shape: str | None) -> tuple[float, ...]:
    if shape is None:
        return other
    kept = [p if name in _SHAPED[shape] else 0.0 for name, p in zip(OTHERS, other, strict=True)]
    if not sum(kept):
        raise InputError(f"The sample has {shape}, but 'other' gives {' and '.join(_SHAPED[shape])} no probability.")
    return tuple(p / sum(kept) for p in kept)
