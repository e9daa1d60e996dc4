"""Watershed: from seeds of two classes or more to the edges between them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ....box import Box, grown
from ....checks import checked_number, checked_voxel_size
from ....errors import InputError
from ....progress import Progress, silent
from ...edits.change import Change
from ...teaching.strokes import Strokes
from .edge_strength import edge_strength

_MARGIN_VOXELS = 4


def watershed(
    values: NDArray[np.float32],
    seeds: Strokes,
    *,
    voxel_size_um: tuple[float, float, float] = (1.0, 1.0, 1.0),
    box: Box | None = None,
    region: NDArray[np.bool_] | None = None,
    smoothing_um: float | None = None,
    progress: Progress = silent,
) -> Change | None:
    """Flood the gradient magnitude from seeds, so that classes meet at the strongest edges between them.

    Parameters
    ----------
    values : ndarray of float32, shape (z, y, x)
        Voxel values.
    seeds : Strokes
        Voxels of two classes or more; they keep their classes.
    voxel_size_um : (float, float, float)
        Along (z, y, x), µm.
    box : (slice, slice, slice), optional
        Where to flood; by default the box about the seeds and four voxels more.
    region : ndarray of bool, shape (z, y, x), optional
        Flood these voxels of the box alone.
    smoothing_um : float, optional
        Standard deviation of the Gaussian that the gradient is taken with, µm; by default the finest voxel.
    progress : Progress
        Told of each step.

    Returns
    -------
    Change or None
        Classes of all voxels that were flooded; None where the region holds none of them.

    Raises
    ------
    InputError
        Seeds of one class or outside of the volume or the box, or a region of another shape.
    """
    from skimage.segmentation import watershed as flood

    voxel = checked_voxel_size(voxel_size_um)
    seeds.check_within(values.shape)
    if len(seeds.classes) < 2:
        raise InputError(f"All seeds are {seeds.classes[0].title}; a watershed needs seeds of two classes or more.")
    if region is not None and region.shape != values.shape:
        raise InputError(f"The region has shape {region.shape}, the volume {values.shape}; they must be the same.")
    if box is None:
        low, high = seeds.indices.min(axis=0), seeds.indices.max(axis=0)
        z, y, x = (slice(int(start), int(stop) + 1) for start, stop in zip(low, high, strict=True))
        box = grown((z, y, x), (_MARGIN_VOXELS,) * 3, values.shape)
    start = np.array([side.start for side in box])
    inside = ((seeds.indices >= start) & (seeds.indices < [side.stop for side in box])).all(axis=1)
    if len(np.unique(seeds.labels[inside])) < 2:
        raise InputError("The box holds seeds of fewer than two classes; widen it or seed another class in it.")
    width = min(voxel) if smoothing_um is None else checked_number(smoothing_um, "The smoothing in µm", 0.0)
    progress(0.1, "looking for edges")
    edges = edge_strength(values[box], voxel, width)
    markers = np.zeros(edges.shape, dtype=np.int32)
    markers[tuple((seeds.indices[inside] - start).T)] = seeds.labels[inside].astype(np.int32) + 1
    mask = None if region is None else region[box] | (markers > 0)
    progress(0.4, "flooding from the seeds")
    found = flood(edges, markers, mask=mask)
    progress(1.0, "flooded")
    flooded = found > 0
    return Change(box, flooded, np.maximum(found - 1, 0).astype(np.uint8)) if flooded.any() else None
