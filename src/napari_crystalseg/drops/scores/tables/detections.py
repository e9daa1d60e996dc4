"""The table of average precision."""

from __future__ import annotations

from collections.abc import Mapping

from ..average_precision import AveragePrecision
from .table import Table

_COLUMNS = {
    "0.5": "ap_50",
    "0.75": "ap_75",
    "0.5-0.95": "ap",
    "< 32²": "ap_small",
    "32²-96²": "ap_medium",
    "> 96²": "ap_large",
}


def precision_table(kinds: Mapping[str, AveragePrecision]) -> Table:
    """Return mean average precision of boxes and outlines, as tables 6 and 8 of the paper have it, and of each class.

    Parameters
    ----------
    kinds : mapping of str to AveragePrecision
        Scores by what overlaps, such as Box and Segm.

    Returns
    -------
    Table
        By overlap, and at overlaps 0.5-0.95 by area in pixels; with the numbers of true and found objects.
    """
    rows = []
    for name, scores in kinds.items():
        several = len(scores.classes) > 1
        for of, one in ((name, scores), *((f"{name}, {k}", v) for k, v in scores.classes.items() if several)):
            rows.append((of, one.truths, one.found, *(getattr(one, figure) for figure in _COLUMNS.values())))
    return Table("Mean average precision", ("", "true", "found", *_COLUMNS), tuple(rows))
