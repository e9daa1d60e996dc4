"""Files of an evaluation: tables, record and report."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...io import replacing, save_json
from ...judgement.evaluation import ABSORPTION, CLASSES, SCORES, SURFACES, Evaluation

FILES = ("evaluation.json", "cases.csv", "summary.csv", "report.html")
"""Record, one line a case, one line a group and class, page."""

_LENGTHS = tuple(f"{name}_{unit}" for name in SURFACES for unit in ("um", "voxels"))
_VOLUMES = ("volume_um3", "true_volume_um3", "volume_error_um3", "volume_error_percent")


def write_evaluation(found: Evaluation, folder: Path, pictures: Mapping[str, Path]) -> None:
    """Write the files of an evaluation into a folder.

    Parameters
    ----------
    found : Evaluation
        The scores.
    folder : Path
        Where to.
    pictures : mapping of str to Path
        PNG with the worst slices of each case, by its full name.
    """
    from ...pictures.evaluation.evaluation_report import write_evaluation_report

    record, cases, summary, page = (folder / name for name in FILES)
    save_json(found.to_dict(), record)
    _write_rows(cases, _case_rows(found))
    _write_rows(summary, _summary_rows(found))
    write_evaluation_report(found, page, pictures)


def _case_rows(found: Evaluation) -> list[dict[str, Any]]:
    rows = []
    for case in found.cases:
        row: dict[str, Any] = {"group": case.group, "case": case.name}
        row |= {f"mean_{name}": case.mean[name] for name in SCORES}
        for title in CLASSES:
            figures = case.classes[title]
            row |= {f"{title}_{name}": figures[name] for name in ("held_by", *SCORES, *_LENGTHS, *_VOLUMES)}
        absorption = case.absorption or {}
        row |= {name: absorption.get(key) for name, key in ABSORPTION.items()}
        row |= {name: absorption.get(name) for name in ("common_scale", "rms_relative_sampling_error")}
        row["without_absorption"] = case.without_absorption
        row["failed"] = ""
        rows.append(row)
    return rows + [{"group": each.group, "case": each.name, "failed": each.reason} for each in found.failed]


def _summary_rows(found: Evaluation) -> list[dict[str, Any]]:
    rows = []
    names = (*SCORES, *_LENGTHS, "volume_error_percent", "absolute_volume_error_percent")
    for group in (*found.groups, None):
        summary = found.summary(group)
        called = "all" if group is None else group
        for title in CLASSES:
            figures = summary["classes"][title]
            row = {"group": called, "class": title, "cases": summary["cases"]}
            rows.append(row | {name: figures[name] for name in ("scored", "missed", "invented", *names)})
        of_all: dict[str, Any] = {"group": called, "class": "mean", "cases": summary["cases"], **summary["mean"]}
        rows.append(of_all | {name: summary["absorption"][name] for name in ABSORPTION})
    return rows


def _write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with replacing(path) as partial, partial.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow([_cell(row.get(name)) for name in columns])


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else value
