"""Repeats: batches shown again in other forms, where drawing one takes longer than a step."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from ..grids.normalisation import CLIP
from ..prediction.tiles import air_about
from ..streams.streams import Streams
from .drawing import Shown

WINDOW = 512
"""Batches that are kept to be shown again, on the device."""

MOST_BYTES = {"cpu": 2 * 10**9, "cuda": 6 * 10**9}
"""What these may take; fewer are kept where they are large. The same on every machine, so that trainings are, too."""

_CHOICE = 32  # batches of which the one most like another is taken
_PROBABILITY = 0.33  # of each variation of the voxel values
_KNOTS = 3


class Repeats:
    """The batches drawn last.

    Parameters
    ----------
    streams : Streams
        Draws which contrast channels are shown.
    seed : int
        Seed of the training.
    most : int
        How many are kept at most.
    most_bytes : int
        How much they may take together; the newest is kept in any case.
    """

    def __init__(self, streams: Streams, seed: int, most: int, most_bytes: int) -> None:
        self._streams, self._seed, self._most, self._most_bytes = streams, seed, most, most_bytes
        self._kept: deque[Shown] = deque()
        self._lengths: deque[NDArray[np.float64]] = deque()
        self._bytes = 0

    @property
    def newest(self) -> Shown:
        """The batch drawn last, as it was drawn."""
        return self._kept[-1]

    def keep(self, batch: Shown) -> None:
        """Keep a batch, and forget the oldest where they are too many or too large."""
        self._kept.append(batch)
        # Two axes may be exchanged, so that their order does not count.
        self._lengths.append(np.log(np.sort(batch[1].shape[2:])))
        self._bytes += _bytes_of(batch)
        # So the longest run of the last batches is kept, which a training that goes on finds again.
        while len(self._kept) > self._most or (len(self._kept) > 1 and self._bytes > self._most_bytes):
            self._bytes -= _bytes_of(self._kept.popleft())
            self._lengths.popleft()

    def draw(self, number: int) -> Shown:
        """Draw one that is kept, and vary it; one about as long along each axis as the newest, with which it may be
        joined.

        Parameters
        ----------
        number : int
            Number of the showing.
        """
        rng = np.random.default_rng((self._seed, number, 2**30))
        some = rng.integers(len(self._kept), size=_CHOICE)
        apart = [np.abs(self._lengths[at] - self._lengths[-1]).sum() for at in some]
        return varied(rng, self._kept[some[int(np.argmin(apart))]], self._streams)


def _bytes_of(batch: Shown) -> int:
    return sum(each.nbytes for each in batch)


def joined(batches: Sequence[Shown]) -> Shown:
    """Join batches to one, on a grid as long as the longest of each axis.

    They should be about as long: how much air lies about a sample has a say in what the network makes of it, since it
    is normalised with the rest.

    Parameters
    ----------
    batches : sequence of tuple of tensor
        As :meth:`.Streams.put_together` returns them: of lengths that the network can halve, and so is the longest.
    """
    if len(batches) == 1:
        return batches[0]
    lengths = [max(along) for along in zip(*(labels.shape[2:] for _, labels, _ in batches), strict=True)]
    voxel_values = torch.cat([_lengthened(each, lengths) for each, _, _ in batches])
    # Numbers this small are whole in half precision, too; integers cannot be padded so.
    labels = torch.cat([_lengthened(each.half(), lengths).to(each.dtype) for _, each, _ in batches])
    return voxel_values, labels, torch.cat([kept for _, _, kept in batches])


def _lengthened(values: torch.Tensor, lengths: Sequence[int]) -> torch.Tensor:
    """Lengthen a batch as :func:`.padded_by_edges` does a grid, in one operation."""
    margins = air_about(values.shape[2:], lengths)
    return functional.pad(values, [voxels for margin in reversed(margins) for voxels in margin], mode="replicate")


def varied(rng: np.random.Generator, batch: Shown, streams: Streams) -> Shown:
    """Mirror a batch along some of its axes, exchange the two across the rotation axis, change its voxel values, and
    show other channels.

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
    return _revalued(rng, turned(voxel_values)), turned(labels), again


def _revalued(rng: np.random.Generator, voxel_values: torch.Tensor) -> torch.Tensor:
    """Gamma, scale and offset, a smooth factor, and noise: each in some of the showings."""
    source = torch.Generator(voxel_values.device)
    source.manual_seed(int(rng.integers(2**62)))
    if rng.random() < _PROBABILITY:
        voxel_values = voxel_values.sign() * voxel_values.abs() ** float(rng.uniform(0.75, 1.3))
    if rng.random() < _PROBABILITY:
        voxel_values = voxel_values * float(np.exp(rng.normal(0, 0.15))) + float(rng.normal(0, 0.04))
    if rng.random() < _PROBABILITY and voxel_values.dim() == 5:
        knots = torch.randn((1, 1, *(_KNOTS,) * 3), generator=source, device=source.device)
        factor = functional.interpolate(knots, tuple(voxel_values.shape[2:]), mode="trilinear", align_corners=True)
        voxel_values = voxel_values * (1 + 0.1 * factor)
    if rng.random() < _PROBABILITY:
        noise = torch.randn(voxel_values.shape, generator=source, device=source.device)
        voxel_values = voxel_values + float(rng.uniform(0, 0.06)) * noise
    return voxel_values.clamp(*CLIP)
