"""Physics: what labels of a network cannot be, put right by rules that are named, and counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...labels import Labels, Material
from ...progress import Progress, silent
from .pieces import Pieces

CRYSTALS = ("largest", "large", "all")
"""Which pieces of crystal stay: the largest alone, with it those of at least a tenth of it, or all."""

_ROUNDS = 8
_LEVEL_LINES = 2**12


@dataclass(frozen=True)
class Physics:
    """Rules by which labels of a network are put right; each may be left out.

    By default off are those that cost agreement with known labels (of 37 cases of two simulators that share nothing
    with the one trained on): ``islands`` takes small bubbles with it, and ``detached_loop`` thin fibres that were found
    in parts.

    Parameters
    ----------
    islands : bool
        Pieces of any class that are smaller than ``island_voxels`` or ``island_um3`` go to what is around them, but for
        the largest of its class.
    island_voxels : int
        Fewest voxels of a piece that is no island.
    island_um3 : float
        Smallest volume of a piece that is no island, µm³; 0 where voxels alone count. Of voxels of unknown size it is
        not asked.
    enclosed_air : bool
        Air that does not reach an end of the field goes to what is around it, or to ``other`` (bubbles) where its voxel
        values are nearer to those of the air outside.
    detached_loop : bool
        Pieces of loop of less than a twentieth of the largest go to what is around them, but for those that touch an
        end of the field.
    crystals : str
        Which pieces of crystal stay, one of :data:`CRYSTALS`; the others go to what is around them. ``"largest"``: the
        largest alone, the first of those of the same size; ``"large"``: all but those of less than a tenth of the
        largest; ``"all"``: every piece.

    Raises
    ------
    InputError
        A size is negative or not finite, or there is no such choice of crystals.
    """

    islands: bool = False
    island_voxels: int = 27
    island_um3: float = 0.0
    enclosed_air: bool = True
    detached_loop: bool = False
    crystals: str = "large"

    def __post_init__(self) -> None:
        for name, value in (("island_voxels", self.island_voxels), ("island_um3", self.island_um3)):
            if not (np.isfinite(value) and value >= 0):
                raise InputError(f"{name} is the size of the smallest piece that stays, zero or more, not {value}.")
        if self.crystals not in CRYSTALS:
            raise InputError(
                f"Pieces of crystal that stay must be one of {', '.join(CRYSTALS)}, not {self.crystals!r}."
            )

    @classmethod
    def every(cls) -> Physics:
        """Return all rules."""
        return cls(islands=True, detached_loop=True)

    @classmethod
    def none(cls) -> Physics:
        """Return no rule at all."""
        return cls(islands=False, enclosed_air=False, detached_loop=False, crystals="all")

    def to_dict(self) -> dict[str, Any]:
        """Return the rules as a record has them."""
        return asdict(self)


@dataclass(frozen=True)
class Correction:
    """What one rule changed.

    Parameters
    ----------
    rule : str
        Name of the rule, as :class:`Physics` has it; air that became ``other`` is ``"bubbles"``, and pieces of crystal
        are ``"small_crystals"``, or ``"one_crystal"`` where the largest alone stayed.
    pieces, voxels : int
        How many.
    """

    rule: str
    pieces: int
    voxels: int

    def to_dict(self) -> dict[str, Any]:
        """Return it as a record has it."""
        return asdict(self)

    def text(self, voxel_size_um: tuple[float, float, float] | None) -> str:
        """Say what was changed, in a sentence."""
        size = "" if voxel_size_um is None else f", {self.voxels * float(np.prod(voxel_size_um)):,.3g} µm³"
        several = self.pieces != 1
        what = _WORDS[self.rule][several].format(f"{self.pieces:,}")
        return f"{what} ({self.voxels:,} voxel{'s'[: self.voxels != 1]}{size})."


_AROUND = "given to what is around"
_WORDS = {
    "islands": (f"{{}} island was {_AROUND} it", f"{{}} islands were {_AROUND} them"),
    "enclosed_air": (
        f"{{}} enclosed piece of air was {_AROUND} it",
        f"{{}} enclosed pieces of air were {_AROUND} them",
    ),
    "bubbles": (
        "{} enclosed piece of air became a bubble (other), as its voxel values are those of air",
        "{} enclosed pieces of air became bubbles (other), as their voxel values are those of air",
    ),
    "detached_loop": (
        f"{{}} small detached piece of loop was {_AROUND} it",
        f"{{}} small detached pieces of loop were {_AROUND} them",
    ),
    "small_crystals": (
        f"{{}} small piece of crystal was {_AROUND} it",
        f"{{}} small pieces of crystal were {_AROUND} them",
    ),
    "one_crystal": (
        f"{{}} piece of crystal beside the largest was {_AROUND} it",
        f"{{}} pieces of crystal beside the largest were {_AROUND} them",
    ),
}
_SMALL_LOOP = 20  # a piece of less than one part in this many of the largest
_SMALL_CRYSTAL = 10


def apply_physics(
    labels: Labels,
    physics: Physics | None = None,
    values: NDArray[np.float32] | None = None,
    *,
    out: NDArray[np.uint8] | None = None,
    progress: Progress = silent,
) -> tuple[NDArray[np.uint8], tuple[Correction, ...]]:
    """Put labels of a network right by rules, in the order in which :class:`Physics` has them.

    Pieces are connected through faces, and what is around one is the class that it shares most of its surface with, µm²
    (of classes that share as much, the first).

    Parameters
    ----------
    labels : Labels
        Labels that no one has corrected.
    physics : Physics, optional
        Rules; those of :class:`Physics` by default.
    values : ndarray of float32, shape (z, y, x), optional
        Voxel values, which tell bubbles from what was missed; without them enclosed air goes to what is around it.
    out : ndarray of uint8, shape (z, y, x), optional
        Where to write what was changed: the array that the labels were made of, where nobody else needs it.
    progress : Progress
        Told of every rule; raises :class:`~napari_crystalseg.errors.Cancelled` to stop.

    Returns
    -------
    data : ndarray of uint8, shape (z, y, x)
        The array of the labels where nothing was changed, else ``out`` or a changed copy.
    corrections : tuple of Correction
        What was changed, of each rule that changed something.

    Raises
    ------
    InputError
        The voxel values have another shape.
    """
    rules = physics or Physics()
    if values is not None and values.shape != labels.shape:
        raise InputError(f"The voxel values have shape {values.shape}, the labels {labels.shape}.")
    size_um = labels.voxel_size_um or (1.0, 1.0, 1.0)
    smallest = rules.island_voxels
    if labels.voxel_size_um is not None:
        smallest = max(smallest, int(np.ceil(rules.island_um3 / float(np.prod(size_um)))))
    steps: Mapping[str, tuple[bool, Callable[[Pieces], NDArray[np.bool_]]]] = {
        "islands": (rules.islands, lambda pieces: _islands(pieces, smallest)),
        "enclosed_air": (rules.enclosed_air, _enclosed_air),
        "detached_loop": (rules.detached_loop, _detached_loop),
        "small_crystals": (rules.crystals == "large", _small_crystals),
        "one_crystal": (rules.crystals == "largest", _further_crystals),
    }
    wanted = [(name, choose) for name, (is_wanted, choose) in steps.items() if is_wanted]
    found: dict[str, list[int]] = {}
    pieces = first = Pieces.of(labels.data) if wanted else None
    for number, (name, choose) in enumerate(wanted):
        assert pieces is not None
        progress(number / len(wanted), f"physics: {name.replace('_', ' ')}")
        for _ in range(_ROUNDS):
            chosen = choose(pieces)
            if not chosen.any():
                break
            areas = pieces.contacts(chosen, size_um)
            # An island among islands waits until these have gone.
            touching = areas.any(axis=1)
            if not touching.any():
                break
            chosen[np.flatnonzero(chosen)[~touching]] = False
            materials = areas[touching].argmax(axis=1).astype(np.uint8)
            bubbles = np.zeros(len(materials), bool)
            if name == "enclosed_air" and values is not None:
                bubbles = _are_bubbles(pieces, chosen, materials, values)
                materials[bubbles] = Material.OTHER
            sizes = pieces.sizes[chosen]
            for rule, those in ((name, ~bubbles), ("bubbles", bubbles)):
                if those.any():
                    counts = found.setdefault(rule, [0, 0])
                    counts[0] += int(np.count_nonzero(those))
                    counts[1] += int(sizes[those].sum())
            pieces = pieces.given(chosen, materials)
    progress(1.0, "physics applied")
    corrections = tuple(Correction(rule, *counts) for rule, counts in found.items())
    if pieces is first or pieces is None:
        return labels.data, ()
    data = labels.data.copy() if out is None else out
    pieces.write(data)
    return data, corrections


def _islands(pieces: Pieces, smallest: int) -> NDArray[np.bool_]:
    chosen: NDArray[np.bool_] = pieces.sizes < smallest
    for material in Material:
        largest = pieces.largest(material)
        if largest is not None:
            chosen[largest] = False
    return chosen


def _enclosed_air(pieces: Pieces) -> NDArray[np.bool_]:
    air = pieces.of_class == Material.AIR
    # Where no air reaches an end, it is not known which of it is outside.
    if not (air & pieces.at_edge).any():
        return np.zeros(len(air), bool)
    enclosed: NDArray[np.bool_] = air & ~pieces.at_edge
    return enclosed


def _detached_loop(pieces: Pieces) -> NDArray[np.bool_]:
    loop = pieces.of_class == Material.LOOP
    largest = pieces.sizes[loop].max(initial=0)
    small: NDArray[np.bool_] = loop & ~pieces.at_edge & (pieces.sizes * _SMALL_LOOP < largest)
    return small


def _small_crystals(pieces: Pieces) -> NDArray[np.bool_]:
    crystal = pieces.of_class == Material.CRYSTAL
    largest = pieces.sizes[crystal].max(initial=0)
    small: NDArray[np.bool_] = crystal & (pieces.sizes * _SMALL_CRYSTAL < largest)
    return small


def _further_crystals(pieces: Pieces) -> NDArray[np.bool_]:
    chosen: NDArray[np.bool_] = pieces.of_class == Material.CRYSTAL
    largest = pieces.largest(Material.CRYSTAL)
    if largest is not None:
        chosen[largest] = False
    return chosen


def _are_bubbles(
    pieces: Pieces, chosen: NDArray[np.bool_], materials: NDArray[np.uint8], values: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """Whether the mean value of each piece of air is nearer to that of the air outside than to what is around it."""
    largest = {material: pieces.largest(material) for material in Material}
    # Not a bubble, however large.
    largest[Material.AIR] = int(np.where((pieces.of_class == Material.AIR) & pieces.at_edge, pieces.sizes, 0).argmax())
    levels = np.full(len(Material), np.nan)
    for material, piece in largest.items():
        if piece is not None and (material == Material.AIR or material in materials):
            alone = np.zeros(len(chosen), bool)
            alone[piece] = True
            levels[material] = pieces.mean_values(alone, values, _LEVEL_LINES)[0]
    own = pieces.mean_values(chosen, values)
    near: NDArray[np.bool_] = np.abs(own - levels[Material.AIR]) < np.abs(own - levels[materials])
    return near
