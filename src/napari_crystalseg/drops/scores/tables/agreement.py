"""The table of agreement."""

from __future__ import annotations

from ..agreement import Agreement
from .table import Cell, Table


def agreement_table(found: Agreement) -> Table:
    """Return how often each two gave the same class, and all of them.

    Parameters
    ----------
    found : Agreement
        Of two or more.

    Returns
    -------
    Table
        Parts of the images, 0 to 1.
    """
    rows: list[tuple[Cell, ...]] = [(one, other, found.images, part) for (one, other), part in found.pairs.items()]
    if len(found.names) > 2:
        rows.append(("all", "", found.images, found.all_agree))
    return Table("Agreement", ("first", "second", "images", "same class"), tuple(rows))
