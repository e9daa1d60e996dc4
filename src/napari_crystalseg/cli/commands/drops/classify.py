"""crystalseg drops classify"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ....errors import Cancelled, InputError
from ...stopping import stoppable_progress


def command(
    images: Annotated[list[Path], typer.Argument(help="Micrographs, and folders of them: JPEG, PNG, TIFF or BMP.")],
    model: Annotated[
        Path | None, typer.Option("--model", help="Folder of a classifier, or a checkpoint of CHiMP's training.")
    ] = None,
    size_px: Annotated[
        int | None, typer.Option("--size-px", help="Side of the images that the network sees; that of its training.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="RESULTS.csv", help="Table as CHiMP writes it, and its record.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON in place of lines.")] = False,
    recursive: Annotated[bool, typer.Option("--recursive", help="Look into subfolders too.")] = False,
) -> None:
    """Tell what micrographs show: clear drops, crystals, precipitate or something else."""
    from ....drops.classifier import DropClassifier
    from ....io import check_outputs
    from ....texts.printable import printable
    from ....workflows.drops.class_table import class_record, record_of, write_class_table
    from ....workflows.drops.classify import classify_drops
    from ....workflows.drops.named_images import named_drop_images

    if out is not None and out.suffix.lower() != ".csv":
        raise InputError(f"{out} is not a table: name one that ends in .csv.")
    files, left_out = named_drop_images(images, recursive)
    check_outputs([out, None if out is None else record_of(out)], [*files, *([] if model is None else [model])])
    classifier = DropClassifier(size_px=size_px) if model is None else DropClassifier(model, size_px)
    found = []
    stopped = False
    with stoppable_progress() as progress:
        try:
            for one in classify_drops(files, classifier, progress):
                found.append(one)
                if not as_json and one.probabilities is None:
                    typer.echo(printable(f"{one.path}: {one.problem}"), err=True)
        except Cancelled:
            stopped = True
    asked = len(files)
    if out is not None:
        write_class_table(found, out, classifier, left_out, asked)
    if as_json:
        import json

        record = class_record(found, classifier, left_out, asked)
        print(json.dumps({**record, "drops": [one.to_dict() for one in found]}, indent=1))
    else:
        for one in found:
            if one.probabilities is not None:
                print(printable(f"{one.path}: {one.drop_class} ({max(one.probabilities):.2f})"))
        for text in left_out:
            typer.echo(printable(f"! {text}."), err=True)
        if out is not None:
            print(f"written: {out}")
    if stopped:
        # What the command line makes of an interrupt; what was done is written.
        raise KeyboardInterrupt
    failed = [one for one in found if one.probabilities is None]
    if failed:
        raise InputError(
            f"{len(failed)} of {len(files)} images could not be classified; the first: {failed[0].problem}"
        )
