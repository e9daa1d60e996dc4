"""How strong the edges of a volume are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def edge_strength(
    values: NDArray[np.float32], voxel_size_um: tuple[float, float, float], smoothing_um: float
) -> NDArray[np.float32]:
    """Return the gradient magnitude of a smoothed volume, per µm.

    Parameters
    ----------
    values : ndarray of float32, shape (z, y, x)
        Voxel values.
    voxel_size_um : (float, float, float)
        Along (z, y, x), µm.
    smoothing_um : float
        Standard deviation of the Gaussian, µm.

    Returns
    -------
    ndarray of float32, shape (z, y, x)
    """
    from scipy.ndimage import gaussian_filter

    # Narrower than a third of a voxel, the derivative of a Gaussian that is sampled at voxels is none.
    widths = [max(smoothing_um / size, 0.35) for size in voxel_size_um]
    total = np.zeros(values.shape, dtype=np.float32)
    for axis, size in enumerate(voxel_size_um):
        if values.shape[axis] > 1:
            order = [int(axis == other) for other in range(3)]
            total += (gaussian_filter(values.astype(np.float32, copy=False), widths, order=order) / size) ** 2
    return np.sqrt(total)
