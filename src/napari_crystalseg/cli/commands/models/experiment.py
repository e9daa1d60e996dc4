"""crystalseg experiment"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...model_choice import chosen_model


def command(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="REAL... OUT", help="Folders of cases labelled by hand, then the folder to write."),
    ],
    synthetic: Annotated[
        list[Path], typer.Option("--synthetic", help="Folder of simulated cases to learn from; repeatable.")
    ],
    minutes: Annotated[float | None, typer.Option("--minutes-each", help="Budget of each network, minutes.")] = None,
    steps: Annotated[int | None, typer.Option("--steps-each", min=1, help="Budget of each network, steps.")] = None,
    test_cases: Annotated[
        int | None,
        typer.Option("--test-cases", min=1, help="Real cases kept apart to judge by; a third by default."),
    ] = None,
    working_sizes: Annotated[
        list[int] | None, typer.Option("--working-size", help="Voxels of the working grid, as of train; repeatable.")
    ] = None,
    begin_from: Annotated[
        Path | None, typer.Option("--begin-from", help="Model folder whose weights all begin with; else random ones.")
    ] = None,
    learning_rate: Annotated[float | None, typer.Option("--learning-rate", help="As of train.")] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the division, of weights and patches.")] = 0,
    threads: Annotated[int | None, typer.Option("--threads", min=1, help="Processor threads; all by default.")] = None,
    voxel_size_um: Annotated[
        float | None, typer.Option("--voxel-size-um", help="Voxel size of the real cases, in place of the files', µm.")
    ] = None,
) -> None:
    """Train on real cases, on simulated ones and on both, and judge all three by real cases kept apart."""
    from ....errors import Cancelled, InputError
    from ....io import check_folder_of_results
    from ....workflows.domain_experiment.request import ExperimentRequest
    from ....workflows.domain_experiment.run_experiment import TABLE, run_experiment
    from ...stopping import stops_between_lines

    *real, out = paths
    if not real:
        raise InputError("Name folders of real cases, then the folder to write.")
    request = ExperimentRequest(
        real,
        synthetic,
        test_cases=test_cases,
        steps=steps,
        minutes=minutes,
        working_sizes=tuple(working_sizes) if working_sizes else None,
        begin_from=chosen_model(begin_from),
        learning_rate=learning_rate,
        seed=seed,
        threads=threads,
        voxel_size_um=voxel_size_um,
    )
    check_folder_of_results(out, [*real, *synthetic])
    with stops_between_lines(lambda line: print(line, flush=True)) as report:
        try:
            run_experiment(request, out, report)
        except Cancelled as error:
            # What the command line makes of an interrupt.
            raise KeyboardInterrupt from error
    print((out / TABLE).read_text(encoding="utf-8"))
