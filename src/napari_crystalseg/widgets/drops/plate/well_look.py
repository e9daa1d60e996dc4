"""WellLook: how one micrograph is drawn in the plate, and the colours that tell the probability of crystals."""

from __future__ import annotations

from dataclasses import dataclass

# Matplotlib's viridis at tenths: brighter is more, with red-green blindness, too, and none of it is grey.
_VIRIDIS = (
    (68, 1, 84), (72, 36, 117), (65, 68, 135), (53, 95, 141), (42, 120, 142), (33, 145, 140),
    (34, 168, 132), (68, 191, 112), (122, 209, 81), (189, 223, 38), (253, 231, 37),
)  # fmt: skip

LETTERS = {"clear": "C", "crystals": "X", "other": "O", "precipitate": "P"}
"""Letter of each class in the plate; X, as in "xtal", since C is clear."""

Colour = tuple[int, int, int]
UNSEEN: Colour = (120, 120, 120)


@dataclass(frozen=True)
class WellLook:
    """What the plate shows of one micrograph.

    Parameters
    ----------
    name : str
        Name of the well, or of the file where it tells none.
    crystals_probability : float or None
        0 to 1; None where it was not classified.
    drop_class : str or None
        Class that was told, or chosen by hand.
    problem : str
        Why it cannot be shown; empty where it can.
    accepted : bool
        Whether its review was accepted.
    begun : bool
        Whether a review was begun and not accepted.
    tip : str
        What stands under the pointer, and what a screen reader says.
    warned : bool
        Whether a person should look at it before it is dispensed into; the tip says why.
    """

    name: str
    crystals_probability: float | None = None
    drop_class: str | None = None
    problem: str = ""
    accepted: bool = False
    begun: bool = False
    tip: str = ""
    warned: bool = False

    @property
    def letter(self) -> str:
        """Letter of the class; an exclamation mark where it cannot be shown."""
        if self.problem:
            return "!"
        return "" if self.drop_class is None else LETTERS.get(self.drop_class, self.drop_class[:1].upper())

    @property
    def colour(self) -> Colour:
        """Red, green and blue of its ground, up to 255."""
        if self.problem or self.crystals_probability is None:
            return UNSEEN
        return probability_colour(self.crystals_probability)


def probability_colour(probability: float) -> Colour:
    """Return red, green and blue, up to 255, of a probability from 0 to 1."""
    at = min(max(probability, 0.0), 1.0) * (len(_VIRIDIS) - 1)
    low = min(int(at), len(_VIRIDIS) - 2)
    share = at - low
    red, green, blue = (round(a + share * (b - a)) for a, b in zip(_VIRIDIS[low], _VIRIDIS[low + 1], strict=True))
    return red, green, blue
