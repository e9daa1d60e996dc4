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
    def shown(self, batch: torch.Tensor) -> torch.Tensor:
        """Compute what a network makes of voxel values before it is asked; of mirror images it is the mirror image.

        Parameters
        ----------
        batch : tensor of float32, shape (n, channel, z, y, x)
            What it sees, on any device. A network of slices sees one slice along z.

        Returns
        -------
        tensor of float32, shape (n, channel shown, z, y, x)
            The batch itself for most networks, on :attr:`device`.
        """

    @abstractmethod
    def scores_of(self, shown: torch.Tensor) -> torch.Tensor:
        """Run the network over what :meth:`shown` gives, or a mirror image of it, as :meth:`scores` does."""

    def scores(self, batch: torch.Tensor) -> torch.Tensor:
        """Run the network.

        Parameters
        ----------
        batch : tensor of float32, shape (n, channel, z, y, x)
            As for :meth:`shown`.

        Returns
        -------
        tensor of float32, shape (n, class, z, y, x)
            Scores of the classes, before any softmax, on :attr:`device`.
        """
        return self.scores_of(self.shown(batch))
