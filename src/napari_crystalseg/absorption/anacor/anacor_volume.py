"""The label volume as AnACor 2.0 can trace it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...labels import Labels, Material
from ..tracing.paths import sample_box
from .inner_air import hull_spans

PADDING = 10
MOST_VOXELS = 8e9
MOST_VOLUME_CHANGE = 0.1
LARGEST_ASPECT = 1.7  # it aborts on paths longer than 1.73 nx, the diagonal of a cube


@dataclass(frozen=True, eq=False)
class AnacorVolume:
    """Labels resampled, padded and with the inner air marked.

    Parameters
    ----------
    data : ndarray of int8, shape (z, y, x), C order
        Material codes.
    voxel_size_um : float
        Size of the isotropic voxels, µm.
    inner_air_marked : bool
        Whether air between parts of the sample was written as class 4.
    """

    data: NDArray[np.int8]
    voxel_size_um: float
    inner_air_marked: bool


def isotropic(
    data: NDArray[np.uint8], voxel_size_um: tuple[float, float, float], target_um: float
) -> NDArray[np.uint8]:
    """Resample labels to isotropic voxels, taking the nearest voxel centre.

    The centre of the volume stays its centre, and no slab at an edge is lost.
    """
    for axis, size in enumerate(voxel_size_um):
        if abs(size / target_um - 1) < 1e-6:
            continue
        n = data.shape[axis]
        wanted = max(int(np.ceil(n * size / target_um - 1e-6)), 1)
        centres = (np.arange(wanted) - (wanted - 1) / 2) * (target_um / size) + (n - 1) / 2
        data = np.take(data, np.clip(np.rint(centres).astype(int), 0, n - 1), axis=axis)
    return data


def anacor_volume(labels: Labels, *, mark_inner_air: bool, voxel_size_um: float | None = None) -> AnacorVolume:
    """Make the volume: isotropic, padded with air, wide enough for AnACor's longest path, inner air as class 4.

    Parameters
    ----------
    labels : Labels
        Material of each voxel.
    mark_inner_air : bool
        Write air inside the convex hull of the sample as class 4: AnACor ends a ray at the first air voxel.
    voxel_size_um : float, optional
        Size of the isotropic voxels, µm; the finest of the labels' by default.

    Raises
    ------
    InputError
        No crystal, or a voxel size that is not positive, makes too many voxels, or is too coarse for the crystal.
    """
    target = min(labels.required_voxel_size_um) if voxel_size_um is None else float(voxel_size_um)
    if not (np.isfinite(target) and target > 0):
        raise InputError(f"The voxel size of the AnACor volume must be positive, not {target}.")
    crystal = int(np.count_nonzero(labels.data == Material.CRYSTAL))
    if not crystal:
        raise InputError("The labels hold no crystal (class 3), which AnACor needs; label the crystal.")
    voxels = float(np.prod(np.multiply(labels.shape, labels.required_voxel_size_um) / target))
    if voxels > MOST_VOXELS:
        raise InputError(
            f"Voxels of {target:g} µm would make an AnACor volume of {voxels:.2g} voxels, more than {MOST_VOXELS:.2g}; "
            "take larger ones, or crop the labels."
        )
    sample = isotropic(labels.data, labels.required_voxel_size_um, target)
    resampled = np.count_nonzero(sample == Material.CRYSTAL) * target**3
    lost = resampled / (crystal * float(np.prod(labels.required_voxel_size_um))) - 1
    if abs(lost) > MOST_VOLUME_CHANGE and target > min(labels.required_voxel_size_um):
        raise InputError(
            f"Voxels of {target:g} µm are too coarse: the crystal's volume would change by {lost:+.0%}; take smaller "
            "ones."
        )
    nz, ny, nx = (n + 2 * PADDING for n in sample.shape)
    wide = _width(sample, through_air=not mark_inner_air)
    data = np.zeros((nz, ny, wide), dtype=np.int8)
    left = PADDING + (wide - nx) // 2
    data[PADDING:-PADDING, PADDING:-PADDING, left : left + sample.shape[2]] = sample
    if mark_inner_air:
        _mark_inner_air(data)
    return AnacorVolume(data, target, mark_inner_air)


def _width(sample: NDArray[np.uint8], *, through_air: bool) -> int:
    """Voxels along axis 2 of the padded volume, so many that no path is longer than AnACor bears.

    Paths begin in the crystal. They end where the sample ends, or, ``through_air``, at the border of the volume.
    """
    nz, ny, nx = (n + 2 * PADDING for n in sample.shape)
    crystal = [(s.start + PADDING, s.stop + PADDING) for s in sample_box(sample == Material.CRYSTAL)]
    matter = [(s.start + PADDING, s.stop + PADDING) for s in sample_box(sample)]
    wide: int = max(nx, int(np.ceil(max(nz, ny) / LARGEST_ASPECT)))
    while True:
        left = (wide - nx) // 2
        box = [(0, nz), (0, ny), (-left, wide - left)] if through_air else matter
        extent = [max(c_stop - low, high - c_low) for (c_low, c_stop), (low, high) in zip(crystal, box, strict=True)]
        if np.linalg.norm(extent) <= LARGEST_ASPECT * wide:
            return wide
        wide += max(2, wide // 50)


def _mark_inner_air(data: NDArray[np.int8]) -> None:
    """Write air inside the convex hull of the sample as class 4, in place."""
    inside = data[sample_box(data)]
    first, stop = hull_spans(inside)
    column = np.arange(inside.shape[2])
    for plane, low, high in zip(inside, first, stop, strict=True):
        within = (column >= low[:, np.newaxis]) & (column < high[:, np.newaxis])
        plane[within & (plane == Material.AIR)] = Material.OTHER
