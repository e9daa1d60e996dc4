"""Repeats: batches shown again in other orientations, where drawing one takes longer than a step."""

from __future__ import annotations

from collections import deque

import numpy as np
import torch

from ..streams.streams import Streams
from .drawing import Shown

WINDOW = 64
"""Batches that are kept to be shown again, on the device."""


class Repeats:
    """The batches drawn last.

    Parameters
    ----------
    streams : Streams
        Draws which contrast channels are shown.
    seed : int
        Seed of the training.
    most : int
        How many are kept.
    """

    def __init__(self, streams: Streams, seed: int, most: int) -> None:
        self._streams, self._seed = streams, seed
        self._kept: deque[Shown] = deque(maxlen=most)

    @property
    def newest(self) -> Shown:
        """The batch drawn last, as it was drawn."""
        return self._kept[-1]

    def keep(self, batch: Shown) -> None:
        """Keep a batch, and forget the oldest where there are too many."""
        self._kept.append(batch)

    def draw(self, number: int) -> Shown:
        """Draw one that is kept, and vary it.

        Parameters
        ----------
        number : int
            Number of the showing.
        """
        rng = np.random.default_rng((self._seed, number, 2**30))
        return varied(rng, self._kept[int(rng.integers(len(self._kept)))], self._streams)


def varied(rng: np.random.Generator, batch: Shown, streams: Streams) -> Shown:
    """Mirror a batch along some of its axes, exchange the two across the rotation axis, and show other channels.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every choice.
    batch : tuple of tensor
        As :meth:`.Streams.put_together` returns it.
    streams : Streams
        Draws which contrast channels are shown.
    """
    voxel_values, labels, kept = batch
    axes = [axis for axis in range(2, voxel_values.dim()) if rng.random() < 0.5]
    swapped = rng.random() < 0.5

    def turned(values: torch.Tensor) -> torch.Tensor:
        values = values.flip(axes)
        return values.transpose(-1, -2).contiguous() if swapped else values

    again = torch.from_numpy(streams.draw_kept(rng, len(kept))).to(kept.device)
    return turned(voxel_values), turned(labels), again
