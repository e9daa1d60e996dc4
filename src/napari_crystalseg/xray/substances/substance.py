"""Substance: what a part of a sample is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from ...errors import InputError

# Volume fraction of a dry protein in solution is its mass over this (Quillin & Matthews 2000), g/cm³.
PROTEIN_DENSITY_G_CM3 = 1.35
LYSOZYME_FORMULA = "C613H959N193O185S10"


@dataclass(frozen=True)
class Substance:
    """Elements and density of a homogeneous material.

    Parameters
    ----------
    name : str
        What it is called in records and messages.
    mass_fractions : mapping of str to float
        Fraction of the mass of each element, by symbol. Scaled to a sum of one.
    density_g_cm3 : float
        Density, g/cm³.

    Raises
    ------
    InputError
        No elements, a negative fraction, or a density that is not positive.
    """

    name: str
    mass_fractions: Mapping[str, float]
    density_g_cm3: float

    def __post_init__(self) -> None:
        fractions = {str(element): float(fraction) for element, fraction in self.mass_fractions.items()}
        total = sum(fractions.values())
        if not fractions or min(fractions.values()) < 0 or not (np.isfinite(total) and total > 0):
            raise InputError(f"{self.name} needs mass fractions of its elements that are positive, not {fractions}.")
        if not (np.isfinite(self.density_g_cm3) and self.density_g_cm3 > 0):
            raise InputError(f"The density of {self.name} must be positive in g/cm³, not {self.density_g_cm3}.")
        scaled = {element: fraction / total for element, fraction in fractions.items() if fraction > 0}
        object.__setattr__(self, "mass_fractions", MappingProxyType(scaled))
        object.__setattr__(self, "density_g_cm3", float(self.density_g_cm3))

    @classmethod
    def from_formula(cls, name: str, formula: str, density_g_cm3: float) -> Substance:
        """Make a substance from a chemical formula such as ``"H2O"`` or ``"(NH4)2SO4"``.

        Raises
        ------
        InputError
            The text is not a chemical formula.
        """
        import xraylib

        try:
            compound = xraylib.CompoundParser(formula)
        except ValueError as error:
            raise InputError(f"{formula!r} is not a chemical formula: {error}.") from error
        symbols = (xraylib.AtomicNumberToSymbol(number) for number in compound["Elements"])
        return cls(name, dict(zip(symbols, compound["massFractions"], strict=True)), density_g_cm3)

    @classmethod
    def mixed_by_mass(cls, name: str, parts: Mapping[Substance, float], density_g_cm3: float) -> Substance:
        """Mix substances by mass; the density of the mixture is given, as mixtures shrink or swell.

        Parameters
        ----------
        name : str
            Name of the mixture.
        parts : mapping of Substance to float
            Mass of each part, in any one unit.
        density_g_cm3 : float
            Density of the mixture, g/cm³.

        Raises
        ------
        InputError
            A part of negative mass, or no mass at all.
        """
        _check_parts(name, parts)
        fractions: dict[str, float] = {}
        for part, mass in parts.items():
            for element, fraction in part.mass_fractions.items():
                fractions[element] = fractions.get(element, 0.0) + mass * fraction
        return cls(name, fractions, density_g_cm3)

    @classmethod
    def mixed_by_volume(cls, name: str, parts: Mapping[Substance, float]) -> Substance:
        """Mix substances by volume, without change of volume.

        Parameters
        ----------
        name : str
            Name of the mixture.
        parts : mapping of Substance to float
            Volume of each part, in any one unit.

        Raises
        ------
        InputError
            A part of negative volume, or no volume at all.
        """
        _check_parts(name, parts)
        masses = {part: volume * part.density_g_cm3 for part, volume in parts.items()}
        density = sum(masses.values()) / sum(parts.values())
        return cls.mixed_by_mass(name, masses, density)

    def with_density(self, density_g_cm3: float) -> Substance:
        """Return the same composition at another density, g/cm³."""
        return Substance(self.name, self.mass_fractions, density_g_cm3)

    def __hash__(self) -> int:
        return hash((self.name, tuple(sorted(self.mass_fractions.items())), self.density_g_cm3))


def _check_parts(name: str, parts: Mapping[Substance, float]) -> None:
    amounts = list(parts.values())
    if not (np.isfinite(amounts).all() and min(amounts, default=0.0) >= 0 and sum(amounts) > 0):
        raise InputError(f"The parts of {name} must not be negative, and not all of them zero: {amounts}.")


def solution(name: str, solute_formula: str, molar_mass_g: float, molar: float, density_g_cm3: float) -> Substance:
    """Aqueous solution of ``molar`` mol/l of a solute with its molar mass in g/mol."""
    solute_fraction = molar * molar_mass_g / (1000.0 * density_g_cm3)
    solute = Substance.from_formula(solute_formula, solute_formula, 1.0)
    return Substance.mixed_by_mass(name, {solute: solute_fraction, water(): 1.0 - solute_fraction}, density_g_cm3)


def water() -> Substance:
    """Water at 25 °C."""
    return Substance.from_formula("water", "H2O", 0.997)


def ice() -> Substance:
    """Hexagonal ice at 100 K."""
    return Substance.from_formula("ice", "H2O", 0.932)


def sodium_chloride(molar: float = 1.0) -> Substance:
    """Sodium chloride solution, 0 to 5 mol/l; 1.037 g/cm³ at 1 mol/l."""
    return solution(f"{molar:g} M NaCl", "NaCl", 58.44, molar, 0.997 + 0.040 * molar)


def ammonium_sulphate(molar: float = 2.0) -> Substance:
    """Ammonium sulphate solution, 0 to 4 mol/l; 1.134 g/cm³ at 2 mol/l."""
    return solution(f"{molar:g} M (NH4)2SO4", "(NH4)2SO4", 132.14, molar, 0.997 + 0.0685 * molar)


def peg_400(fraction: float = 0.3) -> Substance:
    """Solution of polyethylene glycol 400 with a fraction of the mass; 1.045 g/cm³ at 30 %."""
    # HO(CH2CH2O)nH with n = 8.69 has the mean molar mass of 400 g/mol.
    peg = Substance.from_formula("PEG 400", "C17.38H36.76O9.69", 1.125)
    density = 0.997 + 0.16 * fraction
    return Substance.mixed_by_mass(f"{100 * fraction:g} % PEG 400", {peg: fraction, water(): 1 - fraction}, density)


def with_glycerol(liquor: Substance, fraction: float = 0.25) -> Substance:
    """Liquor with a volume fraction of glycerol, as cryoprotectant."""
    glycerol = Substance.from_formula("glycerol", "C3H8O3", 1.261)
    name = f"{liquor.name} with {100 * fraction:g} % glycerol"
    return Substance.mixed_by_volume(name, {liquor: 1 - fraction, glycerol: fraction})


def protein(formula: str = LYSOZYME_FORMULA, name: str = "lysozyme") -> Substance:
    """Dry protein at 1.35 g/cm³; lysozyme unless another formula is given."""
    return Substance.from_formula(name, formula, PROTEIN_DENSITY_G_CM3)


def protein_crystal(dry: Substance, solvent: Substance, solvent_fraction: float = 0.5) -> Substance:
    """Protein crystal with solvent in a fraction of its volume, in equilibrium with that solvent.

    Raises
    ------
    InputError
        The solvent fraction is not from 0 to below 1.
    """
    if not 0 <= solvent_fraction < 1:
        raise InputError(f"The solvent fraction of a crystal lies between 0 and 1, not at {solvent_fraction}.")
    return Substance.mixed_by_volume(
        f"{dry.name} crystal in {solvent.name}", {dry: 1 - solvent_fraction, solvent: solvent_fraction}
    )


def kapton() -> Substance:
    """Polyimide of loops and meshes cut from sheet."""
    return Substance.from_formula("Kapton", "C22H10N2O5", 1.42)


def nylon() -> Substance:
    """Nylon-6 of fibre loops."""
    return Substance.from_formula("nylon-6", "C6H11NO", 1.14)


def salt() -> Substance:
    """Solid sodium chloride: salt crystals grown in drying liquor."""
    return Substance.from_formula("salt", "NaCl", 2.165)


def oil() -> Substance:
    """Paraffin oil."""
    return Substance.from_formula("oil", "C20H42", 0.86)


def paratone() -> Substance:
    """Paratone-N, the viscous oil that crystals are dipped in: polyisobutylene."""
    return Substance.from_formula("Paratone-N", "C4H8", 0.88)


def perfluoropolyether() -> Substance:
    """Perfluoropolyether oil, as sold under the names Fomblin Y and Krytox: poly(hexafluoropropylene oxide)."""
    return Substance.from_formula("perfluoropolyether", "C3F6O", 1.90)
