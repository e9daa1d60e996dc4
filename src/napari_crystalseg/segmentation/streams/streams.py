"""Streams of training patches: physics, from simulated volumes, and painting, from label maps alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from ..networks.contrast import CHANNELS
from ..prediction.padding import padded_by_edges
from ..prediction.tiles import tile_about
from .augmentation import draw_patch
from .dataset import working_size_of
from .synthesis import LabelPool, draw_painted

if TYPE_CHECKING:
    from .dataset import CaseDataset

PAINTED_SHARE = 0.6
DROPPED_SHARE = 0.5
"""Share of the samples of which a network is shown some contrast channels only."""


@dataclass(frozen=True)
class Waiting:
    """A patch that is still to be painted: a label map and what decides how.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every choice.
    labels : ndarray of uint8, shape (z, y, x)
        Label map.
    working_size : int
        Voxels along the longest axis of its field of view.
    """

    rng: np.random.Generator
    labels: NDArray[np.uint8]
    working_size: int


@dataclass(frozen=True)
class DrawnBatch:
    """What one step learns from, before it is painted and put together.

    Parameters
    ----------
    patches : list of (ndarray, ndarray) or Waiting
        Voxel values and labels of each sample, or what they are to be painted from.
    kept : ndarray of bool, shape (batch, channel)
        Contrast channels that each sample is shown.
    """

    patches: list[tuple[NDArray[np.float32], NDArray[np.uint8]] | Waiting]
    kept: NDArray[np.bool_]


@dataclass(frozen=True)
class Streams:
    """Both streams, mixed.

    Parameters
    ----------
    seed : int
        With the number of a step it decides what is drawn.
    coarsest_voxels : int
        What the lengths of a patch are multiples of.
    pool : LabelPool, optional
        Label maps to paint; none, and all is physics.
    painted_share : float
        Probability that a sample is painted.
    dropped_share : float
        Probability that a sample is shown some contrast channels only.
    sub_classes : bool
        Paint each class in voxel values of its sub-classes.
    """

    seed: int
    coarsest_voxels: int
    pool: LabelPool | None = None
    painted_share: float = PAINTED_SHARE
    dropped_share: float = DROPPED_SHARE
    sub_classes: bool = True

    def draw(self, step: int, cases: CaseDataset | None, working_size: int, count: int, plainness: float) -> DrawnBatch:
        """Draw what a step learns from; all but the painting.

        Parameters
        ----------
        step : int
            Number of the step.
        cases : CaseDataset or None
            Simulated volumes, prepared for ``working_size``; none, and all is painted.
        working_size : int
            Voxels along the longest axis of a field.
        count : int
            Samples.
        plainness : float
            Probability that a simulated sample is given a contrast that nobody could miss.
        """
        rng = np.random.default_rng((self.seed, step))
        names = [] if cases is None else [n for n in cases.identifiers if working_size_of(n) == working_size]
        size = tile_about((working_size,) * 3, self.coarsest_voxels)
        patches: list[tuple[NDArray[np.float32], NDArray[np.uint8]] | Waiting] = []
        for number in range(count):
            if self.pool is not None and (not names or rng.random() < self.painted_share):
                # From 1 on: a seed that ends in zeros is the seed without them.
                own = np.random.default_rng((self.seed, step, number + 1))
                patches.append(Waiting(own, self.pool.draw(rng), working_size))
            else:
                assert cases is not None
                patches.append(draw_patch(rng, cases.case(names[rng.integers(len(names))]), size, plainness))
        return DrawnBatch(patches, self.draw_kept(rng, count))

    def put_together(self, drawn: DrawnBatch, device: torch.device) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Paint what waits, and make one batch.

        Returns
        -------
        voxel_values : tensor of float32, shape (batch, 1, z, y, x)
        labels : tensor of uint8, shape (batch, 1, z, y, x)
        kept : tensor of bool, shape (batch, channel)
        """
        patches = [self._patch(patch, device) for patch in drawn.patches]
        shape = tile_about(np.max([tuple(labels.shape) for _, labels in patches], axis=0), self.coarsest_voxels)
        voxel_values, labels = (
            torch.stack([padded_by_edges(each, shape) for each in same])[:, None] for same in zip(*patches, strict=True)
        )
        return voxel_values, labels, torch.from_numpy(drawn.kept).to(device)

    def _patch(
        self, patch: tuple[NDArray[np.float32], NDArray[np.uint8]] | Waiting, device: torch.device
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Voxel values and labels of one sample, on the device."""
        if not isinstance(patch, Waiting):
            voxel_values, labels = (torch.from_numpy(np.ascontiguousarray(each)).to(device) for each in patch)
            return voxel_values, labels
        painted = draw_painted(patch.rng, patch.labels, patch.working_size, sub_classes=self.sub_classes, device=device)
        return painted.voxel_values, painted.labels

    def draw_kept(self, rng: np.random.Generator, count: int) -> NDArray[np.bool_]:
        """Draw which contrast channels each of so many samples is shown, shape (batch, channel)."""
        return np.stack([self._draw_channels(rng) for _ in range(count)])

    def _draw_channels(self, rng: np.random.Generator) -> NDArray[np.bool_]:
        """Which contrast channels a sample is shown: one at least."""
        kept = np.ones(CHANNELS, dtype=bool)
        if rng.random() < self.dropped_share:
            kept = rng.random(CHANNELS) < 0.5
            kept[rng.integers(CHANNELS)] = True
        return kept
