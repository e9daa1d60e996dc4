"""The trainer of networks that see one slice at a time.

Imported only where nnU-Net is wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from ..engines.torch_engine import TorchEngine
from ..networks.plans import SLICE_CONFIGURATION, slice_plans_json
from ..networks.slice_network import SliceNetwork
from ..prediction.slice_prediction import predict_slices
from ..streams.dataset import TrainingCase
from ..streams.slice_streams import SliceStreams
from ..streams.streams import Streams
from .trainer import CrystalTrainer
from .validation.validation_sets import SingleSlice, ValidationSet, in_slices


class SliceTrainer(CrystalTrainer):
    """As :class:`.trainer.CrystalTrainer`, of nnU-Net's 2-D configuration.

    The network is nnU-Net's own and sees voxel values only; its loss is that of the classes. A patch is a slice with
    all that lies in its field.
    """

    OF_CONFIGURATION: ClassVar[str] = SLICE_CONFIGURATION
    STREAMS: ClassVar[type[Streams]] = SliceStreams
    MIRROR_AXES: ClassVar[tuple[int, ...]] = (0, 1)
    USUAL_SIZES: ClassVar[tuple[int, ...]] = (96, 192)

    @staticmethod
    def usual_plans() -> dict[str, Any]:
        """Plans of the network, where none are given."""
        return slice_plans_json()

    def scores(self, data: torch.Tensor, kept: torch.Tensor) -> list[torch.Tensor]:
        """What the network says of a batch of slices, at each depth of supervision."""
        return list(self.network(data))

    def loss_of(self, scores: list[torch.Tensor], target: list[torch.Tensor], data: torch.Tensor) -> torch.Tensor:
        """Loss of the classes."""
        return torch.as_tensor(self.loss(scores, target))

    def predict(self, network: torch.nn.Module, voxel_values: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Class of each voxel of normalised voxel values, slice by slice."""
        size = self._patch_size(self.working_sizes[-1])
        engine = TorchEngine(SliceNetwork(network))
        logits = predict_slices(voxel_values, engine, (1, *size[1:]), self._coarsest_voxels)
        return np.asarray(logits.argmax(0).cpu(), dtype=np.uint8)

    def set_of(self, name: str, cases: Sequence[TrainingCase]) -> ValidationSet:
        """Slices of cases, each case scored over all of its slices."""
        return ValidationSet(name, tuple(each for case in cases if (each := in_slices(case)) is not None))

    def slice_of(self, name: str, voxel_values: NDArray[np.float32]) -> SingleSlice:
        """A slice of shape (y, x) by itself."""
        return SingleSlice(name, voxel_values, self.working_sizes[-1])
