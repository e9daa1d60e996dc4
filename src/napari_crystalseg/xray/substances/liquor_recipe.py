"""Recipe: how a mother liquor is mixed, as crystallographers write it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np

from ...errors import InputError
from .ingredient import Ingredient, ingredient
from .substance import Substance, water


class Unit(StrEnum):
    """How the amount of an ingredient is counted."""

    MOLAR = "M"
    MASS_PER_VOLUME = "% w/v"
    VOLUME_PER_VOLUME = "% v/v"
    MASS_PER_MASS = "% w/w"


@dataclass(frozen=True)
class Part:
    """One ingredient of a recipe.

    Parameters
    ----------
    amount : float
        How much, not negative: mol in a litre of solution, or g in 100 ml of solution, ml of the pure liquid in 100 ml
        of solution, g in 100 g of solution.
    unit : Unit
        Which of these.
    ingredient : Ingredient
        What.
    """

    amount: float
    unit: Unit
    ingredient: Ingredient

    def __post_init__(self) -> None:
        if not (np.isfinite(self.amount) and self.amount >= 0):
            raise InputError(f"The amount of {self.ingredient.name} must not be negative, not {self.amount}.")
        if self.unit == Unit.VOLUME_PER_VOLUME and self.ingredient.pure_density_g_cm3 is None:
            raise InputError(
                f"{self.ingredient.name} is a solid, whose amount is not counted in % v/v; use % w/v or M."
            )

    def __str__(self) -> str:
        return f"{self.amount:g} {self.unit} {self.ingredient.name}"

    def concentration_g_cm3(self, density_g_cm3: float) -> float:
        """Mass of the ingredient in a volume of solution of some density, g/cm³."""
        if self.unit == Unit.MOLAR:
            return self.amount * self.ingredient.molar_mass_g / 1000
        if self.unit == Unit.MASS_PER_VOLUME:
            return self.amount / 100
        if self.unit == Unit.VOLUME_PER_VOLUME:
            return self.amount / 100 * (self.ingredient.pure_density_g_cm3 or 0.0)
        return self.amount / 100 * density_g_cm3


_PART = re.compile(r"(\d*\.?\d+)\s*(mm|m|%\s*\(?\s*[wv]\s*/\s*[wv]\s*\)?)\s+(.+)", re.IGNORECASE)


@dataclass(frozen=True)
class LiquorRecipe:
    """Mother liquor: ingredients in water.

    Parameters
    ----------
    parts : tuple of Part
        Ingredients; the rest is water.

    Raises
    ------
    InputError
        The ingredients leave no room for water.
    """

    parts: tuple[Part, ...] = ()

    def __post_init__(self) -> None:
        self._concentrations()

    @classmethod
    def parse(cls, text: str) -> LiquorRecipe:
        """Read a recipe such as ``"1.6 M ammonium sulphate, 0.1 M HEPES, 25 % v/v glycerol"``.

        Parameters
        ----------
        text : str
            Parts separated by commas, semicolons or ``+``, each an amount, a unit (``M``, ``mM``, ``% w/v``, ``% v/v``,
            ``% w/w``) and an ingredient. ``"water"`` alone is pure water.

        Raises
        ------
        InputError
            A part cannot be read, or an ingredient is not known.
        """
        if text.strip().lower() == "water":
            return cls()
        parts = []
        for words in re.split(r"[;+]|,(?!\d)", text):
            found = _PART.fullmatch(words.strip())
            if found is None:
                raise InputError(
                    f"{words.strip()!r} is no part of a recipe; write it as in '25 % v/v glycerol' or '2 M NaCl'."
                )
            amount, unit = float(found[1]), re.sub(r"[\s()]", "", found[2].lower())
            if unit == "mm":
                amount, unit = amount / 1000, "m"
            known = {"m": Unit.MOLAR, "%w/v": Unit.MASS_PER_VOLUME, "%v/v": Unit.VOLUME_PER_VOLUME}
            known["%w/w"] = Unit.MASS_PER_MASS
            if unit not in known:
                raise InputError(f"{found[2]!r} is no unit of a recipe; use M, mM, % w/v, % v/v or % w/w.")
            parts.append(Part(amount, known[unit], ingredient(found[3])))
        return cls(tuple(parts))

    def __str__(self) -> str:
        return ", ".join(map(str, self.parts)) or "water"

    def to_dict(self) -> dict[str, Any]:
        """Return the recipe and its density as JSON-ready values; :meth:`parse` reads the text again."""
        return {"recipe": str(self), "density_g_cm3": round(self.density_g_cm3, 5)}

    def cryoprotected(self, amount: float, name: str) -> LiquorRecipe:
        """Return the liquor mixed with a liquid cryoprotectant.

        Parameters
        ----------
        amount : float
            Share of the cryoprotectant, % v/v; what was there is diluted to the rest.
        name : str
            Its name, such as ``"glycerol"`` or ``"ethylene glycol"``.

        Raises
        ------
        InputError
            The share is not from 0 to below 100 % v/v, or the cryoprotectant is not known.
        """
        if not 0 <= amount < 100:
            raise InputError(f"The share of a cryoprotectant is 0 to below 100 % v/v, not {amount}.")
        diluted = tuple(replace(part, amount=part.amount * (1 - amount / 100)) for part in self.parts)
        return LiquorRecipe((*diluted, Part(amount, Unit.VOLUME_PER_VOLUME, ingredient(name))))

    @property
    def density_g_cm3(self) -> float:
        """Density at 25 °C, g/cm³, estimated: water fills what the ingredients' apparent volumes leave.

        Within 1 % for the salts and precipitants of crystallisation up to their usual concentrations.
        """
        solutes, water_g = self._concentrations()
        return sum(solutes) + water_g

    def substance(self) -> Substance:
        """Return the liquor as elements and density."""
        solutes, water_g = self._concentrations()
        masses = {water(): water_g}
        for part, mass in zip(self.parts, solutes, strict=True):
            pure = Substance.from_formula(part.ingredient.name, part.ingredient.formula, 1.0)
            masses[pure] = masses.get(pure, 0.0) + mass
        return Substance.mixed_by_mass(str(self), masses, sum(solutes) + water_g)

    def _concentrations(self) -> tuple[list[float], float]:
        """Mass of each part and of the water in a volume of solution, g/cm³."""
        water_density = water().density_g_cm3
        density = water_density
        # Only parts counted by mass of solution ask for its density: a few rounds settle it.
        for _ in range(60):
            solutes = [part.concentration_g_cm3(density) for part in self.parts]
            strength = sum(
                part.ingredient.charge_factor * mass / part.ingredient.molar_mass_g * 1000
                for part, mass in zip(self.parts, solutes, strict=True)
            )
            taken = sum(
                mass * part.ingredient.apparent_volume_cm3_g(strength)
                for part, mass in zip(self.parts, solutes, strict=True)
            )
            if not taken < 1:
                raise InputError(f"{self} leaves no room for water; lower the concentrations.")
            previous, density = density, sum(solutes) + water_density * (1 - taken)
            if abs(density - previous) < 1e-12:
                break
        return solutes, density - sum(solutes)
