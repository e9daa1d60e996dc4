"""The table of an experiment, with the published one beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...judgement.evaluation import CLASSES

MEASURES = ("recall", "iou", "f1", "f2", "precision")
TITLES = {"real": "real alone", "synthetic": "synthetic alone", "both": "real and synthetic"}
_HEADINGS = {"recall": "recall", "iou": "IoU", "f1": "F1", "f2": "F2", "precision": "precision"}

PUBLISHED: Mapping[str, Mapping[str, tuple[float, ...]]] = {
    "real": {
        "crystal": (0.713, 0.639, 0.718, 0.714, 0.741),
        "liquor": (0.886, 0.809, 0.893, 0.888, 0.903),
        "loop": (0.797, 0.672, 0.787, 0.792, 0.788),
    },
    "synthetic": {
        "crystal": (0.800, 0.711, 0.815, 0.804, 0.847),
        "liquor": (0.896, 0.785, 0.878, 0.889, 0.860),
        "loop": (0.848, 0.733, 0.845, 0.846, 0.845),
    },
    "both": {
        "crystal": (0.922, 0.833, 0.897, 0.911, 0.875),
        "liquor": (0.897, 0.840, 0.904, 0.899, 0.911),
        "loop": (0.884, 0.810, 0.886, 0.885, 0.890),
    },
}
"""Table 2 of the CrystalSeg paper: nnU-Net on 10 real and 90 simulated sets, tested on 5 real ones; in the order of
MEASURES."""


def table_rows(summaries: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return one row a network and class, and one for the mean of the classes.

    Parameters
    ----------
    summaries : mapping of str to mapping
        Of each network the summary of its evaluation.

    Returns
    -------
    list of dict
        ``learnt_from``, ``class`` and the measures, 0 to 1; None where no case has the class.
    """
    rows = []
    for arm, summary in summaries.items():
        for title in CLASSES:
            row: dict[str, Any] = {"learnt_from": arm, "class": title}
            rows.append(row | {name: summary["classes"][title][name] for name in MEASURES})
        mean: dict[str, Any] = {"learnt_from": arm, "class": "mean"}
        rows.append(mean | {name: summary["mean"][name] for name in MEASURES})
    return rows


def markdown_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows of :func:`table_rows` as a table in Markdown."""
    lines = [
        "| learnt from | class | " + " | ".join(_HEADINGS[name] for name in MEASURES) + " |",
        "| --- | --- |" + " --- |" * len(MEASURES),
    ]
    for row in rows:
        values = ("–" if row[name] is None else f"{row[name]:.3f}" for name in MEASURES)
        lines.append(f"| {TITLES[row['learnt_from']]} | {row['class']} | " + " | ".join(values) + " |")
    return "\n".join(lines) + "\n"


def published_rows() -> list[dict[str, Any]]:
    """Return the published table in the rows of :func:`table_rows`; the means are of its figures."""
    rows: list[dict[str, Any]] = []
    for arm, classes in PUBLISHED.items():
        for title in CLASSES:
            rows.append({"learnt_from": arm, "class": title, **dict(zip(MEASURES, classes[title], strict=True))})
        means = [sum(values) / len(values) for values in zip(*classes.values(), strict=True)]
        rows.append({"learnt_from": arm, "class": "mean", **dict(zip(MEASURES, means, strict=True))})
    return rows
