"""crystalseg drops evaluate agreement"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .showing import AsJson, Out, check_out, show


def command(
    tables: Annotated[
        list[Path], typer.Argument(metavar="CLASSES.csv...", help="Two tables or more with path and class.")
    ],
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Say how often tables of classes, such as those of several people, give an image the same class."""
    from .....workflows.drops.evaluate.evaluate_agreement import evaluate_agreement

    check_out(out, tables)
    show(evaluate_agreement(tables), out, as_json)
