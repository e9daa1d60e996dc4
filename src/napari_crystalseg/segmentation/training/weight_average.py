"""Weight average: the exponential moving average of a network's weights, which are the ones that count."""

from __future__ import annotations

import copy

import torch

_DECAY = 0.999  # a step
_STEPS_BETWEEN_UPDATES = 8
_YOUNG_STEPS = 1000


class WeightAverage:
    """Average of a network's weights.

    Parameters
    ----------
    network : torch.nn.Module
        The average begins with its weights.
    """

    def __init__(self, network: torch.nn.Module) -> None:
        self._values = [parameter.detach().clone() for parameter in network.parameters()]

    def update(self, network: torch.nn.Module, step: int) -> None:
        """Take in the weights of a step: at first, while the average is young, at every one, and later now and then."""
        apart = 1 if step < _YOUNG_STEPS else _STEPS_BETWEEN_UPDATES
        if step % apart == 0:
            decay = min(_DECAY**apart, (1 + step) / (10 + step))
            with torch.no_grad():
                torch._foreach_lerp_(self._values, list(network.parameters()), 1 - decay)

    def averaged(self, network: torch.nn.Module) -> torch.nn.Module:
        """Return a copy of a network with the averaged weights."""
        made = copy.deepcopy(network)
        for parameter, value in zip(made.parameters(), self._values, strict=True):
            parameter.data.copy_(value)
        return made
