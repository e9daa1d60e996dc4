"""Whether a volume is unlike what a model was trained on, as the record of its labels says it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...volume import Volume
from ..grids.working_grid import WorkingGrid
from .training_range import TrainingRange
from .volume_statistics import VolumeStatistics

if TYPE_CHECKING:
    from ..model_folders.model_folder import ModelFolder

UNLIKE_TRAINING = "unlike_training"
"""Name, in the record of the step, of the sentences: none where the volume is like the training, and no such name where
the model's card does not say what that was like."""


def training_doubts(
    volume: Volume, grids: Sequence[WorkingGrid], voxel_values: Sequence[NDArray[np.float32]], model: ModelFolder
) -> dict[str, Any]:
    """Hold a volume against the training range on a model's card.

    Parameters
    ----------
    volume : Volume
        The volume.
    grids : sequence of WorkingGrid
        Working grids over it.
    voxel_values : sequence of ndarray of float32, each of the shape of its grid
        Its normalised voxel values on them.
    model : ModelFolder
        The model.

    Returns
    -------
    dict
        ``{"unlike_training": [sentence, ...]}`` for the record; empty where the card has no range.
    """
    training_range = TrainingRange.of_card(model.card)
    if training_range is None:
        return {}
    statistics = statistics_on_finest(volume, grids, voxel_values)
    return {UNLIKE_TRAINING: list(training_range.doubts(statistics))}


def statistics_on_finest(
    volume: Volume, grids: Sequence[WorkingGrid], voxel_values: Sequence[NDArray[np.float32]]
) -> VolumeStatistics:
    """Measure a volume on the finest of its working grids; arguments as of :func:`training_doubts`."""
    finest = max(range(len(grids)), key=lambda number: max(grids[number].working_shape))
    return VolumeStatistics.of(volume.data, grids[finest], voxel_values[finest])
