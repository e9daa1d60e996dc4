"""Engine: what runs a network over batches of voxel values."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import torch


class Engine(Protocol):
    """What runs a network over batches of voxel values.

    A class says that it is one by inheriting.

    Attributes
    ----------
    name : str
        What records say of it.
    device : torch.device
        Where the scores are, and where batches are best made.
    """

    name: str
    device: torch.device

    @abstractmethod
    def scores(self, batch: torch.Tensor) -> torch.Tensor:
        """Run the network.

        Parameters
        ----------
        batch : tensor of float32, shape (n, channel, z, y, x)
            What it sees, on any device. A network of slices sees one slice along z.

        Returns
        -------
        tensor of float32, shape (n, class, z, y, x)
            Scores of the classes, before any softmax, on :attr:`device`.
        """
