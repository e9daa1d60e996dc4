"""What a sample may be made of: crystallisation liquors, protein, mounts, and what else is found in a drop."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..labels import Material
from .conditions import log_uniform

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


def draw_materials(rng: np.random.Generator, energy_kev: float, has_other: bool) -> SampleMaterials:
    """Draw what a sample is made of.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every draw.
    energy_kev : float
        Photon energy, at which ratios of absorption are set, keV.
    has_other : bool
        Whether the sample has a class "other": bubbles, salt, ice or an oil.

    Returns
    -------
    SampleMaterials
        Of every two crystals one has the absorption of its recipe, and one a ratio to the liquor of 0.6 to 1.35, of
        which some lie within 2 % of 1. Protein has 0 to 1.2 % sulphur atoms and the crystal 0.3 to 0.75 solvent.
    """
    from ..xray import Protein, Recipe, refractive_index
    from ..xray.substance import ice, kapton, nylon, paratone, perfluoropolyether, salt

    recipe = Recipe.parse(draw_recipe(rng))
    if rng.random() < 0.5:
        name = str(rng.choice(list(_CRYOPROTECTANTS)))
        recipe = recipe.cryoprotected(round(float(rng.uniform(*_CRYOPROTECTANTS[name])), 1), name)
    liquor = recipe.substance()
    liquor = liquor.with_density(liquor.density_g_cm3 * float(rng.uniform(0.97, 1.03)))
    sulphur = float(rng.uniform(0.0, 0.012))
    atoms = _PROTEIN_ATOM_COUNT * sulphur / (1 - sulphur)
    dry = Protein("protein", f"{_PROTEIN_ATOMS}S{atoms:.3f}" if atoms >= 0.001 else _PROTEIN_ATOMS)
    solvent_fraction = float(rng.uniform(0.3, 0.75))
    mount = kapton() if rng.random() < 0.6 else nylon()
    substances = {
        Material.LIQUOR: liquor,
        Material.LOOP: mount,
        Material.CRYSTAL: dry.crystal(liquor, solvent_fraction),
    }
    other = "none"
    if has_other:
        other = str(rng.choice(["bubbles", "salt", "ice", "oil", "fluorinated oil"], p=[0.45, 0.25, 0.1, 0.1, 0.1]))
        made = {"salt": salt, "ice": ice, "oil": paratone, "fluorinated oil": perfluoropolyether}
        if other in made:
            substances[Material.OTHER] = made[other]()
    beta = {material: refractive_index(substance, energy_kev).beta for material, substance in substances.items()}
    scale: dict[Material, float] = {}
    if rng.random() < 0.5:
        ratio = float(rng.uniform(0.98, 1.02)) if rng.random() < 0.2 else log_uniform(rng, 0.6, 1.35)
        scale[Material.CRYSTAL] = ratio * beta[Material.LIQUOR] / beta[Material.CRYSTAL]
    if rng.random() < 0.5:
        scale[Material.LOOP] = float(rng.uniform(0.7, 1.2)) * beta[Material.LIQUOR] / beta[Material.LOOP]
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
