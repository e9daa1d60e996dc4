"""Labels in another pose, deformed, on another grid: resampled once, by a vote of the neighbours."""

from __future__ import annotations

import numpy as np

from ...checks import checked_voxel_size
from ...errors import InputError
from ...labels import Labels
from .deformation import Deformation
from .pose import Pose


def fitting_shape(
    labels: Labels, pose: Pose, deformation: Deformation, voxel_size_um: tuple[float, float, float]
) -> tuple[int, int, int]:
    """Voxels along (z, y, x) of a grid that holds the posed sample.

    The extent along z stays; along y and x it grows where what is not air would leave the field.
    """
    held = []
    for axis in range(3):
        filled = np.flatnonzero(labels.data.any(axis=tuple(a for a in range(3) if a != axis)))
        middle = labels.shape[axis] / 2
        low, high = (filled[0], filled[-1] + 1) if filled.size else (middle, middle)
        size = labels.required_voxel_size_um[axis]
        held.append(((low - middle) * size, (high - middle) * size))
    corners = np.stack(np.meshgrid(*held, indexing="ij"), axis=-1).reshape(-1, 3)
    moved = np.abs(corners @ pose.matrix.T + np.array(pose.shift_um)).max(axis=0)
    if deformation.waves:
        moved = moved + deformation.largest_displacement_um
    shape = []
    for axis, (n, old, new) in enumerate(zip(labels.shape, labels.required_voxel_size_um, voxel_size_um, strict=True)):
        extent = n * old
        if axis > 0:
            extent = max(extent, 2 * float(moved[axis]))
        shape.append(max(1, int(np.ceil(extent / new - 1e-6))))
    return shape[0], shape[1], shape[2]


def resample(
    labels: Labels,
    pose: Pose | None = None,
    deformation: Deformation | None = None,
    *,
    shape: tuple[int, int, int] | None = None,
    voxel_size_um: float | tuple[float, float, float] | None = None,
) -> Labels:
    """Pose and deform labels.

    Parameters
    ----------
    labels : Labels
        Labels to move; voxels need not be cubes.
    pose : Pose, optional
        Where the sample goes; it stays by default.
    deformation : Deformation, optional
        How it is deformed after that: a voxel at p takes what was posed at p + u(p).
    shape, voxel_size_um : optional
        Grid of the result; by default the same voxels, and more of them along y and x where the sample needs them.

    Returns
    -------
    Labels
        With the pose's and the deformation's exact grid; the record is the caller's to make.

    Raises
    ------
    InputError
        An empty grid.
    """
    from .resampling_kernel import pull_back

    pose, deformation = pose or Pose(), deformation or Deformation()
    size = checked_voxel_size(labels.required_voxel_size_um if voxel_size_um is None else voxel_size_um)
    shape = shape or fitting_shape(labels, pose, deformation, size)
    if min(shape) < 1:
        raise InputError(f"A grid of {shape} voxels is empty.")
    out = np.empty(shape, dtype=np.uint8)
    pull_back(
        np.ascontiguousarray(labels.data),
        np.array(labels.required_voxel_size_um),
        np.array(size),
        np.ascontiguousarray(pose.matrix),
        np.array(pose.shift_um),
        deformation.array,
        out,
    )
    return Labels(out, size, labels.provenance)
