"""How often tables of classes say the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ....drops.scores import agreement
from ....drops.scores.tables import agreement_table
from ....errors import InputError
from ....provenance import Provenance
from .class_rows import read_class_rows
from .evaluation import Evaluation
from .name_matching import matched


def evaluate_agreement(tables: Sequence[str | Path]) -> Evaluation:
    """Say how often people gave the same class, or a person at two times.

    Parameters
    ----------
    tables : sequence of path
        Two tables or more with path and class of each image.

    Returns
    -------
    Evaluation
        Agreement of each two and of all, over the images that are in all tables.

    Raises
    ------
    InputError
        A single table, one that cannot be used or gives an image two classes, or no image that is in all.
    """
    paths = [Path(one) for one in tables]
    if len(paths) < 2:
        raise InputError("Agreement is between two at least: name another table of classes.")
    given = [_classes(path) for path in paths]
    first = list(given[0])
    places = [matched(first, list(one)) for one in given]
    common = [number for number in range(len(first)) if all(number in one for one in places)]
    if not common:
        raise InputError("No image is in all of the tables.")
    names = [path.stem for path in paths]
    if len(set(names)) < len(names):
        names = [str(path) for path in paths]
    values = [list(one.values()) for one in given]
    found = agreement(
        {name: [of[to[number]] for number in common] for name, of, to in zip(names, values, places, strict=True)}
    )
    said = [
        f"{len(one) - len(common)} of {len(one)} images of {path.name} are not in all tables, and are left out"
        for path, one in zip(paths, given, strict=True)
        if len(one) > len(common)
    ]
    provenance = Provenance.of_file(paths[0], *paths[1:]).then("evaluate_drop_agreement")
    return Evaluation((agreement_table(found),), {"agreement": found.to_dict()}, tuple(said), provenance)


def _classes(path: Path) -> dict[str, str]:
    classes: dict[str, str] = {}
    for one in read_class_rows(path):
        if classes.setdefault(one.path, one.drop_class) != one.drop_class:
            raise InputError(f"{path.name} gives {one.path} two classes.")
    return classes
