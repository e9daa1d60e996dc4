"""Streams of slices: the same two sources as those of volumes, for a network that sees one slice at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from ..prediction.padding import padded_by_edges
from ..prediction.tiles import slice_about
from .dataset import working_size_of
from .slice_augmentation import draw_slice, turned_about
from .streams import DrawnBatch, Streams, Waiting
from .synthesis import draw_painted_slices

if TYPE_CHECKING:
    from .augmentation import Patch
    from .dataset import CaseDataset

_FEWEST = 2 / 3
"""Edge of the smallest painted field, over the working size."""


@dataclass(frozen=True)
class WaitingSlab(Waiting):
    """A slab that is still to be painted, of which some slices are taken.

    Parameters
    ----------
    count : int
        Slices to take.
    """

    count: int = 1


class SliceStreams(Streams):
    """Both streams, mixed, in slices: their samples are volumes of one slice.

    Its parameters are those of :class:`.streams.Streams`; there are no contrast channels to keep from a network.
    """

    SLICES_A_SLAB = 2

    def draw(self, step: int, cases: CaseDataset | None, working_size: int, count: int, plainness: float) -> DrawnBatch:
        """As :meth:`.streams.Streams.draw`; of a slab that is painted two samples are taken."""
        rng = np.random.default_rng((self.seed, step))
        names = [] if cases is None else [n for n in cases.identifiers if working_size_of(n) == working_size]
        patches: list[Patch | Waiting] = []
        wanted = count
        while wanted > 0:
            taken = min(self.SLICES_A_SLAB, wanted)
            wanted -= taken
            if self.pool is not None and (not names or rng.random() < self.painted_share):
                # Never 0: a seed that ends in zeros is the seed without them.
                own = np.random.default_rng((self.seed, step, wanted + 1))
                longest = round(working_size * rng.uniform(_FEWEST, 1))
                labels = self.pool.draw(rng)
                patches.append(WaitingSlab(own, labels, longest, taken))
                continue
            assert cases is not None
            for _ in range(taken):
                case = cases.case(names[rng.integers(len(names))])
                patches.append(draw_slice(rng, case, working_size, plainness))
        return DrawnBatch(patches, self.draw_kept(rng, count))

    def draw_kept(self, rng: np.random.Generator, count: int) -> NDArray[np.bool_]:
        """The voxel values are all that a slice shows."""
        return np.ones((count, 1), dtype=bool)

    def put_together(self, drawn: DrawnBatch, device: torch.device) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Paint what waits, and make one batch.

        Returns
        -------
        voxel_values : tensor of float32, shape (batch, 1, y, x)
        labels : tensor of uint8, shape (batch, 1, y, x)
        kept : tensor of bool, shape (batch, 1)
            All true: the voxel values are all that a slice shows.
        """
        patches = [slice_ for patch in drawn.patches for slice_ in self._slices(patch, device)]
        voxel_values, labels = zip(*patches, strict=True)
        shape = slice_about(np.max([each.shape for each in labels], axis=0), self.coarsest_voxels)
        batch = [
            torch.from_numpy(np.stack([padded_by_edges(each, shape) for each in same]))
            for same in (voxel_values, labels)
        ]
        return batch[0].to(device), batch[1].to(device), torch.from_numpy(drawn.kept).to(device)

    def _slices(self, patch: Patch | Waiting, device: torch.device) -> list[Patch]:
        if not isinstance(patch, WaitingSlab):
            assert not isinstance(patch, Waiting)
            return [patch]
        painted = draw_painted_slices(
            patch.rng, patch.labels, patch.working_size, patch.count, sub_classes=self.sub_classes, device=device
        )
        return [turned_about(patch.rng, each.voxel_values.cpu().numpy(), each.labels.cpu().numpy()) for each in painted]
