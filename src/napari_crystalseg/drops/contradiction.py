"""Contradiction: class and outlines of one micrograph that do not go together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Contradiction:
    """What is to be said of a micrograph whose class and outlines say different things.

    Parameters
    ----------
    text : str
        A clause without a full stop.
    warning : bool
        Whether it may do harm: a dispensing point in a crystal that nothing outlines. Else it is a remark.
    """

    text: str
    warning: bool

    @property
    def sentence(self) -> str:
        """The clause as a sentence."""
        return f"{self.text[0].upper()}{self.text[1:]}."


MISSED = Contradiction(
    "the class is crystals, but no crystal is outlined, and the dispensing point may lie on one", True
)
UNLIKELY = Contradiction("crystals are outlined, but the class is clear", False)


def missed_in(names: Sequence[str], images: int) -> tuple[str, ...]:
    """Say of how many images, of all that there are, the crystals may have been missed: a clause, or nothing.

    Parameters
    ----------
    names : sequence of str
        Those of the class crystals in which none is outlined.
    images : int
        How many there are in all.
    """
    if not names:
        return ()
    return (f"in {len(names)} of {images} images {MISSED.text}: look there first, such as at {names[0]}",)


def contradiction(drop_class: str | None, crystals: int | None) -> Contradiction | None:
    """Hold the class of a micrograph against the crystals that are outlined in it.

    Parameters
    ----------
    drop_class : str or None
        The most probable class, or the one that a person chose; None where neither is known.
    crystals : int or None
        Number of crystals that are outlined; None where nothing was looked for.

    Returns
    -------
    Contradiction or None
        None where they agree, or one of them is not known.
    """
    if drop_class is None or crystals is None:
        return None
    if drop_class == "crystals" and crystals == 0:
        return MISSED
    if drop_class == "clear" and crystals > 0:
        return UNLIKELY
    return None
