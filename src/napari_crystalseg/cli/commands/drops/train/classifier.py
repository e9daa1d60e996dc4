"""crystalseg drops train classifier"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .....errors import Cancelled
from ....options import Seed
from ....stopping import stoppable_progress


def command(
    folder: Annotated[Path, typer.Argument(help="Folder to write: weights and card.")],
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="LABELS.csv", help="Images and their classes; drops are simulated without it."),
    ] = None,
    begin_from: Annotated[
        Path | None, typer.Option("--from", metavar="MODEL", help="Folder of a classifier, or CHiMP's checkpoint.")
    ] = None,
    steps: Annotated[int | None, typer.Option("--steps", min=1, help="Batches to learn from.")] = None,
    minutes: Annotated[float | None, typer.Option("--minutes", help="End after this time instead.")] = None,
    images: Annotated[int | None, typer.Option("--images", min=16, help="Simulated images to learn from.")] = None,
    batch: Annotated[int, typer.Option("--batch", min=2, help="Images in a batch.")] = 32,
    rate: Annotated[float | None, typer.Option("--rate", help="Largest learning rate.")] = None,
    size_px: Annotated[int | None, typer.Option("--size-px", help="Side of the images, with --from.")] = None,
    threads: Annotated[int, typer.Option("--threads", min=1, help="Of torch; they change the last digits.")] = 1,
    resume: Annotated[bool, typer.Option("--continue", help="Go on with the training in the folder.")] = False,
    seed: Seed = 0,
) -> None:
    """Train a classifier of micrographs, and judge it on images that it has not seen."""
    from .....drops.classifier import DropClassifier
    from .....drops.classifier.training import ClassifierTraining
    from .....errors import InputError
    from .....workflows.drops.train_classifier import IMAGES, train_drop_classifier

    if data is not None and images is not None:
        raise InputError("--images is a number of simulated drops, and --data names a table of labelled ones.")
    if size_px is not None and begin_from is None:
        raise InputError("--size-px is that of a network to begin from: name one with --from.")
    training = ClassifierTraining(
        steps or ClassifierTraining().steps, minutes, batch=batch, rate=rate, seed=seed, threads=threads
    )
    begun_from = None if begin_from is None else DropClassifier(begin_from, size_px)
    with stoppable_progress() as progress:
        try:
            _, figures = train_drop_classifier(
                folder,
                training,
                data=data,
                begin_from=begun_from,
                images=IMAGES if images is None else images,
                resume=resume,
                progress=progress,
            )
        except Cancelled as error:
            raise KeyboardInterrupt from error
    print(figures.text(), end="")
