"""crystalseg drops train detector"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    out_model: Annotated[Path, typer.Argument(metavar="OUT_MODEL", help="Folder of the detector to write.")],
    minutes: Annotated[float | None, typer.Option("--minutes", help="Budget in minutes over all runs.")] = None,
    steps: Annotated[int | None, typer.Option("--steps", min=1, help="Budget in steps.")] = None,
    batch: Annotated[int, typer.Option("--batch", min=1, help="Images in a step.")] = 4,
    new: Annotated[
        int,
        typer.Option("--new", min=1, help="Of them, those not seen before; the others are variants."),
    ] = 2,
    learning_rate: Annotated[float, typer.Option("--learning-rate", help="Highest of the one cycle.")] = 1e-3,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of weights, drops and variants.")] = 0,
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, help="Processor threads of the learning; all by default.")
    ] = None,
    work: Annotated[
        Path | None, typer.Option("--work", help="Folder of the checkpoint; OUT_MODEL.training by default.")
    ] = None,
    go_on: Annotated[bool, typer.Option("--continue", help="Go on from the last checkpoint.")] = False,
) -> None:
    """Train a detector of drops and crystals on simulated micrographs, which a process of its own draws meanwhile."""
    from .....drops.detector.drop_detector import CARD, WEIGHTS
    from .....drops.detector.training.training_settings import TrainingSettings
    from .....errors import Cancelled
    from .....workflows.drops.train_detector import train_on_simulated_drops
    from ....stopping import stops_between_lines

    settings = TrainingSettings(
        minutes=minutes,
        steps=steps,
        batch=batch,
        new=new,
        learning_rate=learning_rate,
        seed=seed,
        threads=threads,
    )
    with stops_between_lines(lambda line: print(line, flush=True)) as report:
        try:
            made = train_on_simulated_drops(out_model, settings, work=work, go_on=go_on, report=report)
        except Cancelled as error:
            # What the command line makes of an interrupt.
            raise KeyboardInterrupt from error
    card = made.card
    print(f"{made.path}: {WEIGHTS} and {CARD}, {card['steps']} steps, {card['minutes']:g} minutes")
