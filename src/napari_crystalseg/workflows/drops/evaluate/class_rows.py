"""Tables of images and their classes, true or given."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from ....drops.classes import CLASS_OF_LABEL, DROP_CLASSES
from ....drops.files.in_file import in_file
from ....errors import InputError, shortened
from ....io import check_input

TRUTH = "truth.csv"
"""Table in a folder of simulated drops."""
_PATHS = ("path", "filepath", "file", "filename", "image", "image_path", "name")
_CLASSES = ("class", "pred_class", "drop_class", "label", "classification")
_SETS = ("set", "subset", "test_set")


@dataclass(frozen=True)
class ClassRow:
    """One image.

    Parameters
    ----------
    path : str
        Its file as the table names it.
    drop_class : str
        One of the four classes.
    subset : str
        Set of images that it belongs to; empty where the table has none.
    """

    path: str
    drop_class: str
    subset: str = ""


def read_class_rows(path: str | Path) -> tuple[ClassRow, ...]:
    """Read a table of images and classes.

    Parameters
    ----------
    path : path
        CSV with the columns path and class (``pred_class`` of results as CHiMP writes them), and set where images
        belong to several; without names of columns, the first two are path and class. A class may be one of the ten
        labels that experts give. A folder with ``truth.csv`` is that table.

    Returns
    -------
    tuple of ClassRow

    Raises
    ------
    InputError
        No table, no such columns, an unknown class, or no images.
    """
    path = Path(path)
    check_input(path)
    if path.is_dir():
        path = path / TRUTH
        if not path.is_file():
            raise InputError(f"{path.parent} holds no {TRUTH}; name a table of images and classes.")
    with in_file(path):
        text = path.read_bytes().decode("utf-8-sig", "surrogateescape")
        lines = [(number, line) for number, line in enumerate(csv.reader(StringIO(text, newline="")), 1) if any(line)]
        if not lines:
            raise InputError("it is empty; a table of images and classes is needed")
        header = [one.strip().lower() for one in lines[0][1]]
        columns = [_column(header, names) for names in (_PATHS, _CLASSES, _SETS)]
        if columns[0] is None and columns[1] is None and len(header) >= 2 and _class_of(header[1]) is not None:
            columns = [0, 1, None]
        else:
            lines = lines[1:]
        at_path, at_class, at_set = columns
        if at_path is None or at_class is None:
            raise InputError("it has no columns path and class: name them so in its first line")
        rows = []
        for number, line in lines:
            if len(line) <= max(at_path, at_class):
                raise InputError(f"line {number} has too few cells")
            drop_class = _class_of(line[at_class])
            if drop_class is None:
                raise InputError(
                    f"line {number} names the class '{shortened(line[at_class])}'; known are {', '.join(DROP_CLASSES)}"
                )
            subset = line[at_set].strip() if at_set is not None and len(line) > at_set else ""
            rows.append(ClassRow(line[at_path].strip(), drop_class, subset))
        if not rows:
            raise InputError("it names no images")
        return tuple(rows)


def rows_by_set(rows: tuple[ClassRow, ...]) -> dict[str, tuple[ClassRow, ...]]:
    """Return the rows of each set, in the order of the table; of one without sets all, as ``all``."""
    names = dict.fromkeys(one.subset or "all" for one in rows)
    return {name: tuple(one for one in rows if (one.subset or "all") == name) for name in names}


def table_folder(path: str | Path) -> Path:
    """Return the folder that paths in a table are relative to."""
    path = Path(path)
    return path if path.is_dir() else path.parent


def _column(header: list[str], names: tuple[str, ...]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)


def _class_of(text: str) -> str | None:
    plain = " ".join(text.lower().replace("_", " ").split())
    return plain if plain in DROP_CLASSES else CLASS_OF_LABEL.get(plain)
