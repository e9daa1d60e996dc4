"""Liquor refilled to another volume."""

from __future__ import annotations

import numpy as np

from ...errors import InputError
from ...labels import Labels, Material

SMOOTHING_VOXELS = 1.5


def refill_liquor(labels: Labels, volume_um3: float) -> Labels:
    """Grow or shrink the liquor to a volume, by the distance to its surface.

    The signed distance to the surface between liquor and air is smoothed over 1.5 voxels, as surface tension rounds
    corners, and the voxels deepest in the liquor (or nearest to it) are filled until the volume is reached. Crystal,
    loop and class "other" stay.

    Parameters
    ----------
    labels : Labels
        Labels with liquor; voxels need not be cubes.
    volume_um3 : float
        Volume of the liquor afterwards, µm³, met to half a voxel.

    Returns
    -------
    Labels

    Raises
    ------
    InputError
        No liquor to begin with, or a volume that is not finite, less than a voxel, or more than air leaves room for.
    """
    from scipy import ndimage

    liquor, air = labels.data == Material.LIQUOR, labels.data == Material.AIR
    had, room = int(np.count_nonzero(liquor)), int(np.count_nonzero(air))
    if had == 0:
        raise InputError("These labels have no liquor to refill; draw some first.")
    if not np.isfinite(volume_um3):
        raise InputError(f"The liquor's volume must be finite, not {volume_um3} µm³.")
    wanted = round(volume_um3 / labels.voxel_volume_um3)
    if wanted < 1:
        raise InputError(f"The liquor cannot be refilled to {volume_um3} µm³, less than a voxel.")
    if wanted > had + room:
        most = (had + room) * labels.voxel_volume_um3
        raise InputError(f"The field holds no more than {most:.3g} µm³ of liquor, not {volume_um3:.3g} µm³.")
    fluid = liquor | air
    depth = np.zeros(labels.shape, dtype=np.float32)
    if room:
        depth[liquor] = ndimage.distance_transform_edt(~air, sampling=labels.required_voxel_size_um)[liquor]
    depth[air] = -ndimage.distance_transform_edt(~liquor, sampling=labels.required_voxel_size_um)[air]
    finest = SMOOTHING_VOXELS * min(labels.required_voxel_size_um)
    sigma = [finest / size for size in labels.required_voxel_size_um]
    weight = ndimage.gaussian_filter(fluid.astype(np.float32), sigma)
    smooth = ndimage.gaussian_filter(depth, sigma)[fluid] / weight[fluid]
    filled = np.zeros(smooth.size, dtype=bool)
    filled[np.argsort(-smooth, kind="stable")[:wanted]] = True
    data = labels.data.copy()
    data[fluid] = np.where(filled, np.uint8(Material.LIQUOR), np.uint8(Material.AIR))
    return Labels(data, labels.voxel_size_um, labels.provenance)
