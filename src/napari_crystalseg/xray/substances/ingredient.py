"""Ingredients of crystallisation liquors: formula, and the volume they take in water."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType

from ...errors import InputError

# Charge and partial molar volume at infinite dilution, 25 °C, cm³/mol, on the scale on which H+ has none (Millero,
# Chem. Rev. 71 (1971) 147); of the carboxylates from those of their acids, less 11 for each proton lost.
IONS: MappingProxyType[str, tuple[int, float]] = MappingProxyType(
    {
        "Li": (1, -0.9),
        "Na": (1, -1.2),
        "K": (1, 9.0),
        "Cs": (1, 21.3),
        "NH4": (1, 17.9),
        "Mg": (2, -21.2),
        "Ca": (2, -17.9),
        "Zn": (2, -21.6),
        "Cl": (-1, 17.8),
        "Br": (-1, 24.7),
        "I": (-1, 36.2),
        "NO3": (-1, 29.0),
        "SCN": (-1, 35.7),
        "SO4": (-2, 14.0),
        "H2PO4": (-1, 29.1),
        "HPO4": (-2, 7.3),
        "formate": (-1, 26.2),
        "acetate": (-1, 40.5),
        "malonate": (-2, 45.0),
        "tartrate": (-2, 62.0),
        "citrate": (-3, 72.0),
    }
)

# Limiting slope of the molar volume of a 1:1 electrolyte against the root of its concentration (Redlich & Meyer 1964).
_REDLICH = 1.868
# Salts of divalent cations swell less than that: fitted to the densities of MgCl2 and CaCl2, 10 and 20 % by mass.
_DIVALENT_DAMPING = 0.22


@dataclass(frozen=True)
class Ingredient:
    """What is dissolved in water to make a liquor.

    Parameters
    ----------
    name : str
        Name in recipes.
    formula : str
        Chemical formula.
    ions : tuple of (str, int)
        Ions of a salt, keys of :data:`IONS`, and how many of each; empty for what stays whole.
    specific_volume_cm3_g : float or None
        Apparent specific volume in water of what stays whole, at the concentrations of crystallisation, cm³/g.
    pure_density_g_cm3 : float or None
        Density of the pure liquid, by which ``% v/v`` is counted; None for solids.
    """

    name: str
    formula: str
    ions: tuple[tuple[str, int], ...] = ()
    specific_volume_cm3_g: float | None = None
    pure_density_g_cm3: float | None = None

    @property
    def molar_mass_g(self) -> float:
        """Mass of a mole, g."""
        import xraylib

        return float(xraylib.CompoundParser(self.formula)["molarMass"])

    @property
    def charge_factor(self) -> float:
        """Ionic strength of a solution with one mole in a litre, mol/l."""
        return 0.5 * sum(count * IONS[ion][0] ** 2 for ion, count in self.ions)

    def apparent_volume_cm3_g(self, ionic_strength: float) -> float:
        """Volume by which a gram swells a solution of an ionic strength (mol/l), cm³.

        For a salt φ = Σ φ°(ion) + 1.868 ω √I, with ω its ionic strength a mole: the limiting law of Debye and Hückel in
        the form of Redlich & Meyer (Chem. Rev. 64 (1964) 221), damped for divalent cations. The densities that follow
        are within 1 % of tables up to 4 mol/l of ammonium sulphate.
        """
        if self.specific_volume_cm3_g is not None:
            return self.specific_volume_cm3_g
        molar = sum(count * IONS[ion][1] for ion, count in self.ions)
        root = ionic_strength**0.5
        if any(IONS[ion][0] == 2 for ion, _ in self.ions):
            root /= 1 + _DIVALENT_DAMPING * root
        volume_cm3_g: float = (molar + _REDLICH * self.charge_factor * root) / self.molar_mass_g
        return volume_cm3_g


def _salt(name: str, formula: str, **ions: int) -> Ingredient:
    return Ingredient(name, formula, tuple(ions.items()))


# Apparent specific volumes: partial molar volumes in water at 25 °C over the molar mass.
_INGREDIENTS = (
    _salt("sodium chloride", "NaCl", Na=1, Cl=1),
    _salt("potassium chloride", "KCl", K=1, Cl=1),
    _salt("lithium chloride", "LiCl", Li=1, Cl=1),
    _salt("ammonium chloride", "NH4Cl", NH4=1, Cl=1),
    _salt("caesium chloride", "CsCl", Cs=1, Cl=1),
    _salt("magnesium chloride", "MgCl2", Mg=1, Cl=2),
    _salt("calcium chloride", "CaCl2", Ca=1, Cl=2),
    _salt("zinc chloride", "ZnCl2", Zn=1, Cl=2),
    _salt("sodium bromide", "NaBr", Na=1, Br=1),
    _salt("sodium iodide", "NaI", Na=1, I=1),
    _salt("potassium iodide", "KI", K=1, I=1),
    _salt("sodium nitrate", "NaNO3", Na=1, NO3=1),
    _salt("ammonium nitrate", "NH4NO3", NH4=1, NO3=1),
    _salt("potassium thiocyanate", "KSCN", K=1, SCN=1),
    _salt("ammonium sulphate", "(NH4)2SO4", NH4=2, SO4=1),
    _salt("lithium sulphate", "Li2SO4", Li=2, SO4=1),
    _salt("sodium sulphate", "Na2SO4", Na=2, SO4=1),
    _salt("magnesium sulphate", "MgSO4", Mg=1, SO4=1),
    _salt("sodium dihydrogen phosphate", "NaH2PO4", Na=1, H2PO4=1),
    _salt("potassium dihydrogen phosphate", "KH2PO4", K=1, H2PO4=1),
    _salt("ammonium dihydrogen phosphate", "NH4H2PO4", NH4=1, H2PO4=1),
    _salt("disodium hydrogen phosphate", "Na2HPO4", Na=2, HPO4=1),
    _salt("dipotassium hydrogen phosphate", "K2HPO4", K=2, HPO4=1),
    _salt("sodium formate", "NaCHO2", Na=1, formate=1),
    _salt("sodium acetate", "NaC2H3O2", Na=1, acetate=1),
    _salt("ammonium acetate", "NH4C2H3O2", NH4=1, acetate=1),
    _salt("sodium malonate", "Na2C3H2O4", Na=2, malonate=1),
    _salt("sodium tartrate", "Na2C4H4O6", Na=2, tartrate=1),
    _salt("potassium sodium tartrate", "KNaC4H4O6", K=1, Na=1, tartrate=1),
    _salt("sodium citrate", "Na3C6H5O7", Na=3, citrate=1),
    Ingredient("MPD", "C6H14O2", (), 1.02, 0.922),
    Ingredient("glycerol", "C3H8O3", (), 0.772, 1.261),
    Ingredient("ethylene glycol", "C2H6O2", (), 0.885, 1.110),
    Ingredient("propylene glycol", "C3H8O2", (), 0.935, 1.033),
    Ingredient("isopropanol", "C3H8O", (), 1.20, 0.781),
    Ingredient("ethanol", "C2H6O", (), 1.19, 0.785),
    Ingredient("DMSO", "C2H6OS", (), 0.885, 1.096),
    Ingredient("sucrose", "C12H22O11", (), 0.620),
    Ingredient("trehalose", "C12H22O11", (), 0.612),
    Ingredient("glucose", "C6H12O6", (), 0.625),
    Ingredient("imidazole", "C3H4N2", (), 0.90),
    Ingredient("Tris", "C4H11NO3", (), 0.742),
    Ingredient("HEPES", "C8H18N2O4S", (), 0.645),
)

INGREDIENTS: MappingProxyType[str, Ingredient] = MappingProxyType({i.name.lower(): i for i in _INGREDIENTS})
"""Every ingredient but the polyethylene glycols, by its name in lower case."""

_OTHER_NAMES = {formula.formula.lower(): formula.name.lower() for formula in _INGREDIENTS if formula.ions} | {
    "2-methyl-2,4-pentanediol": "mpd",
    "hexylene glycol": "mpd",
    "eg": "ethylene glycol",
    "2-propanol": "isopropanol",
    "dimethyl sulphoxide": "dmso",
    "tri-sodium citrate": "sodium citrate",
    "trisodium citrate": "sodium citrate",
    "rochelle salt": "potassium sodium tartrate",
    "cesium chloride": "caesium chloride",
}

_PEG = re.compile(r"(?:peg|polyethylene glycol)[\s-]*(?:(mme|monomethyl ether)[\s-]*)?(\d+(?:\.\d+)?)(\s*k)?")
_OXYETHYLENE_G = 44.053


def ingredient(name: str) -> Ingredient:
    """Find an ingredient by its name, its formula or, for PEG, its mean molar mass (``"PEG 400"``, ``"PEG MME 2000"``).

    Raises
    ------
    InputError
        Nothing of that name is known; the text lists what is.
    """
    key = " ".join(name.lower().replace("sulf", "sulph").split())
    key = _OTHER_NAMES.get(key, key)
    if key in INGREDIENTS:
        return INGREDIENTS[key]
    peg = _PEG.fullmatch(key)
    if peg:
        return _peg(float(peg[2]) * (1000 if peg[3] else 1), bool(peg[1]))
    known = ", ".join(i.name for i in _INGREDIENTS)
    raise InputError(f"{name!r} is not an ingredient that is known. Known are {known}, and PEG with its molar mass.")


def _peg(molar_mass_g: float, ether: bool) -> Ingredient:
    if not 100 <= molar_mass_g <= 1e5:
        raise InputError(f"PEG has a mean molar mass of 100 to 100 000 g/mol, not {molar_mass_g:g}.")
    # HO(CH2CH2O)nH; its monomethyl ether has a CH2 more. Chains up to about 600 g/mol are liquid.
    repeats = (molar_mass_g - (32.042 if ether else 18.015)) / _OXYETHYLENE_G
    carbon, hydrogen, oxygen = 2 * repeats + ether, 4 * repeats + 2 + 2 * ether, repeats + 1
    liquid = molar_mass_g <= 600
    return Ingredient(
        f"PEG {'MME ' if ether else ''}{molar_mass_g:g}",
        f"C{carbon:.4f}H{hydrogen:.4f}O{oxygen:.4f}",
        (),
        0.845 if liquid else 0.838,
        1.125 if liquid else None,
    )
