"""Patches of the volume itself about the sample's surface: what the working grid has averaged away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..grids.working_grid import WorkingGrid
from .noise_and_edges import edge_width, noise_of

_PATCHES = 8
_SIDE_VOXELS = 40
_CLEAR_VOXELS = 3
_FEWEST_VOXELS = 200


@dataclass(frozen=True)
class PatchLook:
    """What one patch looks like.

    Parameters
    ----------
    noise : float
        Standard deviation from voxel to voxel, in units of the sample's height above air in the patch.
    edge_voxels : float
        Width over which the surface rises, in voxels of the volume.
    """

    noise: float
    edge_voxels: float


def surface_patches(
    data: NDArray[Any], grid: WorkingGrid, voxel_values: NDArray[np.float32], sample: NDArray[np.bool_]
) -> list[PatchLook]:
    """Look at some patches of a volume that hold both air and sample.

    Parameters
    ----------
    data : ndarray, shape (z, y, x)
        Voxel values of the volume, of any scale and offset.
    grid : WorkingGrid
        The working grid over it.
    voxel_values : ndarray of float32, shape ``grid.working_shape``
        Normalised voxel values.
    sample : ndarray of bool, shape ``grid.working_shape``
        Where the sample is.

    Returns
    -------
    list of PatchLook
        At most eight, evenly over the surface; none where there is no surface.
    """
    from scipy.ndimage import binary_dilation

    surface = np.argwhere(sample & binary_dilation(~sample))
    if not len(surface):
        return []
    chosen = surface[np.linspace(0, len(surface) - 1, _PATCHES + 2).astype(int)[1:-1]]
    found = []
    for place in chosen:
        box = []
        for at, own, working in zip(place, grid.shape, grid.working_shape, strict=True):
            middle = int((at + 0.5) * own / working)
            start = max(0, min(middle - _SIDE_VOXELS // 2, own - _SIDE_VOXELS))
            box.append(slice(start, min(start + _SIDE_VOXELS, own)))
        look = _look(np.asarray(data[tuple(box)], dtype=np.float32), _nearest(voxel_values, grid, box))
        if look is not None:
            found.append(look)
    return found


def _nearest(voxel_values: NDArray[np.float32], grid: WorkingGrid, box: list[slice]) -> NDArray[np.float32]:
    """Bring the working grid to a box of the volume, by the nearest voxel."""
    places = [
        np.arange(side.start, side.stop) * working // own
        for side, own, working in zip(box, grid.shape, grid.working_shape, strict=True)
    ]
    found: NDArray[np.float32] = voxel_values[np.ix_(*places)]
    return found


def _look(values: NDArray[np.float32], coarse: NDArray[np.float32]) -> PatchLook | None:
    """Look at one patch, its voxel values put to 0 in air and 1 in the sample as the working grid parts them."""
    from scipy.ndimage import binary_dilation, binary_erosion, gaussian_filter

    if not np.isfinite(values).all():
        return None
    bright = gaussian_filter(coarse, 1.0) > 0.5
    air = ~binary_dilation(bright, iterations=_CLEAR_VOXELS)
    inner = binary_erosion(bright, iterations=_CLEAR_VOXELS, border_value=1)
    if min(np.count_nonzero(air), np.count_nonzero(inner)) < _FEWEST_VOXELS:
        return None
    low, high = float(np.median(values[air])), float(np.median(values[inner]))
    if not high > low:
        return None
    own = (values - low) / (high - low)
    noise = max(noise_of(own, air), noise_of(own, inner))
    return PatchLook(noise, edge_width(own, gaussian_filter(own, 1.0) > 0.5))
