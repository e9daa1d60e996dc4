"""The box that holds the sample: most of a field is air, which a network need not look at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...box import Box

_SMOOTHING_VOXELS = 1.0
_LEVEL = 0.3  # of the sample's voxel value: a fibre two voxels thick keeps more than this when smoothed
_FEWEST_VOXELS = 20  # connected; fewer are noise
_MARGIN_VOXELS = 4
_DIM_LEVEL = 0.06  # beside a thick metal pin, which then is the sample's voxel value, a drop is a tenth of it
_DIM_NOISE = 6  # standard deviations
_HALO_VOXELS = 3  # halos and streaks are thinner than twice this
_FEWEST_DIM_VOXELS = 100  # of a body without its outermost voxels


def find_sample(voxel_values: NDArray[np.float32]) -> Box:
    """Find the box about all that is brighter than air.

    Parameters
    ----------
    voxel_values : ndarray of float32, shape (z, y, x)
        Normalised voxel values: air near 0, sample near 1.

    Returns
    -------
    (slice, slice, slice)
        Sample and a margin of air; the whole field where nothing stands out. Thick bodies far dimmer than the sample
        are held too, thin ones are not.
    """
    from scipy.ndimage import binary_dilation, binary_erosion, gaussian_filter

    smooth = gaussian_filter(voxel_values, _SMOOTHING_VOXELS)
    bright = _large_pieces(smooth > _LEVEL, _FEWEST_VOXELS)
    box = box_about(bright, (_MARGIN_VOXELS,) * 6)
    outside = np.ones(voxel_values.shape, dtype=bool)
    outside[box] = False
    if not outside.any():
        return box
    air = smooth[outside]
    noise = 1.4826 * float(np.median(np.abs(air - np.median(air))))
    dim = outside & (smooth > max(_DIM_LEVEL, _DIM_NOISE * noise))
    cross = _neighbourhood(voxel_values.shape)
    body = _large_pieces(binary_erosion(dim, cross, iterations=_HALO_VOXELS), _FEWEST_DIM_VOXELS)
    if not body.any():
        return box
    return box_about(bright | binary_dilation(body, cross, iterations=_HALO_VOXELS), (_MARGIN_VOXELS,) * 6)


def box_about(mask: NDArray[np.bool_], margins: tuple[int, ...]) -> Box:
    """Lay the smallest box about a mask and widen it.

    Parameters
    ----------
    mask : ndarray of bool, shape (z, y, x)
        What the box must hold.
    margins : tuple of six int
        Voxels added below and above, axis by axis; the box ends where the field does.

    Returns
    -------
    (slice, slice, slice)
        The whole field where the mask is empty.
    """
    sides = []
    for axis, length in enumerate(mask.shape):
        filled = np.flatnonzero(mask.any(axis=tuple(other for other in range(3) if other != axis)))
        if not filled.size:
            return slice(0, mask.shape[0]), slice(0, mask.shape[1]), slice(0, mask.shape[2])
        start = max(int(filled[0]) - margins[2 * axis], 0)
        sides.append(slice(start, min(int(filled[-1]) + 1 + margins[2 * axis + 1], length)))
    return sides[0], sides[1], sides[2]


def _neighbourhood(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """A voxel with its neighbours through faces, less those along axes too short for a body thicker than a halo.

    Nothing would be left of a slice, or of a few, that is worn off from above and below.
    """
    from scipy.ndimage import generate_binary_structure

    cross: NDArray[np.bool_] = generate_binary_structure(3, 1)
    for axis, length in enumerate(shape):
        if length <= 2 * _HALO_VOXELS:
            np.moveaxis(cross, axis, 0)[[0, 2]] = False
    return cross


def _large_pieces(mask: NDArray[np.bool_], fewest: int) -> NDArray[np.bool_]:
    """The connected pieces of a mask that have so many voxels."""
    from scipy.ndimage import label

    pieces, count = label(mask)
    large = np.bincount(pieces.ravel(), minlength=count + 1) >= fewest
    large[0] = False
    kept: NDArray[np.bool_] = large[pieces]
    return kept
