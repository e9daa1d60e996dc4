"""Volume to labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..labels import Labels
from ..progress import Progress, part, silent
from ..volume import Volume
from .grids.class_probabilities import ClassProbabilities
from .grids.normalisation import normalise
from .grids.working_grid import WorkingGrid
from .model_folders.model_folder import ModelFolder, bundled_model
from .postprocessing import keep_largest_crystal as keep_largest
from .prediction.sample_prediction import predict_sample
from .prediction.slice_prediction import predict_slices
from .prediction.tile_prediction import predict_logits
from .segmentation import Segmentation

if TYPE_CHECKING:
    import torch

_SLAB_BYTES = 2**26


def segment(
    volume: Volume,
    model: ModelFolder | None = None,
    *,
    keep_largest_crystal: bool = True,
    mirror: bool = True,
    keep_probabilities: bool = False,
    progress: Progress = silent,
) -> Segmentation:
    """Segment a volume of any size, voxel size, scale and offset of its voxel values.

    The volume is averaged onto a working grid of isotropic voxels (or several), as many along its longest side as the
    model says, normalised, and seen by the network in overlapping tiles, or in one that holds the sample. Class
    probabilities, not labels, are interpolated back to the volume's grid and averaged, so that surfaces stay smooth.
    (Interpolated logits would tie halfway between air and crystal and let liquor in.) A model of slices sees each slice
    by itself, on a working grid that is the volume's own along z. The same call gives the same result on the same
    machine.

    Parameters
    ----------
    volume : Volume
        Voxel values. Voxels of unknown size are taken for cubes.
    model : ModelFolder, optional
        Network to use; by default a bundled one: that of slices for volumes of fewer than 24 slices, else that of
        volumes.
    keep_largest_crystal : bool
        Give smaller pieces of crystal to the class around them.
    mirror : bool
        Average over the mirror images of each tile, along the axes that the model allows: up to eight times the work,
        and better.
    keep_probabilities : bool
        Also return the class probabilities and the disagreement of the mirror images, on the working grids. Labels and
        uncertainty are the same bytes with and without.
    progress : Progress
        Told of every tile; raises :class:`~napari_crystalseg.errors.Cancelled` to stop.

    Returns
    -------
    Segmentation

    Raises
    ------
    InputError
        The volume is constant, or the model cannot be used.
    """
    model = model or bundled_model(len(volume.data))
    model.check()
    progress(0.0, "preparing the volume")
    # A small volume may be its own grid several times over: once is enough.
    lay = WorkingGrid.of_slices if model.sees_slices else WorkingGrid.of
    # Only the proportions of a voxel count here.
    voxel = volume.voxel_size_um or (1.0, 1.0, 1.0)
    grids = tuple(dict.fromkeys(lay(volume.shape, voxel, size) for size in model.working_sizes))
    voxel_values = [normalise(grid.average(volume.data)) for grid in grids]
    progress(0.05, "loading the network")
    mirror_axes = model.mirror_axes if mirror else ()
    probabilities, spreads = _probabilities(
        voxel_values, model, mirror_axes, keep_probabilities, part(progress, 0.08, 0.85)
    )
    labels, uncertainty = _on_the_volumes_grid(probabilities, grids, model.codes, part(progress, 0.85, 0.95))
    if keep_largest_crystal:
        progress(0.95, "keeping the largest piece of crystal")
        labels = keep_largest(labels)
    provenance = volume.provenance.then(
        "segment",
        model_sha256=model.sha256,
        model=model.name,
        configuration=model.configuration,
        working_shapes=[list(grid.working_shape) for grid in grids],
        keep_largest_crystal=keep_largest_crystal,
        mirror_axes=list(mirror_axes),
        **({} if model.voxel_range_um is None else {"model_voxel_range_um": list(model.voxel_range_um)}),
        **({} if volume.voxel_size_um else {"voxels": "of unknown size, taken for cubes"}),
    )
    progress(1.0, "segmented")
    kept = None
    if keep_probabilities:
        each = tuple(np.asarray(values.numpy()) for values in probabilities)
        kept = ClassProbabilities(grids, each, tuple(np.asarray(spread.numpy()) for spread in spreads), model.codes)
    return Segmentation(Labels(labels, volume.voxel_size_um, provenance), uncertainty, kept)


def _probabilities(
    voxel_values: Sequence[NDArray[np.float32]],
    model: ModelFolder,
    mirror_axes: tuple[int, ...],
    with_spread: bool,
    progress: Progress,
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Class probabilities on each working grid, and the disagreement of mirror images where it is asked for."""
    network, patch_size, coarsest_voxels = model.network(), model.patch_size, model.coarsest_voxels
    found, spreads = [], []
    for number, values in enumerate(voxel_values):
        told = part(progress, number / len(voxel_values), (number + 1) / len(voxel_values))
        options: dict[str, Any] = {"mirror_axes": mirror_axes, "with_spread": with_spread, "progress": told}
        if model.sees_slices:
            logits = predict_slices(values, network, patch_size, coarsest_voxels, **options)
        elif coarsest_voxels is None:
            logits = predict_logits(values, network, patch_size, **options)
        else:
            logits = predict_sample(values, network, patch_size, coarsest_voxels, **options)
        if with_spread:
            spreads.append(logits[-1].clone())
            logits = logits[:-1]
        found.append(logits.softmax(0))
    return found, spreads


def _on_the_volumes_grid(
    probabilities: Sequence[torch.Tensor],
    grids: Sequence[WorkingGrid],
    codes: tuple[int, ...],
    progress: Progress,
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Class and normalised entropy of every voxel by the mean over the working grids, made slab by slab."""
    import torch

    shape = grids[0].shape
    labels = np.empty(shape, dtype=np.uint8)
    uncertainty = np.empty(shape, dtype=np.float32)
    code_of = np.array(codes, dtype=np.uint8)
    thickness = max(1, _SLAB_BYTES // (4 * len(codes) * shape[1] * shape[2]))
    for start in range(0, shape[0], thickness):
        stop = min(start + thickness, shape[0])
        progress(start / shape[0], "drawing the labels")
        slabs = [grid.interpolate(values, start, stop) for grid, values in zip(grids, probabilities, strict=True)]
        slab = torch.stack(slabs).mean(0) if len(slabs) > 1 else slabs[0]
        labels[start:stop] = code_of[slab.argmax(0).numpy()]
        entropy = torch.special.entr(slab).sum(0) / float(np.log(len(codes)))
        uncertainty[start:stop] = entropy.clamp(0, 1).numpy()
    return labels, uncertainty
