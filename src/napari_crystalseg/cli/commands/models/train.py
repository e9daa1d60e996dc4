"""crystalseg train"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ....segmentation import ModelFolder


class Configuration(StrEnum):
    """What networks see."""

    VOLUMES = "3d"
    SLICES = "2d"
    GUIDED = "guided"
    REFINEMENT = "refinement"


def command(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="[CASES]... OUT_MODEL", help="Folders of simulated cases, then the model folder to write."
        ),
    ],
    labels: Annotated[
        Path | None, typer.Option("--labels", help="Label maps to paint on the spot: simulate --labels-only.")
    ] = None,
    share: Annotated[
        float | None,
        typer.Option("--share-label-to-image", min=0, max=1, help="Share of painted samples; 0.6 by default."),
    ] = None,
    begin_from: Annotated[
        Path | None, typer.Option("--begin-from", help="Model folder whose weights to begin with.")
    ] = None,
    steps: Annotated[int | None, typer.Option("--steps", min=1, help="Budget in steps.")] = None,
    minutes: Annotated[float | None, typer.Option("--minutes", help="Budget in minutes over all runs.")] = None,
    validate: Annotated[
        list[Path] | None,
        typer.Option("--validate", help="Folder of cases, or slice in a .npy file, never trained on; repeatable."),
    ] = None,
    working_sizes: Annotated[
        list[int] | None,
        typer.Option("--working-size", help="Voxels of the working grid; twice for a coarse one and a fine one."),
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option("--learning-rate", help="1e-3 by default; also for a model to begin from.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of weights and patches.")] = 0,
    threads: Annotated[int | None, typer.Option("--threads", min=1, help="Processor threads; all by default.")] = None,
    workers: Annotated[
        int, typer.Option("--workers", min=0, help="Processes that draw samples ahead; none without a GPU.")
    ] = 0,
    batches_a_step: Annotated[int, typer.Option("--batches-a-step", min=1, help="Batches of one step.")] = 1,
    repeats: Annotated[int, typer.Option("--repeats", min=1, help="How often each batch is shown, turned.")] = 1,
    configuration: Annotated[
        Configuration,
        typer.Option(
            "--configuration",
            help="What the network sees: whole samples, slices, samples with clicks, or surfaces at full resolution.",
        ),
    ] = Configuration.VOLUMES,
    work: Annotated[
        Path | None,
        typer.Option("--work", help="Folder of checkpoints, log and curves; OUT_MODEL.training by default."),
    ] = None,
    resume: Annotated[bool, typer.Option("--continue", help="Go on from the last checkpoint.")] = False,
) -> None:
    """Train a segmentation model on simulated cases, painted label maps, or both; or what refines one."""
    from ....errors import Cancelled
    from ....segmentation import ModelFolder
    from ....segmentation.training.refinement.refinement_request import RefinementRequest
    from ....segmentation.training.supply import Supply
    from ....segmentation.training.training_request import TrainingRequest
    from ....workflows.train import train_model, train_refiner_of_model
    from ...stopping import stops_between_lines

    *cases, out_model = paths
    first = None if begin_from is None else ModelFolder(begin_from)
    with stops_between_lines(lambda line: print(line, flush=True)) as report:
        try:
            if configuration is Configuration.REFINEMENT:
                _refuse(
                    share_label_to_image=share,
                    validate=validate,
                    working_size=working_sizes,
                    batches_a_step=batches_a_step > 1,
                )
                refinement = RefinementRequest(
                    cases,
                    _given(first),
                    labels=labels,
                    steps=steps,
                    minutes=minutes,
                    seed=seed,
                    threads=threads,
                    learning_rate=learning_rate,
                    repeats=repeats,
                    workers=workers,
                )
                made = train_refiner_of_model(refinement, out_model, work=work, resume=resume, report=report)
            else:
                request = TrainingRequest(
                    cases,
                    labels=labels,
                    painted_share=share,
                    begin_from=first,
                    steps=steps,
                    minutes=minutes,
                    validate=validate or (),
                    working_sizes=tuple(working_sizes) if working_sizes else None,
                    learning_rate=learning_rate,
                    seed=seed,
                    threads=threads,
                    supply=Supply(workers, batches_a_step, repeats),
                    configuration=configuration.value,
                )
                made = train_model(request, out_model, work=work, resume=resume, report=report)
        except Cancelled as error:
            # What the command line makes of an interrupt.
            raise KeyboardInterrupt from error
    print(made.path)


def _refuse(**options: object) -> None:
    """Options that mean nothing to a training of a refiner."""
    from ....errors import InputError

    for name, value in options.items():
        if value:
            raise InputError(
                f"--{name.replace('_', '-')} has no meaning with --configuration refinement; leave it out."
            )


def _given(model: ModelFolder | None) -> ModelFolder:
    from ....errors import InputError

    if model is None:
        raise InputError("A refiner refines what a model says: name it with --begin-from.")
    return model
