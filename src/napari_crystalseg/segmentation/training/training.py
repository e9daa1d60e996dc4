"""Train a model on a folder of cases, go on after an interruption, and export it as a model folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ..model_folder import ModelFolder
from .training_request import check_request

if TYPE_CHECKING:
    from ..streams.synthesis import LabelPool
    from .trainer import CrystalTrainer

CHECKPOINT = "checkpoint_latest.pth"


def train(
    cases: str | Path | Sequence[str | Path],
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
    labels: str | Path | None = None,
    painted_share: float | None = None,
    validate: Sequence[str | Path] = (),
    threads: int | None = None,
    configuration: str = "3d",
    report: Callable[[str], None] | None = None,
) -> Path:
    """Train nnU-Net on simulated cases, on label maps that are painted on the spot, or on both.

    Parameters
    ----------
    cases : path or sequence of path
        Folders that hold ``<case>/labels.tif`` and one or more ``<case>/volume*.tif`` of the same shape. Cases that
        appear during the training are taken in. Every twelfth is held out for validation. None, and all is painted.
    work_dir : path
        Takes prepared cases, checkpoints, ``training.log``, and the curves as ``curves.jsonl`` and ``curves.png``.
    minutes, steps : float or int, optional
        Budget, exactly one of them: wall-clock minutes over all runs, or steps.
    seed : int
        Seed of weights and patches.
    resume : bool
        Go on from the checkpoint in ``work_dir``, where there is one; with the same ``steps``, cases, label maps and
        threads the result is that of an uninterrupted run.
    plans : mapping, optional
        nnU-Net plans, by default :func:`.plans.plans_json` or :func:`.plans.slice_plans_json`.
    working_sizes : tuple of int, optional
        Most voxels along an axis of the working grid: one, or a coarse one to begin with and a fine one. By default
        64 and 96, of slices 96 and 192.
    begin_from : ModelFolder, optional
        Begin with the weights of this model, which must have the network of the plans, rather than with random ones.
    learning_rate : float, optional
        AdamW's rate at the beginning, 1e-3 by default, or that of the training gone on with; more than that
        unlearns what a model knew that a training begins from.
    labels : path, optional
        Label maps to paint, see :class:`.synthesis.LabelPool`.
    painted_share : float, optional
        Share of the samples that are painted, where there are label maps and cases; 0.6 by default.
    validate : sequence of path
        Folders of cases, or slices in ``.npy`` files, to validate on now and then; never trained on.
    threads : int, optional
        Processor threads to use; all by default.
    configuration : {"3d", "2d"}
        Learn whole samples, or slices one by one: those of the cases across their rotation axis, and of the label maps
        in any direction.
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
        No such folder, no budget or two, working sizes or a rate that make no sense, a model of another kind, or a
        work folder that holds another training.
    """
    folders = [Path(cases)] if isinstance(cases, str | Path) else [Path(folder) for folder in cases]
    work_dir = Path(work_dir)
    check_request(
        folders,
        labels,
        validate,
        painted_share=painted_share,
        minutes=minutes,
        steps=steps,
        working_sizes=working_sizes,
        learning_rate=learning_rate,
        threads=threads,
        configuration=configuration,
    )
    checkpoint = work_dir / CHECKPOINT
    if checkpoint.exists() and not resume:
        raise InputError(f"{work_dir} already holds a training; go on with it (--continue) or choose another folder.")
    kind = _kind(configuration, threads)

    from ..streams.streams import PAINTED_SHARE
    from ..streams.synthesis import LabelPool
    from .trainer import LEARNING_RATE

    pool = None if labels is None else LabelPool(labels)
    if painted_share is None:
        painted_share = PAINTED_SHARE if folders else 1.0
    work_dir.mkdir(parents=True, exist_ok=True)
    with _log(work_dir, report) as told:
        trainer = kind.at(
            work_dir,
            folders,
            dict(plans or kind.usual_plans()),
            seed=seed,
            minutes=minutes,
            steps=steps,
            working_sizes=working_sizes or kind.USUAL_SIZES,
            learning_rate=LEARNING_RATE if learning_rate is None else learning_rate,
            pool=pool,
            painted_share=painted_share,
            validate=[Path(path) for path in validate],
            report=told,
        )
        _give_weights(trainer, checkpoint, begin_from, learning_rate)
        _tell_beginning(trainer, pool, seed)
        trainer.run_training()
    return checkpoint


def _kind(configuration: str, threads: int | None) -> type[CrystalTrainer]:
    """The trainer of a configuration, once this process is made ready to train."""
    from .allocator import keep_freed_memory

    keep_freed_memory()  # before torch takes its first block
    import torch

    from .slice_trainer import SliceTrainer
    from .trainer import CrystalTrainer

    if threads is not None:
        torch.set_num_threads(threads)
    return CrystalTrainer if configuration == "3d" else SliceTrainer


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
