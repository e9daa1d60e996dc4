"""Train a model on a folder of cases, go on after an interruption, and export it as a model folder."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError
from .model_folder import ModelFolder

CHECKPOINT = "checkpoint_latest.pth"


def train(
    cases_dir: str | Path,
    work_dir: str | Path,
    *,
    minutes: float | None = None,
    steps: int | None = None,
    seed: int = 0,
    resume: bool = False,
    plans: Mapping[str, Any] | None = None,
    working_sizes: tuple[int, ...] | None = None,
    begin_from: ModelFolder | None = None,
    learning_rate: float | None = None,
    report: Callable[[str], None] | None = None,
) -> Path:
    """Train nnU-Net on the cases of a folder.

    Parameters
    ----------
    cases_dir : path
        Holds ``<case>/labels.tif`` and one or more ``<case>/volume*.tif`` of the same shape. Cases that appear during
        the training are taken in. Every twelfth is held out for validation.
    work_dir : path
        Takes prepared cases, checkpoints and ``training.log``.
    minutes, steps : float or int, optional
        Budget, exactly one of them: wall-clock minutes over all runs, or steps.
    seed : int
        Seed of weights and patches.
    resume : bool
        Go on from the checkpoint in ``work_dir``, where there is one; with the same ``steps`` and cases the result is
        that of an uninterrupted run.
    plans : mapping, optional
        nnU-Net plans, :func:`.plans.plans_json` by default.
    working_sizes : tuple of int, optional
        Most voxels along an axis of the working grid: one, or a coarse one to begin with and a fine one. By default
        64 and 96.
    begin_from : ModelFolder, optional
        Begin with the weights of this model, which must have the network of the plans, rather than with random ones.
    learning_rate : float, optional
        AdamW's rate at the beginning, 1e-3 by default, or that of the training gone on with; 5e-4 to 7e-4 suits a
        training that begins from a model.
    report : callable, optional
        Also told every line of the log.

    Returns
    -------
    Path
        The last checkpoint; :func:`export` makes a model folder of it.

    Raises
    ------
    InputError
        No such folder, no budget or two, working sizes or a rate that make no sense, a model of another kind, or a
        work folder that holds another training.
    """
    cases_dir, work_dir = Path(cases_dir), Path(work_dir)
    if not cases_dir.is_dir():
        raise InputError(f"There is no folder {cases_dir}; name one that holds case folders.")
    if (minutes is None) == (steps is None):
        raise InputError("Give the training a budget: either minutes or steps.")
    if (minutes if minutes is not None else steps or 0) <= 0:
        raise InputError("The budget of a training must be positive.")
    if working_sizes is not None and not (1 <= len(set(working_sizes)) <= 2 and min(working_sizes) > 0):
        raise InputError(f"A training has one working size or two, of one voxel or more, not {list(working_sizes)}.")
    if learning_rate is not None and not learning_rate > 0:
        raise InputError(f"The learning rate of a training must be positive, not {learning_rate}.")
    checkpoint = work_dir / CHECKPOINT
    if checkpoint.exists() and not resume:
        raise InputError(f"{work_dir} already holds a training; go on with it (--continue) or choose another folder.")
    from .allocator import keep_freed_memory

    keep_freed_memory()  # before torch takes its first block
    import torch

    from .plans import plans_json
    from .trainer import LEARNING_RATE, WORKING_SIZES, CrystalTrainer

    work_dir.mkdir(parents=True, exist_ok=True)
    with open(work_dir / "training.log", "a", encoding="utf-8", buffering=1) as log:

        def both(line: str) -> None:
            log.write(line + "\n")
            if report is not None:
                report(line)

        trainer = CrystalTrainer.at(
            work_dir,
            cases_dir,
            dict(plans or plans_json()),
            seed=seed,
            minutes=minutes,
            steps=steps,
            working_sizes=working_sizes or WORKING_SIZES,
            learning_rate=LEARNING_RATE if learning_rate is None else learning_rate,
            report=both,
        )
        if checkpoint.exists():
            trainer.load_checkpoint(str(checkpoint))
            if learning_rate is not None:
                trainer.initial_lr = learning_rate
            both(f"going on from step {trainer.step}")
        elif begin_from is not None:
            trainer.begin_from(begin_from.network())
            both(f"beginning from {begin_from.name} (SHA-256 {begin_from.sha256})")
        parameters = sum(parameter.numel() for parameter in trainer.network.parameters())
        both(f"network of {parameters / 1e6:.2f} M parameters, {torch.get_num_threads()} threads, seed {seed}")
        trainer.run_training()
    return checkpoint


def main(arguments: list[str] | None = None) -> None:
    """Run a training from the command line: ``python -m napari_crystalseg.segmentation.training``."""
    parser = argparse.ArgumentParser(description=train.__doc__.splitlines()[0] if train.__doc__ else None)
    parser.add_argument("cases", type=Path, help="folder of case folders with volume.tif and labels.tif")
    parser.add_argument("work", type=Path, help="folder for prepared cases, checkpoints and the log")
    budget = parser.add_mutually_exclusive_group(required=True)
    budget.add_argument("--minutes", type=float)
    budget.add_argument("--steps", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--working-sizes", type=int, nargs="+", help="voxels of the working grid, coarse and fine")
    parser.add_argument("--begin-from", type=Path, help="model folder whose weights to begin with")
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--continue", dest="resume", action="store_true", help="go on from the last checkpoint")
    options = parser.parse_args(arguments)
    train(
        options.cases,
        options.work,
        minutes=options.minutes,
        steps=options.steps,
        seed=options.seed,
        resume=options.resume,
        working_sizes=None if options.working_sizes is None else tuple(options.working_sizes),
        begin_from=None if options.begin_from is None else ModelFolder(options.begin_from),
        learning_rate=options.learning_rate,
        report=lambda line: print(line, flush=True),
    )


if __name__ == "__main__":
    main()
