"""Protein: what a crystal is made of besides its solvent."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from ...errors import InputError
from .substance import PROTEIN_DENSITY_G_CM3, Substance, protein_crystal

AVOGADRO_PER_MOL = 6.02214076e23

# Residues (amino acid less water): atoms of C, H, N, O and S, and partial specific volume, cm³/g (Cohn & Edsall 1943,
# as in Perkins, Eur. J. Biochem. 157 (1986) 169).
RESIDUES: MappingProxyType[str, tuple[tuple[int, int, int, int, int], float]] = MappingProxyType(
    {
        "A": ((3, 5, 1, 1, 0), 0.74),
        "R": ((6, 12, 4, 1, 0), 0.70),
        "N": ((4, 6, 2, 2, 0), 0.62),
        "D": ((4, 5, 1, 3, 0), 0.60),
        "C": ((3, 5, 1, 1, 1), 0.63),
        "Q": ((5, 8, 2, 2, 0), 0.67),
        "E": ((5, 7, 1, 3, 0), 0.66),
        "G": ((2, 3, 1, 1, 0), 0.64),
        "H": ((6, 7, 3, 1, 0), 0.67),
        "I": ((6, 11, 1, 1, 0), 0.90),
        "L": ((6, 11, 1, 1, 0), 0.90),
        "K": ((6, 12, 2, 1, 0), 0.82),
        "M": ((5, 9, 1, 1, 1), 0.75),
        "F": ((9, 9, 1, 1, 0), 0.77),
        "P": ((5, 7, 1, 1, 0), 0.76),
        "S": ((3, 5, 1, 2, 0), 0.63),
        "T": ((4, 7, 1, 2, 0), 0.70),
        "W": ((11, 10, 2, 1, 0), 0.74),
        "Y": ((9, 9, 1, 2, 0), 0.71),
        "V": ((5, 9, 1, 1, 0), 0.86),
    }
)


@dataclass(frozen=True)
class Protein:
    """Protein by its atoms.

    Parameters
    ----------
    name : str
        What it is called in records and messages.
    formula : str
        Atoms of one molecule, as ``"C613H959N193O185S10"``.
    partial_specific_volume_cm3_g : float
        Volume that a gram of it takes in solution; by default that of a density of 1.35 g/cm³, which holds on average
        for crystals (Fischer, Polikarpov & Craievich, Protein Sci. 13 (2004) 2825).

    Raises
    ------
    InputError
        A volume that is not positive, or something that is no formula.
    """

    name: str
    formula: str
    partial_specific_volume_cm3_g: float = 1 / PROTEIN_DENSITY_G_CM3

    def __post_init__(self) -> None:
        volume = self.partial_specific_volume_cm3_g
        if not (np.isfinite(volume) and volume > 0):
            raise InputError(f"The partial specific volume of {self.name} must be positive in cm³/g, not {volume}.")
        self.dry()

    @classmethod
    def from_sequence(
        cls, name: str, sequence: str, *, chains: int = 1, disulphides: int = 0, volume_of_residues: bool = False
    ) -> Protein:
        """Add up the residues of a sequence.

        Parameters
        ----------
        name : str
            Name of the protein.
        sequence : str
            One-letter codes; white space, a FASTA header and an end mark ``*`` are passed over.
        chains : int
            Chains that the sequence is made of: each has its own end groups, a water.
        disulphides : int
            Disulphide bonds; each lacks two hydrogen atoms.
        volume_of_residues : bool
            Take the partial specific volume from the residues (0.70 to 0.75 cm³/g) instead of the mean of crystals.

        Returns
        -------
        Protein

        Raises
        ------
        InputError
            An empty sequence, an unknown code, or more bonds than pairs of cysteine.
        """
        residues = _residues(name, sequence)
        if disulphides < 0 or 2 * disulphides > residues["C"]:
            raise InputError(f"{name} has {residues['C']} cysteines, which cannot make {disulphides} disulphide bonds.")
        if chains < 1 or chains > residues.total():
            raise InputError(f"{name} with {residues.total()} residues cannot be of {chains} chains.")
        atoms = np.zeros(5, dtype=int)
        for code, count in residues.items():
            atoms += count * np.array(RESIDUES[code][0])
        atoms += chains * np.array((0, 2, 0, 1, 0)) - disulphides * np.array((0, 2, 0, 0, 0))
        formula = "".join(f"{symbol}{count}" for symbol, count in zip("CHNOS", atoms, strict=True) if count)
        if volume_of_residues:
            return cls(name, formula, _mean_volume(residues))
        return cls(name, formula)

    @property
    def molar_mass_g(self) -> float:
        """Mass of a mole, g."""
        import xraylib

        return float(xraylib.CompoundParser(self.formula)["molarMass"])

    @property
    def density_g_cm3(self) -> float:
        """Density without solvent, g/cm³."""
        return 1 / self.partial_specific_volume_cm3_g

    def dry(self) -> Substance:
        """Return the protein without solvent."""
        return Substance.from_formula(self.name, self.formula, self.density_g_cm3)

    def crystal(self, liquor: Substance, solvent_fraction: float) -> Substance:
        """Return a crystal with solvent in a fraction of its volume, in equilibrium with that liquor."""
        return protein_crystal(self.dry(), liquor, solvent_fraction)

    def solvent_fraction(self, cell_volume_a3: float, molecules: int) -> float:
        """Fraction of a unit cell's volume that the protein leaves to the solvent (Matthews 1968).

        Parameters
        ----------
        cell_volume_a3 : float
            Volume of the unit cell, Å³.
        molecules : int
            Molecules in it.

        Raises
        ------
        InputError
            The molecules do not fit into the cell.
        """
        molecule_a3 = self.molar_mass_g * self.partial_specific_volume_cm3_g / AVOGADRO_PER_MOL * 1e24
        fraction = 1 - molecules * molecule_a3 / cell_volume_a3
        if not 0 <= fraction < 1:
            raise InputError(
                f"{molecules} molecules of {self.name} take {molecules * molecule_a3:.0f} Å³, "
                f"which a cell of {cell_volume_a3:g} Å³ has not."
            )
        return fraction


def _residues(name: str, sequence: str) -> Counter[str]:
    lines = [line for line in sequence.splitlines() if not line.startswith(">")]
    codes = re.sub(r"[\s*]", "", "".join(lines)).upper()
    unknown = sorted(set(codes) - set(RESIDUES))
    if unknown:
        raise InputError(f"The sequence of {name} has codes that stand for no amino acid: {', '.join(unknown)}.")
    if not codes:
        raise InputError(f"The sequence of {name} is empty; write it in one-letter codes.")
    return Counter(codes)


def _mean_volume(residues: Counter[str]) -> float:
    """Mean of the residues' partial specific volumes by mass, cm³/g."""
    import xraylib

    weights = [xraylib.AtomicWeight(number) for number in (6, 1, 7, 8, 16)]
    masses = {code: count * float(np.dot(RESIDUES[code][0], weights)) for code, count in residues.items()}
    return sum(mass * RESIDUES[code][1] for code, mass in masses.items()) / sum(masses.values())
