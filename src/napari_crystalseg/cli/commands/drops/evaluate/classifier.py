"""crystalseg drops evaluate classifier"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ....console import shown_progress
from .showing import AsJson, Out, check_out, show


def command(
    truth: Annotated[
        Path,
        typer.Argument(metavar="TRUTH.csv", help="Table with path, class, perhaps set; or a folder with truth.csv."),
    ],
    results: Annotated[
        Path | None,
        typer.Argument(metavar="[RESULTS.csv]", help="What classify wrote; by default the images are classified now."),
    ] = None,
    model: Annotated[
        Path | None, typer.Option("--model", help="Folder of a classifier, or a checkpoint of CHiMP's training.")
    ] = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Say how often micrographs are given the right class: F1, precision and recall, and which is taken for which."""
    from .....workflows.drops.evaluate.evaluate_classifier import evaluate_classifier

    check_out(out, [truth, results, model])
    with shown_progress() as progress:
        found = evaluate_classifier(truth, results, model=model, progress=progress)
    show(found, out, as_json)
