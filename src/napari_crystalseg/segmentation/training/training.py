"""Train a model on a folder of cases, go on after an interruption, and export it as a model folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ...computing.torch_threads import torch_threads
from ...errors import InputError
from ..model_folders.model_folder import ModelFolder
from .training_request import TrainingRequest

if TYPE_CHECKING:
    from ..streams.synthesis import LabelPool
    from .trainer import CrystalTrainer

CHECKPOINT = "checkpoint_latest.pth"


def train(
    request: TrainingRequest,
    work_dir: str | Path,
    *,
    resume: bool = False,
    report: Callable[[str], None] | None = None,
) -> Path:
    """Train nnU-Net on simulated cases, on label maps that are painted on the spot, or on both.

    Parameters
    ----------
    request : TrainingRequest
        What to learn from, and how.
    work_dir : path
        Takes prepared cases, checkpoints, ``training.log``, and the curves as ``curves.jsonl`` and ``curves.png``.
    resume : bool
        Go on from the checkpoint in ``work_dir``, where there is one; with the same ``steps``, cases, label maps,
        supply and threads the result is that of an uninterrupted run.
    report : callable, optional
        Also told every line of the log; raises :class:`~napari_crystalseg.errors.Cancelled` to stop, when all that has
        been learnt is saved.

    Returns
    -------
    Path
        The last checkpoint; :func:`export` makes a model folder of it.

    Raises
    ------
    InputError
        No label maps in their folder, a model of another kind, or a work folder that holds another training.
    """
    work_dir = Path(work_dir)
    checkpoint = work_dir / CHECKPOINT
    if checkpoint.exists() and not resume:
        raise InputError(f"{work_dir} already holds a training; go on with it (--continue) or choose another folder.")
    kind = _kind(request.configuration)

    from ..streams.synthesis import LabelPool

    pool = None if request.labels is None else LabelPool(request.labels)
    work_dir.mkdir(parents=True, exist_ok=True)
    with torch_threads(request.threads), _log(work_dir, report) as told:
        trainer = kind.at(work_dir, request, pool, told)
        _give_weights(trainer, checkpoint, request.begin_from, request.learning_rate)
        _tell_beginning(trainer, pool, request.seed)
        trainer.run_training()
    return checkpoint


def _kind(configuration: str) -> type[CrystalTrainer]:
    """The trainer of a configuration, once this process is made ready to train."""
    from .allocator import keep_freed_memory

    keep_freed_memory()  # before torch takes its first block

    from .guided_trainer import GuidedTrainer
    from .slice_trainer import SliceTrainer
    from .trainer import CrystalTrainer

    return {"3d": CrystalTrainer, "2d": SliceTrainer, "guided": GuidedTrainer}[configuration]


@contextmanager
def _log(work_dir: Path, report: Callable[[str], None] | None) -> Iterator[Callable[[str], None]]:
    """What writes a line into the log of a training, and tells it to whoever listens."""
    with open(work_dir / "training.log", "a", encoding="utf-8", buffering=1) as log:

        def both(line: str) -> None:
            log.write(line + "\n")
            if report is not None:
                report(line)

        yield both


def _tell_beginning(trainer: CrystalTrainer, pool: LabelPool | None, seed: int) -> None:
    """Say what is learnt from, and by what."""
    import torch

    if pool is not None:
        trainer.report(f"{len(pool)} label maps in {pool.folder}")
    parameters = sum(parameter.numel() for parameter in trainer.network.parameters())
    trainer.report(f"network of {parameters / 1e6:.2f} M parameters, {torch.get_num_threads()} threads, seed {seed}")


def _give_weights(
    trainer: CrystalTrainer, checkpoint: Path, begin_from: ModelFolder | None, learning_rate: float | None
) -> None:
    """Go on from a checkpoint, or begin from a model; else the weights stay random."""
    if checkpoint.exists():
        trainer.load_checkpoint(str(checkpoint))
        if learning_rate is not None:
            trainer.initial_lr = learning_rate
        trainer.report(f"going on from step {trainer.step}")
    elif begin_from is not None:
        trainer.begin_from(begin_from.network())
        trainer.report(f"beginning from {begin_from.name} (SHA-256 {begin_from.sha256})")
