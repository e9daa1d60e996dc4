"""Train a refiner in a folder, or go on with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ....errors import InputError
from ...model_folders.refiner import Refiner
from .refinement_request import RefinementRequest


@dataclass(frozen=True, eq=False)
class TrainedRefiner:
    """A refiner and what its card says.

    Parameters
    ----------
    refiner : Refiner
        With averaged weights.
    course : dict
        ``parameters``, ``steps``, ``minutes``, ``volumes``, ``seed``, ``began_from_sha256`` of the coarse model.
    """

    refiner: Refiner
    course: dict[str, Any]


def train_refiner(
    request: RefinementRequest,
    work_dir: str | Path,
    *,
    resume: bool = False,
    report: Callable[[str], None] | None = None,
) -> TrainedRefiner:
    """Train a network that refines on patches along the surfaces of cases, and of their labels painted otherwise.

    Parameters
    ----------
    request : RefinementRequest
        What to learn from, and how.
    work_dir : path
        Takes prepared cases, checkpoints and ``training.log``.
    resume : bool
        Go on from the checkpoint in ``work_dir``, where there is one; with the same ``steps``, cases and threads the
        result is that of an uninterrupted run.
    report : callable, optional
        Also told every line of the log; raises :class:`~napari_crystalseg.errors.Cancelled` to stop, when all that has
        been learnt is saved.

    Returns
    -------
    TrainedRefiner

    Raises
    ------
    InputError
        No case can be used, or a work folder that holds another training.
    """
    from ..allocator import keep_freed_memory

    keep_freed_memory()  # before torch takes its first block
    import torch

    from .refinement_trainer import CHECKPOINT, RefinementTrainer

    work_dir = Path(work_dir)
    if (work_dir / CHECKPOINT).exists() and not resume:
        raise InputError(f"{work_dir} already holds a training; go on with it (--continue) or choose another folder.")
    work_dir.mkdir(parents=True, exist_ok=True)
    before = torch.get_num_threads()
    if request.threads is not None:
        torch.set_num_threads(request.threads)
    try:
        with open(work_dir / "training.log", "a", encoding="utf-8", buffering=1) as log:

            def told(line: str) -> None:
                log.write(line + "\n")
                if report is not None:
                    report(line)

            trainer = RefinementTrainer(work_dir, request, told)
            if (work_dir / CHECKPOINT).exists():
                trainer.go_on()
                told(f"going on from step {trainer.step}")
            trainer.run()
    finally:
        torch.set_num_threads(before)
    refiner = trainer.refiner()
    course = {
        "parameters": refiner.parameters,
        "steps": trainer.step,
        "minutes": round(trainer.seconds / 60, 1),
        "volumes": trainer.volumes,
        "seed": request.seed,
        "began_from_sha256": request.coarse.sha256,
    }
    return TrainedRefiner(refiner, course)
