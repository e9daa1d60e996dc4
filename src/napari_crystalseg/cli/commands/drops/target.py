"""crystalseg drops target"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ....errors import Cancelled, InputError
from ...console import tell_assumed, tell_statements
from ...stopping import stoppable_progress


class EmptyDrop(StrEnum):
    """Where in a drop without crystals."""

    FARTHEST = "farthest"
    CENTROID = "centroid"


def command(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="IMAGES...",
            help="Micrographs, folders of them; or outlines: COCO .json, .npz, a folder of those, or of drops detect.",
        ),
    ],
    model: Annotated[
        Path | None,
        typer.Option("--model", help="Folder of a detector, or file of CHiMP's weights; the bundled one by default."),
    ] = None,
    score: Annotated[float, typer.Option("--score", min=0, max=1, help="Objects of less are not taken.")] = 0.6,
    pixel_size_um: Annotated[
        float | None, typer.Option("--pixel-size-um", help="Side of a pixel at the drop, in place of the file's, µm.")
    ] = None,
    grid_um: Annotated[
        float | None,
        typer.Option("--grid-um", help="Spacing of the places that the dispenser goes to, µm; any pixel by default."),
    ] = None,
    empty_drop: Annotated[
        EmptyDrop, typer.Option("--empty-drop", help="In a drop without crystals: far from its edge, or its centroid.")
    ] = EmptyDrop.FARTHEST,
    droplet_radius_um: Annotated[
        float | None, typer.Option("--droplet-radius-um", help="Say where a droplet of this radius does not fit, µm.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="POSITIONS.csv", help="Table as CHiMP writes it for the Echo, and its record."),
    ] = None,
    classes: Annotated[
        Path | None,
        typer.Option("--classes", metavar="CLASSES.csv", help="Table of drops classify, held against the outlines."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON in place of lines.")] = False,
    recursive: Annotated[bool, typer.Option("--recursive", help="Look into subfolders, too.")] = False,
) -> None:
    """Say where to dispense into drops: far from crystals and edge, in µm from the image's centre."""
    from ....drops.contradiction import MISSED, missed_in
    from ....io import check_outputs
    from ....texts.json_text import to_json
    from ....texts.printable import printable
    from ....workflows.drops.target import (
        TargetSearch,
        left_out_of,
        record_of,
        target_drops,
        target_record,
        wells_of,
        write_targets,
    )

    if out is not None and out.suffix.lower() != ".csv":
        raise InputError(f"{out} is not a table: name one that ends in .csv.")
    search = TargetSearch(score, pixel_size_um, grid_um, empty_drop.value, droplet_radius_um, model, recursive, classes)
    check_outputs(
        [out, None if out is None else record_of(out)], [*(one for one in paths if not one.is_dir()), model, classes]
    )
    left_out = left_out_of(paths, recursive)
    found = []
    stopped = False
    with stoppable_progress() as progress:
        try:
            for one in target_drops(paths, search, progress):
                found.append(one)
                if one.problem:
                    typer.echo(printable(one.line), err=True)
        except Cancelled:
            stopped = True
    if out is not None:
        write_targets(found, out, paths, search, left_out, stopped)
    if as_json:
        print(to_json(target_record(found, paths, search, left_out, stopped), indent=1))
    else:
        tell_statements(left_out)
        wells = wells_of(found)
        for one in found:
            if one.problem:
                continue
            well = wells.get(one.name)
            print(printable(("" if well is None else f"{well.name}  ") + one.line))
        tell_assumed(dict.fromkeys(text for one in found for text in one.assumed))
        tell_statements(missed_in([one.name for one in found if one.contradiction is MISSED], len(found)))
        if out is not None:
            print(f"written: {out}")
    if stopped:
        # What the command line makes of an interrupt; what was done is written.
        raise KeyboardInterrupt
    failed = [one for one in found if one.problem]
    if failed:
        raise InputError(f"{len(failed)} of {len(found)} images could not be used; the first: {failed[0].problem}")
