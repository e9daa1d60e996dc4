"""The box that holds the sample: most of a field is air, which a network need not look at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Box = tuple[slice, slice, slice]

_SMOOTHING_VOXELS = 1.0
_LEVEL = 0.3  # of the sample's grey: a fibre two voxels thick keeps more than this when smoothed
_FEWEST_VOXELS = 20  # connected; fewer are noise
_MARGIN_VOXELS = 4


def find_sample(greys: NDArray[np.float32]) -> Box:
    """Find the box about all that is brighter than air.

    Parameters
    ----------
    greys : ndarray of float32, shape (z, y, x)
        Normalised greys: air near 0, sample near 1.

    Returns
    -------
    (slice, slice, slice)
        Sample and a margin of air; the whole field where nothing stands out.
    """
    from scipy.ndimage import gaussian_filter, label

    bright = gaussian_filter(greys, _SMOOTHING_VOXELS) > _LEVEL
    pieces, count = label(bright)
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)
    large = sizes >= _FEWEST_VOXELS
    large[0] = False
    return box_about(large[pieces], (_MARGIN_VOXELS,) * 6)


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
