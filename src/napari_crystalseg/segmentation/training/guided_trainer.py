"""The trainer of networks that clicks and strokes guide.

Imported only where nnU-Net is wanted.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..guidance.marks import CLASSES, GUIDES, guide_channels
from ..guidance.simulated_hand import draw_clicks, draw_strokes, spoil
from ..networks.plans import plans_json
from .drawing import Shown
from .trainer import CrystalTrainer

_SEEN_VOXELS = 64
_MOST_CLICKS = 5
_OBEYED_WEIGHT = 0.5


class GuidedTrainer(CrystalTrainer):
    """As :class:`.trainer.CrystalTrainer`, of a network that is shown marks and labels beside the voxel values.

    A step shows one of three things: a sample without a mark, as if nobody had looked; strokes of some classes on a few
    slices; or labels with wrong pieces, and clicks into these. The labels are what the network itself says of the
    sample, at times with more spoilt. (Clicks of a simulated hand: Sakinis et al. 2019; automatic and guided in one
    network: Diaz-Pinto et al. 2022.) On the coarse working grid it sees a whole sample, on the fine one a part of it,
    of 64 voxels a side at most.
    """

    @staticmethod
    def usual_plans() -> dict[str, Any]:
        """Plans of the network, where none are given."""
        return plans_json((_SEEN_VOXELS,) * 3, guides=GUIDES)

    def shown(self, batch: Shown, number: int) -> Shown:
        """As there, with the guides after the voxel values."""
        rng = np.random.default_rng((self.seed, number, 2**32))
        data, labels, kept = _seen(rng, *batch)
        return torch.cat([data, self._guides(rng, data, labels, kept)], dim=1), labels, kept

    def loss_of(self, scores: list[torch.Tensor], target: list[torch.Tensor], data: torch.Tensor) -> torch.Tensor:
        """As there, and of what the marks say."""
        return super().loss_of(scores, target, data) + _OBEYED_WEIGHT * _disobeyed(scores[0], data[:, 1:])

    def begin_from(self, network: torch.nn.Module) -> None:
        """Take the weights of a network of the same kind, or of one without guides, which then have no say at first.

        Raises
        ------
        InputError
            The network is of another kind.
        """
        theirs, ours = network.state_dict(), self.network.state_dict()
        for name, weights in theirs.items():
            if name in ours and ours[name].shape != weights.shape and ours[name].dim() == weights.dim():
                wide = torch.zeros_like(ours[name])
                wide[:, : weights.shape[1]] = weights
                theirs[name] = wide
        self._take_weights(theirs)

    @torch.no_grad()
    def _guides(
        self, rng: np.random.Generator, data: torch.Tensor, labels: torch.Tensor, kept: torch.Tensor
    ) -> torch.Tensor:
        """What each sample of a batch is guided by, shape (batch, guide, z, y, x)."""
        truths = [np.ascontiguousarray(each) for each in labels[:, 0].cpu().numpy().astype(np.uint8)]
        shape = truths[0].shape
        guides = np.zeros((len(truths), GUIDES, *shape), np.float32)
        kinds = rng.random(len(truths))
        for own, kind, truth in zip(guides, kinds, truths, strict=True):
            if 0.15 <= kind < 0.5 or kind > 0.85:
                own[:] = guide_channels(shape, strokes=draw_strokes(rng, truth))
        clicked = kinds >= 0.5
        if clicked.any():
            with torch.autocast(self.device.type, dtype=torch.bfloat16):
                shown = torch.cat([data, torch.from_numpy(guides).to(data)], dim=1)
                said = self.scores(shown, kept)[0][:, :-1].argmax(1).cpu().numpy().astype(np.uint8)
            for number in np.flatnonzero(clicked):
                now = spoil(rng, said[number]) if rng.random() < 0.5 else said[number]
                marks = draw_clicks(rng, now, truths[number], _MOST_CLICKS)
                labelled = now if rng.random() < 0.85 else None
                drawn = guide_channels(shape, marks, labels=labelled)
                # Strokes, where there were any, stay.
                np.maximum(guides[number], drawn, out=guides[number])
        return torch.from_numpy(guides).to(data)


def _seen(
    rng: np.random.Generator, data: torch.Tensor, labels: torch.Tensor, kept: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The batch as it is, or a part of each sample (two of a single one) where that is larger than the network sees."""
    if max(data.shape[2:]) <= _SEEN_VOXELS:
        return data, labels, kept
    parts = []
    samples = [0, 0] if len(data) == 1 else list(range(len(data)))
    for sample in samples:
        places = _starts(labels[sample, 0], rng)
        sides = tuple(
            slice(start, start + min(_SEEN_VOXELS, length))
            for start, length in zip(places, data.shape[2:], strict=True)
        )
        parts.append((data[sample : sample + 1, :, *sides], labels[sample : sample + 1, :, *sides]))
    return (
        torch.cat([values for values, _ in parts]),
        torch.cat([own for _, own in parts]),
        kept[samples],
    )


def _starts(labels: torch.Tensor, rng: np.random.Generator) -> list[int]:
    """First voxel of a part along each axis, about a random voxel of a random class."""
    codes = [int(code) for code in labels.unique() if code > 0] or [0]
    points = (labels == int(rng.choice(codes))).nonzero()
    at: NDArray[np.int64] = points[int(rng.integers(len(points)))].cpu().numpy()
    starts = []
    for middle, length in zip(at, labels.shape, strict=True):
        free = max(0, length - _SEEN_VOXELS)
        starts.append(int(np.clip(middle - rng.integers(_SEEN_VOXELS // 4, 3 * _SEEN_VOXELS // 4), 0, free)))
    return starts


def _disobeyed(scores: torch.Tensor, guides: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of the marks: what a person said is there."""
    said = guides[:, :CLASSES]
    log_p = torch.log_softmax(scores[:, :CLASSES], dim=1)
    return -(said * log_p).sum() / said.sum().clamp_min(1.0)
