"""Evaluation: tables of scores, all figures, and where they came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ....drops.scores.tables import Table
from ....errors import InputError
from ....io import write_text
from ....io.files.atomic import replacing_pair
from ....provenance import Provenance
from ....texts.json_text import to_json
from ....texts.printable import encodable

SUFFIXES = (".txt", ".md", ".csv", ".json")


@dataclass(frozen=True)
class Evaluation:
    """What was found of a classifier or a detector.

    Parameters
    ----------
    tables : tuple of Table
        To be read.
    figures : mapping
        The same and more, JSON-ready.
    statements : tuple of str
        What was left out or assumed, clauses without a full stop.
    provenance : Provenance
        What was read, and how it was judged.
    """

    tables: tuple[Table, ...]
    figures: Mapping[str, Any]
    statements: tuple[str, ...]
    provenance: Provenance

    @property
    def record(self) -> dict[str, Any]:
        """All figures as JSON-ready values, and where they came from."""
        return {**self.figures, "statements": list(self.statements), "provenance": self.provenance.to_dict()}

    def text(self, suffix: str = ".txt") -> str:
        """Return all tables as text (``.txt``), Markdown (``.md``), CSV (``.csv``), or the record (``.json``).

        Raises
        ------
        InputError
            Another suffix.
        """
        if suffix == ".json":
            return to_json(self.record, indent=1) + "\n"
        if suffix == ".md":
            return "\n".join(one.markdown() for one in self.tables)
        if suffix == ".csv":
            return "\n".join(f"{one.title}\n{one.csv()}" for one in self.tables)
        if suffix == ".txt":
            return "\n".join(one.text() for one in self.tables)
        raise InputError(f"Tables are written as {', '.join(SUFFIXES)}, not as '{suffix}'.")

    def write(self, path: str | Path) -> None:
        """Write it in the form that the name ends in, and of tables all figures beside them, in one step.

        Raises
        ------
        InputError
            Another suffix, or the place may not be written.
        """
        path = Path(path)
        text = self.text(path.suffix.lower())
        if (record := record_of(path)) is None:
            write_text(path, text)
            return
        with replacing_pair(path, record) as (first, second):
            first.write_bytes(encodable(text).encode("utf-8"))
            second.write_bytes(encodable(self.text(".json")).encode("utf-8"))


def record_of(path: Path) -> Path | None:
    """Where all figures lie beside a file of tables: of its name, with the ending ``.json``; None of such a file."""
    return None if path.suffix.lower() == ".json" else path.with_suffix(".json")
