"""Tables of classes: how many images, F1 by set, precision and recall, and which class is taken for which."""

from __future__ import annotations

from collections.abc import Mapping

from ..classification import ClassificationScores
from .table import Cell, Table

# The order of the paper, and other classes after them.
_ORDER = ("crystals", "precipitate", "clear", "other")


def f1_table(sets: Mapping[str, ClassificationScores]) -> Table:
    """Return F1 of each class and its mean for each set of images, as table 5 of the paper has it.

    Parameters
    ----------
    sets : mapping of str to ClassificationScores
        Scores by the name of the set, such as unambiguous and mostly.

    Returns
    -------
    Table
        F1, with the number of images.
    """
    classes = _ordered(next(iter(sets.values())).classes if sets else ())
    rows = tuple(
        (name, scores.number, *(scores.f1[one] for one in classes), scores.macro_f1) for name, scores in sets.items()
    )
    return Table("F1", ("set", "images", *(one.capitalize() for one in classes), "Mean"), rows)


def class_table(sets: Mapping[str, ClassificationScores]) -> Table:
    """Return precision, recall and F1 of each class for each set, as tables 7 and 9 of the paper have them.

    Parameters
    ----------
    sets : mapping of str to ClassificationScores
        Scores by the name of the set.

    Returns
    -------
    Table
        With the number of images of each class, as table 4 has it.
    """
    rows = tuple(
        (
            one.capitalize(),
            name,
            int(scores.confusion[scores.classes.index(one)].sum()),
            scores.precision[one],
            scores.recall[one],
            scores.f1[one],
        )
        for one in _ordered(next(iter(sets.values())).classes if sets else ())
        for name, scores in sets.items()
    )
    return Table("Classes", ("class", "set", "images", "Precision", "Recall", "F1"), rows)


def confusion_table(name: str, scores: ClassificationScores) -> Table:
    """Return how many images of each class, by row, were given each class, by column.

    Parameters
    ----------
    name : str
        Name of the set.
    scores : ClassificationScores
        Its scores.

    Returns
    -------
    Table
    """
    classes = _ordered(scores.classes)
    places = [scores.classes.index(one) for one in classes]
    rows: list[tuple[Cell, ...]] = []
    for one, row in zip(classes, places, strict=True):
        rows.append((one.capitalize(), *(int(scores.confusion[row, column]) for column in places)))
    header = ("", *(one.capitalize() for one in classes))
    return Table(f"True class by row, given class by column: {name}", header, tuple(rows))


def _ordered(classes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(classes, key=lambda one: _ORDER.index(one) if one in _ORDER else len(_ORDER)))
