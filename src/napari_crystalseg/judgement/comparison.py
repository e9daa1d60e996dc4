"""Comparison of two label volumes of one sample: their absorption factors, and the volumes of their classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..labels import Material

if TYPE_CHECKING:
    from ..absorption import FactorComparison


@dataclass(frozen=True, eq=False)
class Comparison:
    """How two label volumes and their absorption factors agree.

    Parameters
    ----------
    names : (str, str)
        What the first (the reference) and the second are called.
    factors : FactorComparison
        Absorption factors of the same reflections from both.
    volumes_um3 : (mapping, mapping)
        Volume of each material in both, µm³.
    dice : mapping of Material to float or None
        Dice score of each class; None for a class in neither, and for all where the grids differ.
    summary : dict
        All figures, JSON-ready, as in ``comparison.json``.
    """

    names: tuple[str, str]
    factors: FactorComparison
    volumes_um3: tuple[dict[Material, float], dict[Material, float]]
    dice: dict[Material, float | None]
    summary: dict[str, Any]
