"""Checkpoint: all that is needed to go on with the training of a detector.

Imports torch: import this module only inside functions.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ....errors import InputError, shortened
from ....io import replacing
from .training_settings import TrainingSettings

KEPT = ("batch", "new", "learning_rate", "longest_side_px", "seed")
"""Settings that a training which goes on must share; its budget may be another."""


@dataclass
class Position:
    """Where a training is.

    Parameters
    ----------
    step : int
        Steps done.
    seconds : float
        Time spent in them, over all runs.
    examples : int
        Examples taken; the next is that of this number.
    losses : list of (int, float)
        Step, and mean loss of the steps since the last entry, without unit.
    """

    step: int
    seconds: float
    examples: int
    losses: list[tuple[int, float]]


def save_checkpoint(
    path: Path, position: Position, network: nn.Module, optimiser: torch.optim.Optimizer, settings: TrainingSettings
) -> None:
    """Write a checkpoint in one step: a process that is killed leaves the last whole one."""
    state = {
        "position": vars(position),
        "network": network.state_dict(),
        "optimiser": optimiser.state_dict(),
        "settings": {name: getattr(settings, name) for name in KEPT},
    }
    with replacing(path) as place:
        torch.save(state, place)


def load_checkpoint(
    path: Path, network: nn.Module, optimiser: torch.optim.Optimizer, settings: TrainingSettings
) -> Position:
    """Give network and optimiser what a checkpoint holds of them, and return where the training was.

    Raises
    ------
    InputError
        There is none, it cannot be read, or the training was begun with other settings.
    """
    if not path.is_file():
        raise InputError(f"There is no training to go on with in {path.parent}: leave out --continue to begin one.")
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        theirs = state["settings"]
        for name in KEPT:
            if theirs[name] != getattr(settings, name):
                raise InputError(
                    f"The training in {path.parent} was begun with {name.replace('_', ' ')} {theirs[name]}, not "
                    f"{getattr(settings, name)}: go on with the same, or begin another in a new folder."
                )
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        position = Position(**state["position"])
    except InputError:
        raise
    except Exception as error:  # torch raises many unrelated ones for damaged files
        raise InputError(
            f"{path} cannot be read as a checkpoint ({shortened(error)}): begin the training anew in another folder."
        ) from None
    return position
