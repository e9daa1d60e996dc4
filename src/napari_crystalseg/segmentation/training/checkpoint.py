"""Checkpoint: all that is needed to go on with a training, in nnU-Net's form."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from ...errors import InputError
from ..networks.plans import TRAINER_NAME


class Training(Protocol):
    """What a checkpoint takes of a trainer, and is held against."""

    OF_CONFIGURATION: str
    work_dir: Path
    cases: Any
    streams: Any
    budget: Any
    network: Any
    optimizer: Any
    logger: Any
    my_init_kwargs: dict[str, Any]
    num_iterations_per_epoch: int
    inference_allowed_mirroring_axes: Any
    step: int
    seconds: float
    seed: int
    working_sizes: Sequence[int]
    initial_lr: float
    began_from_weights: Any
    validation: Any

    def averaged_network(self) -> Any:
        """Return the network with averaged weights."""


def checkpoint_of(trainer: Training) -> dict[str, Any]:
    """Return a training's checkpoint; ``network_weights`` are the averaged ones."""
    pool = trainer.streams.pool
    return {
        "network_weights": trainer.averaged_network().state_dict(),
        "raw_weights": trainer.network.state_dict(),
        "optimizer_state": trainer.optimizer.state_dict(),
        "grad_scaler_state": None,
        "logging": trainer.logger.get_checkpoint(),
        "_best_ema": None,
        "current_epoch": trainer.step // trainer.num_iterations_per_epoch,
        "init_args": {k: v for k, v in trainer.my_init_kwargs.items() if k != "device"},
        "trainer_name": TRAINER_NAME,
        "inference_allowed_mirroring_axes": trainer.inference_allowed_mirroring_axes,
        "crystalseg": {
            "step": trainer.step,
            "seconds": trainer.seconds,
            "seed": trainer.seed,
            "minutes": trainer.budget.minutes,
            "steps": trainer.budget.steps,
            "working_sizes": list(trainer.working_sizes),
            "learning_rate": trainer.initial_lr,
            **learnt_from(trainer),
            "label_maps": len(pool) if pool is not None else 0,
            "began_from_weights": trainer.began_from_weights,
            "validation": trainer.validation,
        },
    }


def learnt_from(trainer: Training) -> dict[str, Any]:
    """What a training learns from; one that goes on must go on with the same."""
    pool = trainer.streams.pool
    return {
        "cases": trainer.cases.names,
        "labels": None if pool is None else pool.folder.resolve().name,
        "painted_share": 0.0 if pool is None else trainer.streams.painted_share,
    }


def check_is_of(checkpoint: dict[str, Any], trainer: Training) -> None:
    """Refuse a checkpoint that a training cannot go on from.

    Raises
    ------
    InputError
        Its configuration, seed, working sizes, or what it learns from are others than the training's, or an earlier
        version made it.
    """
    theirs = checkpoint["crystalseg"]
    if (configuration := checkpoint["init_args"]["configuration"]) != trainer.OF_CONFIGURATION:
        raise InputError(
            f"The training in {trainer.work_dir} is of the configuration {configuration}, not "
            f"{trainer.OF_CONFIGURATION}; go on with the same, or begin another in a new folder."
        )
    if "working_sizes" not in theirs:
        raise InputError(
            f"The training in {trainer.work_dir} was begun by an earlier version, which drew other patches; begin "
            "another in a new folder."
        )
    ours = {"seed": trainer.seed, "working_sizes": list(trainer.working_sizes), **learnt_from(trainer)}
    for name, given in ours.items():
        # Earlier checkpoints do not say what they learnt from.
        if theirs.get(name, given) != given:
            raise InputError(
                f"The training in {trainer.work_dir} was begun with {name.replace('_', ' ')} {theirs[name]}, not "
                f"{given}; go on with the same, or begin another in a new folder."
            )
