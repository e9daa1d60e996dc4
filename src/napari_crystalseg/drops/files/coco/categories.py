"""Which category of a COCO file is a drop, and which a crystal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ....errors import InputError, shortened
from ...objects import CRYSTAL, DROP, KINDS

CATEGORIES = tuple({"id": number, "name": kind, "supercategory": ""} for number, kind in enumerate(KINDS, 1))
"""As this package writes them: drop 1, crystal 2, as in CHiMP's detector of both."""

_NAMES = {
    **dict.fromkeys(("drop", "drops", "droplet", "droplets"), DROP),
    **dict.fromkeys(("crystal", "crystals", "xtal", "xtals"), CRYSTAL),
}


def category_of(kind: str) -> int:
    """Return the id of a kind in files that this package writes."""
    return KINDS.index(kind) + 1


def kinds_of_categories(categories: Sequence[Mapping[str, Any]]) -> tuple[dict[Any, str], tuple[str, ...]]:
    """Return which ids are drops and crystals, by the names of the categories.

    Parameters
    ----------
    categories : sequence of mapping
        ``id`` and ``name`` of each; none where the file does not say.

    Returns
    -------
    kinds : dict of id to str
        ``drop`` or ``crystal`` of those that are one.
    assumed : tuple of str
        What was assumed, and which categories are not used.

    Raises
    ------
    InputError
        None of the categories is one of the two.
    """
    if not categories:
        return dict(enumerate(KINDS, 1)), ("it names no categories: 1 is taken for drops and 2 for crystals",)
    kinds = {one["id"]: _NAMES[name] for one in categories if (name := one["name"].strip().lower()) in _NAMES}
    others = [one["name"] for one in categories if one["id"] not in kinds]
    if not kinds:
        names = ", ".join(shortened(one) for one in others[:6])
        raise InputError(f"none of its categories is a drop or a crystal; they are {names}")
    said = tuple(f"its category '{shortened(one)}' is not used" for one in others)
    return kinds, said
