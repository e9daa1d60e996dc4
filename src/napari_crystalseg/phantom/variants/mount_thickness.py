"""Thickness of the mount, measured and changed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...labels import Labels, Material
from .crystal_swap import nearest_fluid


def mount_thickness_um(labels: Labels) -> float:
    """Thickness of the loop, µm: the median of twice the depth along its middle; 0 without loop."""
    from scipy import ndimage

    loop = labels.data == Material.LOOP
    if not loop.any():
        return 0.0
    box = ndimage.find_objects(loop.astype(np.uint8), max_label=1)[0]
    # Padded, so that the loop ends at the border of the box; along z it goes on, as the stem does.
    part = np.pad(np.pad(loop[box], ((0, 0), (1, 1), (1, 1))), ((1, 1), (0, 0), (0, 0)), mode="edge")
    depth = ndimage.distance_transform_edt(part, sampling=labels.required_voxel_size_um)
    middle = depth[part & (depth == ndimage.maximum_filter(depth, 3))]
    # Rough edges have many middles of slivers, which tell nothing of the mount.
    middle = middle[middle > middle.max() / 3]
    # Depths are to the centre of the next voxel, half a voxel beyond the surface.
    return 2 * float(np.median(middle)) - min(labels.required_voxel_size_um)


def change_mount(labels: Labels, change_um: float) -> Labels:
    """Make the mount thicker or thinner by moving each of its surfaces by half of a change.

    A thicker mount takes from liquor and air; what a thinner one leaves becomes the nearer of them. Its skeleton stays,
    so that it never breaks.

    Parameters
    ----------
    labels : Labels
        Labels with a loop; voxels need not be cubes.
    change_um : float
        Change of the thickness, µm, negative for thinner; met to about half a voxel.

    Returns
    -------
    Labels

    Raises
    ------
    InputError
        No loop, or a change that is not finite.
    """
    if not np.isfinite(change_um):
        raise InputError(f"The change of the mount's thickness must be finite, not {change_um} µm.")
    loop = labels.data == Material.LOOP
    if not loop.any():
        raise InputError("These labels have no loop whose thickness could change.")
    depth = _depth_um(loop, labels.required_voxel_size_um)
    data = labels.data.copy()
    if change_um >= 0:
        fluid = (data == Material.AIR) | (data == Material.LIQUOR)
        data[fluid & (depth > -change_um / 2)] = Material.LOOP
    else:
        from skimage.morphology import skeletonize

        freed = loop & (depth <= -change_um / 2)
        if freed.any():
            freed &= ~skeletonize(loop).astype(bool)
        data[freed] = nearest_fluid(data, freed, labels.required_voxel_size_um)
    return Labels(data, labels.voxel_size_um, labels.provenance)


def _depth_um(loop: NDArray[np.bool_], voxel_size_um: tuple[float, float, float]) -> NDArray[np.float32]:
    """Signed distance to the mount's surface, µm, positive inside, smoothed to part voxels."""
    from scipy import ndimage

    # From the centre of the next voxel to the surface: half a voxel for faces along the grid, less for leaning ones.
    rest = 0.35 * min(voxel_size_um)
    inside = ndimage.distance_transform_edt(loop, sampling=voxel_size_um) - rest
    outside = ndimage.distance_transform_edt(~loop, sampling=voxel_size_um) - rest
    depth = np.where(loop, inside, -outside).astype(np.float32)
    sigma = [0.6 * min(voxel_size_um) / size for size in voxel_size_um]
    smooth: NDArray[np.float32] = ndimage.gaussian_filter(depth, sigma, mode="nearest")
    return smooth
