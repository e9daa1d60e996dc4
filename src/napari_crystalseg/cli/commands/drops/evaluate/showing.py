"""What both commands print and write."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .....errors import InputError
from ....console import tell_statements

if TYPE_CHECKING:
    from .....workflows.drops.evaluate.evaluation import Evaluation

Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="Also write the tables, .txt, .md or .csv, with all figures as .json."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON in place of tables.")]


def check_out(out: Path | None, inputs: Iterable[Path | None]) -> None:
    """Refuse, before the work, a file that cannot be written after it.

    Raises
    ------
    InputError
        Another suffix than those of tables, or a place that is read or may not be written.
    """
    from .....io import check_outputs
    from .....workflows.drops.evaluate.evaluation import SUFFIXES, record_of

    if out is not None and out.suffix.lower() not in SUFFIXES:
        raise InputError(f"{out} is no file of tables: name one that ends in {', '.join(SUFFIXES)}.")
    check_outputs(
        [out, None if out is None else record_of(out)], [one for one in inputs if one is not None and not one.is_dir()]
    )


def show(found: Evaluation, out: Path | None, as_json: bool) -> None:
    """Print tables, or the record, say what was left out, and write them where that was asked for."""
    if out is not None:
        found.write(out)
    if as_json:
        print(found.text(".json"), end="")
        return
    print(found.text(), end="")
    tell_statements(found.statements)
    if out is not None:
        print(f"written: {out}")
