"""crystalseg drops simulate"""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ....drops.classes import DROP_CLASSES
from ....errors import InputError
from ...console import shown_progress


class DropClass(StrEnum):
    """Classes of micrographs."""

    CLEAR = "clear"
    CRYSTALS = "crystals"
    OTHER = "other"
    PRECIPITATE = "precipitate"


class ImageFormat(StrEnum):
    """Formats of simulated micrographs."""

    PNG = "png"
    JPG = "jpg"
    TIFF = "tiff"


def command(
    folder: Annotated[Path, typer.Argument(help="Folder to write: images, masks, truth.csv, coco.json, drops.json.")],
    number: Annotated[int, typer.Option("--number", min=1, help="Number of drops.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same bytes.")],
    size: Annotated[
        str, typer.Option("--size", metavar="ROWSxCOLUMNS", help="Pixels of an image; one number is both.")
    ] = "1024x1224",
    drop_class: Annotated[
        DropClass | None, typer.Option("--class", help="Class of all of them; by default each has its turn.")
    ] = None,
    form: Annotated[ImageFormat, typer.Option("--format", help="Format of the images.")] = ImageFormat.PNG,
) -> None:
    """Simulate micrographs of drops with their classes, and outlines of drop and crystals."""
    from ....simulation.drops import DropConditions
    from ....workflows.drops.simulate import simulate_drops

    conditions = DropConditions(shape=_shape(size))
    with shown_progress() as progress:
        made = simulate_drops(
            folder,
            number,
            seed,
            conditions=conditions,
            drop_class=None if drop_class is None else drop_class.value,
            form=form.value,
            progress=progress,
        )
    counts = ", ".join(f"{made.classes.count(name)} {name}" for name in DROP_CLASSES if name in made.classes)
    print(f"{len(made.paths)} drops in {made.folder}: {counts}.")
    print(f"Outlined: {made.outlined_drops} drops and {made.outlined_crystals} crystals.")


def _shape(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"\s*(\d{1,6})\s*(?:[xX×]\s*(\d{1,6})\s*)?", text)
    if found is None:
        raise InputError(f"--size is rows and columns of an image, such as 1024x1224, not '{text}'.")
    rows = int(found[1])
    return rows, rows if found[2] is None else int(found[2])
