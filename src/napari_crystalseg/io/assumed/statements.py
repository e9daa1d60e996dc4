"""What a scan's file states: all that is not simply read is said to the user, in one list of sentences."""

from __future__ import annotations

from ...errors import InputError
from ...provenance import Provenance

# Numbers that differ by less than this, relatively, are one.
SAME = 1e-3


class Statements:
    """Collects what the user must know of a file's statements while a reader reads them.

    A statement is either read as it is, and needs no word; or it is read in a way that had to be assumed; or it is not
    used. The last two are said: ``info``, the stage Open and the report show them under "Assumed".
    """

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def assumed(self, text: str | None) -> None:
        """Note what had to be assumed, or how a statement was read; None notes nothing."""
        if text is not None and text not in self.sentences:
            self.sentences.append(text)

    def not_used(self, what: str) -> None:
        """Note a statement of the file that is not used."""
        self.assumed(f"{what}: not used")

    def recorded_in(self, provenance: Provenance, also: tuple[str, ...] = ()) -> Provenance:
        """Return the record of the file with what was noted, after ``also``, as a step of its opening."""
        texts = (*also, *self.said())
        return provenance.then("open", assumed="; ".join(texts)) if texts else provenance

    def said(self) -> list[str]:
        """Return all that was noted."""
        return list(self.sentences)

    def one_of(self, found: dict[str, float], unit: str, what: str) -> float | None:
        """Return the first of several statements of one thing, and say so where they contradict each other.

        Parameters
        ----------
        found : dict of str to float
            Where each value is stated, the most trusted first.
        unit, what : str
            For the sentence.
        """
        if not found:
            return None
        place, value = next(iter(found.items()))
        others = [f"{other:.6g} {unit} ({name})" for name, other in found.items() if abs(other / value - 1) > 0.01]
        if others:
            self.assumed(
                f"the file states {what} of {value:.6g} {unit} ({place}) and of {' and of '.join(others)}: the first "
                "is used"
            )
        return value

    def square(self, path_name: str, across: float | None, along: float | None, place: str) -> float | None:
        """Return the size of a pixel from its size along both axes, µm.

        Raises
        ------
        InputError
            The pixels are not square.
        """
        if across is None and along is None:
            return None
        if across is None or along is None:
            self.assumed(f"{place} is stated along one axis alone: the pixels are taken as square")
            return across if along is None else along
        if abs(across / along - 1) > SAME:
            raise InputError(
                f"{path_name} has pixels of {along:.6g} by {across:.6g} µm (along rows' axis and columns'); square "
                "ones are needed: bin the frames so that they are."
            )
        return across
