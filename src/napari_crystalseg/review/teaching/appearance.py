"""What voxels look like: a volume smoothed at several scales, and the features of single voxels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ...computing.threads import in_threads
from ...progress import Progress, silent

_FINEST = 0.6
_SCALES = (1.0, 2.0)
"""Standard deviations of the Gaussian filters, in voxels of the working grid."""
_STEPS = 8
_OF_NOISE, _LEAST = 2.0, 0.02
"""Steps between voxels that count as edges, in parts of the noise and of the range of the values."""


@dataclass(frozen=True, eq=False)
class Appearance:
    """A volume of isotropic voxels, filtered.

    Values smoothed over many voxels would separate strokes well, but be wrong at surfaces, where there are none; so
    noise is taken out by a diffusion that stops at edges.

    Parameters
    ----------
    images : ndarray of float32, shape (3, z, y, x)
        Voxel values without unit: without noise, and smoothed at two scales.
    """

    images: NDArray[np.float32]

    @classmethod
    def of(cls, data: NDArray[np.float32], progress: Progress = silent) -> Appearance:
        """Filter a volume.

        Parameters
        ----------
        data : ndarray of float32, shape (z, y, x)
            Voxel values of any scale and offset.
        progress : Progress
            Told of every filter.
        """
        from scipy.ndimage import gaussian_filter

        from .appearance_kernel import diffuse

        low, middle, high = np.percentile(data[::2, ::2, ::2], (0.5, 50, 99.5))
        if not high > low:
            low, high = float(data.min()), float(data.max())
        unit = ((data - np.float32(middle)) / np.float32(high - low)).clip(-4, 4)
        steps = [np.abs(np.diff(unit[::2], axis=axis)).ravel() for axis in (1, 2) if unit.shape[axis] > 1]
        noise = 1.4826 * float(np.median(np.concatenate(steps))) / np.sqrt(2) if steps else 0.0
        images = np.empty((3, *data.shape), dtype=np.float32)
        for number, scale in enumerate(_SCALES, start=1):
            progress((number - 1) / 5, "looking at the volume")
            gaussian_filter(unit, scale, output=images[number], truncate=3.0)
        before, after = gaussian_filter(unit, _FINEST, truncate=3.0), np.empty_like(unit)
        for step in range(_STEPS):
            progress(0.5 + 0.5 * step / _STEPS, "taking out the noise")
            in_threads(partial(diffuse, before, after, max(_OF_NOISE * noise, _LEAST)), len(unit))
            before, after = after, before
        images[0] = before
        return cls(images)

    def at(self, places: NDArray[np.integer]) -> NDArray[np.float32]:
        """Return the features of some voxels.

        The value without noise; at two scales the gradient magnitude and the largest and the smallest eigenvalue of the
        Hessian matrix, which tell surfaces, fibres and films from bodies.

        Parameters
        ----------
        places : ndarray of int, shape (voxel, 3)
            Indices (z, y, x).

        Returns
        -------
        ndarray of float32, shape (voxel, feature)
        """
        from .appearance_kernel import FEATURES, describe

        found = np.empty((len(places), FEATURES), dtype=np.float32)
        describe(self.images, np.ascontiguousarray(places, dtype=np.int32), found)
        return found
