"""The table of classified micrographs, as CHiMP writes it, and the record beside it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from ...drops.classifier import DropClassifier
from ...errors import InputError, one_line
from ...io.files.atomic import replacing_pair
from ...provenance import Provenance
from ...texts.json_text import to_json
from ...texts.printable import encodable
from .classified_drop import DIGITS, ClassifiedDrop
from .evaluate.class_rows import read_class_rows
from .evaluate.name_matching import matched


def class_table(drops: Sequence[ClassifiedDrop], class_names: Sequence[str]) -> str:
    """Return the table as CSV text: path, class, its probability, and the probability of each class.

    Those that could not be used have no row, so that every cell of a column is what its name says, as in CHiMP's
    tables; they are listed in the record.
    """
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["path", "pred_class", "pred_max_prob", *class_names])
    for one in drops:
        if one.probabilities is not None:
            shown = [f"{share:.{DIGITS}f}" for share in (max(one.probabilities), *one.probabilities)]
            writer.writerow([str(one.path), one.drop_class, *shown])
    return text.getvalue()


def class_record(
    drops: Sequence[ClassifiedDrop], classifier: DropClassifier, left_out: Sequence[str] = (), asked: int | None = None
) -> dict[str, Any]:
    """Return what is to be known beside the table, as JSON-ready values.

    Parameters
    ----------
    drops : sequence of ClassifiedDrop
        What was found.
    classifier : DropClassifier
        What found it.
    left_out : sequence of str
        What of folders was passed over.
    asked : int, optional
        Images that were asked for, where the run was stopped before its end.
    """
    used = [one for one in drops if one.probabilities is not None]
    provenance = Provenance(model_sha256=classifier.sha256).then(
        "classify_drops",
        model=classifier.path.name,
        type=classifier.kind,
        size_px=classifier.side_px,
        model_sha256=classifier.sha256,
    )
    counts = {name: sum(one.drop_class == name for one in used) for name in classifier.class_names}
    return {
        "images": len(drops) if asked is None else asked,
        "classified": len(used),
        "classes": counts,
        "problems": [{"path": str(one.path), "problem": one.problem} for one in drops if one.probabilities is None],
        "left_out": list(left_out),
        "assumed": {str(one.path): list(one.assumptions) for one in used if one.assumptions},
        "stopped": asked is not None and len(drops) < asked,
        "provenance": provenance.to_dict(),
    }


def read_classes(table: str | Path, names: Sequence[str]) -> dict[str, str]:
    """Return what a table says of images: their class, by the names that they have here.

    Parameters
    ----------
    table : path
        As :func:`write_class_table` writes it, or with the columns path and class.
    names : sequence of str
        Paths of images, which may lie in other folders than the table says.

    Returns
    -------
    dict of str to str
        Those images that are in the table alone.

    Raises
    ------
    InputError
        Not such a table, one that holds none of the images, or names that may be several.
    """
    rows = {one.path: one.drop_class for one in read_class_rows(table)}
    known = list(rows)
    found = {names[place]: rows[known[other]] for place, other in matched(names, known).items()}
    if names and not found:
        raise InputError(
            f"{Path(table).name} holds none of the {len(names)} images; the first are {one_line(known[0])} there and "
            f"{one_line(names[0])} here."
        )
    return found


def record_of(table: Path) -> Path:
    """Where the record of a table lies: beside it, with the ending ``.json``."""
    return table.with_suffix(".json")


def write_class_table(
    drops: Sequence[ClassifiedDrop],
    table: str | Path,
    classifier: DropClassifier,
    left_out: Sequence[str] = (),
    asked: int | None = None,
) -> None:
    """Write the table and its record.

    Parameters
    ----------
    drops, classifier, left_out, asked
        As for :func:`class_record`.
    table : path
        CSV to write.

    Raises
    ------
    InputError
        The place may not be written.
    """
    table = Path(table)
    record = class_record(drops, classifier, left_out, asked)
    with replacing_pair(table, record_of(table)) as (first, second):
        first.write_bytes(encodable(class_table(drops, classifier.class_names)).encode("utf-8"))
        second.write_bytes((encodable(to_json(record, indent=1)) + "\n").encode("utf-8"))
