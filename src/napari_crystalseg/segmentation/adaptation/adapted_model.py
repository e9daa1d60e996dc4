"""A model with weights of its own in memory; its folder stays as it is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from ..model_folders.model_folder import ModelFolder

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class AdaptedModel(ModelFolder):
    """A model folder whose network has other weights than its file.

    Parameters
    ----------
    path : path
        The folder of the model that was adapted.
    weights : mapping of str to tensor
        The network's weights.
    adaptation : mapping
        How it was adapted, for records.
    """

    weights: Mapping[str, torch.Tensor] = field(default_factory=dict, compare=False, repr=False)
    adaptation: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, model: ModelFolder, weights: Mapping[str, torch.Tensor], adaptation: Mapping[str, Any]) -> Self:
        """Give a model other weights."""
        return cls(model.path, weights, adaptation)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 over the adapted weights; that of the folder's file is another."""
        found = hashlib.sha256(super().sha256.encode())
        for name in sorted(self.weights):
            found.update(name.encode())
            found.update(self.weights[name].contiguous().numpy().tobytes())
        return found.hexdigest()

    def network(self) -> torch.nn.Module:
        """Build the network with the adapted weights, ready for inference."""
        network = super().network()
        network.load_state_dict(dict(self.weights))
        return network.eval()
