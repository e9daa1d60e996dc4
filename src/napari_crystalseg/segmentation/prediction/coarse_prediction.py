"""A volume to class probabilities on the working grids."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...progress import Progress, part, silent
from ...volume import Volume
from ..engines.engine import Engine
from ..grids.class_probabilities import ClassProbabilities
from ..grids.normalisation import normalise
from ..grids.working_grid import WorkingGrid
from ..model_folders.model_folder import ModelFolder
from .sample_prediction import predict_sample
from .slice_prediction import predict_slices
from .tile_prediction import predict_logits


def working_grids(volume: Volume, model: ModelFolder) -> tuple[WorkingGrid, ...]:
    """Lay the working grids on which a model sees a volume; voxels of unknown size are taken for cubes."""
    lay = WorkingGrid.of_slices if model.sees_slices else WorkingGrid.of
    # Only the proportions of a voxel count here.
    voxel = volume.voxel_size_um or (1.0, 1.0, 1.0)
    # A small volume may be its own grid several times over: once is enough.
    return tuple(dict.fromkeys(lay(volume.shape, voxel, size) for size in model.working_sizes))


def seen_on_grids(
    volume: Volume, grids: tuple[WorkingGrid, ...], progress: Progress = silent
) -> tuple[NDArray[np.float32], ...]:
    """Average a volume onto working grids, and normalise it as networks see it; progress is told of every slab.

    Raises
    ------
    InputError
        The volume is constant.
    """
    found = []
    for number, grid in enumerate(grids):
        averaged = grid.average(volume.data, part(progress, number / len(grids), (number + 1) / len(grids)))
        progress((number + 1) / len(grids), "finding the levels of air and sample")
        found.append(normalise(averaged))
    return tuple(found)


def predict_coarsely(
    voxel_values: tuple[NDArray[np.float32], ...],
    grids: tuple[WorkingGrid, ...],
    model: ModelFolder,
    engine: Engine,
    *,
    mirror_axes: tuple[int, ...] = (),
    progress: Progress = silent,
) -> ClassProbabilities:
    """Run a network over what it sees of a volume on each working grid.

    Parameters
    ----------
    voxel_values : tuple of ndarray of float32, each of the shape of its grid
        Normalised voxel values.
    grids : tuple of WorkingGrid
        The grids.
    model : ModelFolder
        Says how the network wants to be shown a sample.
    engine : Engine
        Runs the network.
    mirror_axes : tuple of int
        Average over all mirror images along these axes of (z, y, x).
    progress : Progress
        Told of every tile.

    Returns
    -------
    ClassProbabilities
        With the disagreement of the mirror images.
    """
    found, spreads = [], []
    for number, values in enumerate(voxel_values):
        told = part(progress, number / len(voxel_values), (number + 1) / len(voxel_values))
        options: dict[str, Any] = {"mirror_axes": mirror_axes, "with_spread": True, "progress": told}
        if model.sees_slices:
            logits = predict_slices(values, engine, model.patch_size, model.coarsest_voxels, **options)
        elif model.coarsest_voxels is None:
            logits = predict_logits(values, engine, model.patch_size, **options)
        else:
            logits = predict_sample(values, engine, model.patch_size, model.coarsest_voxels, **options)
        spreads.append(np.asarray(logits[-1].cpu().numpy()))
        found.append(np.asarray(logits[:-1].softmax(0).cpu().numpy()))
    return ClassProbabilities(grids, tuple(found), tuple(spreads), model.codes)
