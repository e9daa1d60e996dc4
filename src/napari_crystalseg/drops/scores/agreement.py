"""How often people, or people and a network, give the same class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from ...errors import InputError


@dataclass(frozen=True)
class Agreement:
    """Parts of the images, 0 to 1, that were given the same class.

    Parameters
    ----------
    names : tuple of str
        Who gave classes.
    images : int
        Number of images that all gave one.
    pairs : mapping of (str, str) to float
        Of each two.
    all_agree : float
        Of all.
    """

    names: tuple[str, ...]
    images: int
    pairs: Mapping[tuple[str, str], float]
    all_agree: float

    def to_dict(self) -> dict[str, Any]:
        """Return all figures as JSON-ready values."""
        pairs = [{"first": one, "second": other, "part": part} for (one, other), part in self.pairs.items()]
        return {"names": list(self.names), "images": self.images, "pairs": pairs, "all_agree": self.all_agree}


def agreement(classes: Mapping[str, Sequence[str]]) -> Agreement:
    """Return how often the same class was given.

    Parameters
    ----------
    classes : mapping of str to sequence of str
        The class of each image, by who gave it; of the same images in the same order.

    Returns
    -------
    Agreement

    Raises
    ------
    InputError
        Fewer than two, no images, or other numbers of them.
    """
    names = tuple(classes)
    if len(names) < 2:
        raise InputError("Agreement is between two at least: name another table of classes.")
    number = len(classes[names[0]])
    if not number or any(len(given) != number for given in classes.values()):
        raise InputError("Agreement is of the same images, one at least.")
    pairs = {
        (one, other): sum(a == b for a, b in zip(classes[one], classes[other], strict=True)) / number
        for one, other in combinations(names, 2)
    }
    same = sum(len(set(given)) == 1 for given in zip(*classes.values(), strict=True))
    return Agreement(names, number, pairs, same / number)
