"""Points on the surface of a mask, between its voxels, with outward normals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MOST_POINTS = 16_000


@dataclass(frozen=True, eq=False)
class SurfacePoints:
    """Surface of a mask.

    Parameters
    ----------
    points_um : ndarray, shape (point, 3)
        Places (z, y, x), µm from the centre of the first voxel of the volume.
    normals : ndarray, shape (point, 3)
        Outward unit normals, axes (z, y, x).
    areas_um2 : ndarray, shape (point,)
        Share of the surface that each stands for, µm².
    centres_um : ndarray, shape (point, 3)
        Centres (z, y, x) of the voxels beside the surface that they were found from, µm.
    inside : ndarray of bool, shape (point,)
        Whether those voxels are of the mask.
    flatness : ndarray, shape (point,)
        1 where the surface is flat within the blur, down to 0 at edges.
    blur_um : float
        Standard deviation of the Gaussian that evened the voxels' steps, µm.
    extent_um : ndarray, shape (2, 3)
        Lowest and highest coordinates of the mask's voxels, their edges included, µm.
    """

    points_um: NDArray[np.float64]
    normals: NDArray[np.float64]
    areas_um2: NDArray[np.float64]
    centres_um: NDArray[np.float64]
    inside: NDArray[np.bool_]
    flatness: NDArray[np.float64]
    blur_um: float
    extent_um: NDArray[np.float64]

    @property
    def weights(self) -> NDArray[np.float64]:
        """Area times flatness, shape (point,), µm²."""
        return self.areas_um2 * self.flatness

    def only(self, index: NDArray[np.intp]) -> SurfacePoints:
        """Return some of the points, by their indices (point,)."""
        return SurfacePoints(
            self.points_um[index],
            self.normals[index],
            self.areas_um2[index],
            self.centres_um[index],
            self.inside[index],
            self.flatness[index],
            self.blur_um,
            self.extent_um,
        )


def surface_points(
    mask: NDArray[np.bool_],
    start: tuple[int, int, int],
    voxel_size_um: tuple[float, float, float],
    blur: float = 1.0,
) -> SurfacePoints:
    """Find the surface of a mask between its voxels.

    Blurred with a Gaussian of the standard deviation s, a flat face is s times the inverse of the normal distribution
    away from where a voxel says: that distance, and its gradient, are exact for a plane at any angle to the grid.

    Parameters
    ----------
    mask : ndarray of bool, shape (z, y, x)
        Cut out of the volume with a margin of some voxels, but where the volume ends: there is no surface.
    start : (int, int, int)
        Voxel of the volume (z, y, x) that the cut begins with.
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.
    blur : float
        How much wider the Gaussian is than the steps of voxels need: for labels that are rough.

    Returns
    -------
    SurfacePoints
        At most 16,000 points, spread evenly.
    """
    from scipy.ndimage import gaussian_filter
    from scipy.special import ndtri

    size = np.asarray(voxel_size_um)
    blur_um = blur * float(max(0.75 * size.max(), 1.1 * size.prod() ** (1 / 3)))
    blurred = gaussian_filter(mask.astype(np.float32), blur_um / size, mode="nearest", truncate=3.5)
    # A voxel beside the border of the field has no neighbour to take a gradient from.
    inner = blurred[1:-1, 1:-1, 1:-1]
    near = np.flatnonzero((inner > 0.25) & (inner < 0.75))
    share = 1.0
    if len(near) > _MOST_POINTS:
        # A stride that is odd to the rows would still favour some; a fixed draw does not.
        drawn = np.random.default_rng(0).choice(len(near), _MOST_POINTS, replace=False)
        share = len(near) / _MOST_POINTS
        near = near[np.sort(drawn)]
    index = np.stack(np.unravel_index(near, inner.shape), axis=1) + 1

    def depth(at: NDArray[np.intp]) -> NDArray[np.float64]:
        values: NDArray[np.float64] = blur_um * ndtri(np.clip(blurred[tuple(at.T)].astype(float), 1e-4, 1 - 1e-4))
        return values

    steps = np.eye(3, dtype=np.intp)
    gradient = np.stack([(depth(index + s) - depth(index - s)) / (2 * e) for s, e in zip(steps, size, strict=True)], 1)
    steepness = np.linalg.norm(gradient, axis=1)
    normals = -gradient / np.maximum(steepness, 1e-9)[:, None]
    inside = depth(index)
    centres = (index + np.asarray(start)) * size
    points = centres + normals * np.clip(inside, -blur_um, blur_um)[:, None]
    # By the coarea formula the gradient of the blurred mask, summed over all voxels, is its surface; of a profile
    # between a quarter and three quarters half is seen.
    density = np.exp(-0.5 * (inside / blur_um) ** 2) / (blur_um * np.sqrt(2 * np.pi))
    areas = 2 * share * size.prod() * density * np.minimum(steepness, 1.0)
    flatness = np.clip((steepness - 0.7) / 0.2, 0, 1) * np.clip((1.3 - steepness) / 0.2, 0, 1)
    used = np.argwhere(mask)
    extent = (np.stack([used.min(axis=0) - 0.5, used.max(axis=0) + 0.5]) + np.asarray(start)) * size
    return SurfacePoints(points, normals, areas, centres, mask[tuple(index.T)], flatness, blur_um, extent)
