"""Order in which micrographs are gone through."""

from __future__ import annotations

from collections.abc import Sequence

from .drop_entry import DropEntry


def order_of(entries: Sequence[DropEntry], likely_first: bool) -> list[int]:
    """Return the numbers of micrographs in order: as they lie, or the most probable crystals first.

    Those that were not classified come after the others, as they lie.
    """
    numbers = list(range(len(entries)))
    if likely_first:

        def rank(number: int) -> float:
            probability = entries[number].crystals_probability
            return 1.0 if probability is None else -probability

        numbers.sort(key=rank)
    return numbers


def step(entries: Sequence[DropEntry], current: int, where: str, likely_first: bool) -> int | None:
    """Return the micrograph that a step leads to; None where there is none.

    Parameters
    ----------
    entries : sequence of DropEntry
        All of them.
    current : int
        From which; -1 where none is shown.
    where : str
        ``next``, ``previous``, or ``crystals``: the next that shows crystals and is not accepted, from the beginning
        again after the last.
    likely_first : bool
        Whether the order is that of :func:`order_of` by probability.
    """
    order = order_of(entries, likely_first)
    at = order.index(current) if current in order else -1
    if where == "previous":
        return order[at - 1] if at > 0 else None
    if where == "next":
        return order[at + 1] if at + 1 < len(order) else None
    for number in [*order[at + 1 :], *order[: max(at, 0)]]:
        entry = entries[number]
        if entry.likely_class == "crystals" and not entry.accepted and not entry.problem:
            return number
    return None
