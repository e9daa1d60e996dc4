"""Material priors: what the materials of a sample are drawn from.

The coefficients of crystal, liquor and mount have no fixed order in real data: the wide ranges have none, the typical
ones the commonest.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from ..checks import checked_number, checked_probabilities, checked_range
from ..errors import InputError

OTHERS = ("bubbles", "salt", "ice", "oil", "fluorinated oil")
"""What a class "other" may be."""

# What has an effect with one kind of liquors only, and its value there where none is given.
_ONLY_WITH: dict[str, dict[str, Any]] = {
    "four": {"salt_to_liquor": (1.4, 5.0)},
    "recipes": {
        "sulphur_fraction": (0.0, 0.012),
        "other": (0.45, 0.25, 0.1, 0.1, 0.1),
        "equal_contrast": 0.2,
    },
}


@dataclass(frozen=True)
class MaterialPriors:
    """Ranges and probabilities that materials are drawn from.

    Parameters
    ----------
    liquors : str
        Where the liquor comes from: ``recipes`` of crystallisation, or one of ``four``, which are water, sodium
        chloride, ammonium sulphate and PEG 400.
    cryoprotected, kapton : float
        Probabilities that the liquor holds a cryoprotectant (10 to 35 % glycerol in the four), and that the mount is
        Kapton rather than nylon.
    liquor_density : (float, float)
        Factor on the density of the liquor's recipe.
    solvent_fraction : (float, float)
        Part of the crystal that is liquor.
    sulphur_fraction : (float, float), optional
        Share of the protein's atoms that are sulphur; with recipes only, the protein is lysozyme otherwise.
    other : tuple of float, optional
        Probabilities that a class "other" is bubbles of air, salt, ice, oil, and fluorinated oil; with recipes only.
    measured_crystal : float
        Probability that the crystal's linear attenuation coefficient is drawn in units of the liquor's, rather than
        left to the recipe.
    crystal_to_liquor : (float, float)
        Range of that ratio; log-uniform with recipes, uniform with the four.
    equal_contrast : float, optional
        Probability that it lies between 0.98 and 1.02 instead; with recipes only.
    measured_mount : float
        Probability that the mount's linear attenuation coefficient is drawn in units of the liquor's.
    mount_to_liquor : (float, float)
        Range of that ratio.
    salt_to_liquor : (float, float), optional
        The same ratio of salt, always drawn; with the four only.

    Raises
    ------
    InputError
        A value out of range, probabilities that do not add up to 1, or a value that these liquors do not have.
    """

    liquors: str = "recipes"
    cryoprotected: float = 0.5
    kapton: float = 0.6
    liquor_density: tuple[float, float] = (0.97, 1.03)
    solvent_fraction: tuple[float, float] = (0.3, 0.75)
    sulphur_fraction: tuple[float, float] | None = None
    other: tuple[float, float, float, float, float] | None = None
    measured_crystal: float = 0.5
    crystal_to_liquor: tuple[float, float] = (0.6, 1.35)
    equal_contrast: float | None = None
    measured_mount: float = 0.5
    mount_to_liquor: tuple[float, float] = (0.7, 1.2)
    salt_to_liquor: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.liquors, str) or self.liquors not in _ONLY_WITH:
            raise InputError(f"liquors must be one of {', '.join(_ONLY_WITH)}, not {self.liquors!r}.")
        for liquors, usual in _ONLY_WITH.items():
            for name, value in usual.items():
                if getattr(self, name) is not None and liquors != self.liquors:
                    raise InputError(
                        f"{name} has an effect with 'liquors: {liquors}' only, and these are {self.liquors}; leave it "
                        "out, or choose those liquors."
                    )
                if getattr(self, name) is None and liquors == self.liquors:
                    object.__setattr__(self, name, value)
        bounds = {"solvent_fraction": (0.05, 0.95), "sulphur_fraction": (0.0, 0.2)}
        # What these liquors do not have stays None.
        given = {one.name for one in fields(self) if getattr(self, one.name) is not None or one.default is not None}
        checked: dict[str, Any] = {}
        if "other" in given:
            checked["other"] = checked_probabilities(self.other, "other", OTHERS)
        for name in given & {"cryoprotected", "kapton", "measured_crystal", "equal_contrast", "measured_mount"}:
            checked[name] = checked_number(getattr(self, name), name, 0.0, 1.0)
        for name in given & {"liquor_density", "crystal_to_liquor", "mount_to_liquor", "salt_to_liquor"}:
            checked[name] = checked_range(getattr(self, name), name, 1e-6)
        for name in given & bounds.keys():
            checked[name] = checked_range(getattr(self, name), name, *bounds[name])
        for name, value in checked.items():
            object.__setattr__(self, name, value)


TYPICAL = MaterialPriors("four", measured_crystal=1.0, crystal_to_liquor=(0.65, 0.95), measured_mount=0.6)
"""A liquor whose salt makes it absorb more than the crystal, as in most samples that have been measured (crystal over
liquor 0.68, 0.87, 0.94, and once 1.06)."""

WIDE = MaterialPriors(
    "four",
    measured_crystal=0.75,
    crystal_to_liquor=(0.6, 1.35),
    measured_mount=0.6,
    mount_to_liquor=(0.3, 1.3),
)
"""What a network must have seen: crystals brighter than the liquor or hardly to be told from it."""
