"""Whole samples drawn from cases and varied, so that the network meets more tomograms than were simulated.

Everything is drawn from the generator given, and costs well under a tenth of a training step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import affine_transform, gaussian_filter
from scipy.spatial.transform import Rotation

from ...labels import Material
from ..grids.normalisation import CLIP
from ..prediction.sample_box import box_about

if TYPE_CHECKING:
    from .dataset import TrainingCase

Patch = tuple[NDArray[np.float32], NDArray[np.uint8]]
_FARTHEST_SHIFT = 0.08  # of the patch's length
_WIDEST_MARGIN_VOXELS = 8
_PROBABILITY = 0.33  # of each variation of the voxel values


def draw_patch(
    rng: np.random.Generator, case: TrainingCase, size: tuple[int, int, int], plainness: float = 0.0
) -> Patch:
    """Draw one varied patch that holds a whole sample, or nearly so.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every choice.
    case : Case
        Where it is drawn from.
    size : (int, int, int)
        Most voxels (z, y, x) of the patch. Of a larger case, the middle is taken.
    plainness : float
        Probability that crystal and mount are given a contrast to the liquor that nobody could miss.

    Returns
    -------
    voxel_values : ndarray of float32, shape (z, y, x)
        The sample and up to eight voxels of what is around it on each side.
    labels : ndarray of uint8, shape (z, y, x)
    """
    centre = (np.array(case.labels.shape) - 1) / 2 + rng.uniform(-_FARTHEST_SHIFT, _FARTHEST_SHIFT, 3) * size
    if rng.random() < 0.3:
        voxel_values, labels = _turned_and_scaled(rng, case, centre, size)
    else:
        voxel_values, labels = _shifted(case, centre, size)
    voxel_values, labels = _reoriented(rng, voxel_values, labels)
    if rng.random() < 0.2:
        voxel_values, labels = _cut_off(rng, voxel_values, labels)
    box = box_about(labels > 0, tuple(rng.integers(2, _WIDEST_MARGIN_VOXELS, 6, endpoint=True)))
    voxel_values, labels = voxel_values[box], labels[box]
    return vary_voxel_values(rng, voxel_values, labels, plainness), np.ascontiguousarray(labels)


def _shifted(case: TrainingCase, centre: NDArray[np.float64], size: tuple[int, int, int]) -> Patch:
    """Take a patch about a voxel; outside the case is air."""
    voxel_values, labels = np.zeros(size, dtype=np.float32), np.zeros(size, dtype=np.uint8)
    source, target = [], []
    for middle, wanted, length in zip(centre, size, case.labels.shape, strict=True):
        start = round(middle - (wanted - 1) / 2)
        first, last = max(start, 0), min(start + wanted, length)
        source.append(slice(first, last))
        target.append(slice(first - start, last - start))
    voxel_values[tuple(target)] = case.voxel_values[tuple(source)]
    labels[tuple(target)] = case.labels[tuple(source)]
    return voxel_values, labels


def _turned_and_scaled(
    rng: np.random.Generator, case: TrainingCase, centre: NDArray[np.float64], size: tuple[int, int, int]
) -> Patch:
    """Magnify by 0.75 to 1.25 and turn by up to about 15 degrees about any axis."""
    magnification = np.exp(rng.uniform(np.log(0.75), np.log(1.25)))
    turn = Rotation.from_rotvec(np.deg2rad(rng.uniform(-15, 15, 3)) * rng.integers(0, 2)).as_matrix()
    matrix = turn / magnification
    offset = centre - matrix @ ((np.array(size) - 1) / 2)
    voxel_values = affine_transform(
        np.asarray(case.voxel_values, dtype=np.float32), matrix, offset, size, order=1, mode="constant", cval=0.0
    )
    labels = affine_transform(np.asarray(case.labels), matrix, offset, size, order=0, mode="constant", cval=0)
    return voxel_values, labels


def _cut_off(rng: np.random.Generator, voxel_values: NDArray[np.float32], labels: NDArray[np.uint8]) -> Patch:
    """Let a smaller field cut off up to a third of the patch along one axis."""
    axis, share = int(rng.integers(3)), rng.uniform(0.0, 0.35)
    count = voxel_values.shape[axis]
    first = round(count * share) if rng.random() < 0.5 else 0
    kept = [slice(None)] * 3
    kept[axis] = slice(first, count if first else count - round(count * share))
    return voxel_values[tuple(kept)], labels[tuple(kept)]


def _reoriented(rng: np.random.Generator, voxel_values: NDArray[np.float32], labels: NDArray[np.uint8]) -> Patch:
    """Mirror in all axes and swap axes, mostly those across the rotation axis, in which rings and streaks lie."""
    order = list(rng.permutation(3)) if rng.random() < 0.3 else [0, *(1 + rng.permutation(2))]
    if len({voxel_values.shape[axis] for axis in range(3)}) > 1:
        order = [0, 1, 2]
    flips = tuple(slice(None, None, int(step)) for step in rng.choice((-1, 1), 3))
    return np.ascontiguousarray(voxel_values.transpose(order)[flips]), labels.transpose(order)[flips]


def vary_voxel_values(
    rng: np.random.Generator, voxel_values: NDArray[np.float32], labels: NDArray[np.uint8], plainness: float = 0.0
) -> NDArray[np.float32]:
    """Vary normalised voxel values as instruments and reconstructions do.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every choice.
    voxel_values : ndarray of float32, shape (z, y, x)
        Normalised voxel values: air near 0, sample near 1.
    labels : ndarray of uint8, shape (z, y, x)
        Classes, used to move the voxel values of whole materials.
    plainness : float
        Probability of a contrast between the materials that nobody could miss.

    Returns
    -------
    ndarray of float32, shape (z, y, x)
    """
    if rng.random() < plainness:
        voxel_values = voxel_values + _material_shift(rng, labels, 0.1, 0.4)
    elif rng.random() < 0.2:
        voxel_values = voxel_values + _material_shift(rng, labels, 0.0, 0.15)
    if rng.random() < _PROBABILITY:
        voxel_values = gaussian_filter(voxel_values, rng.uniform(0.3, 0.8), truncate=3)
    elif rng.random() < _PROBABILITY / 2:
        # Phase fringes: bright and dark rims along every edge.
        voxel_values = voxel_values + rng.uniform(0.3, 1.0) * (
            voxel_values - gaussian_filter(voxel_values, rng.uniform(0.6, 2.0), truncate=3)
        )
    if rng.random() < _PROBABILITY:
        voxel_values = _with_bias(rng, voxel_values)
    if rng.random() < _PROBABILITY:
        voxel_values = voxel_values + _rings(rng, voxel_values.shape)
    if rng.random() < _PROBABILITY:
        voxel_values = voxel_values + np.float32(rng.uniform(0.0, 0.12)) * rng.standard_normal(
            voxel_values.shape, dtype=np.float32
        )
    if rng.random() < _PROBABILITY:
        voxel_values = np.sign(voxel_values) * np.abs(voxel_values) ** np.float32(rng.uniform(0.7, 1.4))
    if rng.random() < _PROBABILITY:
        voxel_values = voxel_values * np.float32(np.exp(rng.uniform(-0.3, 0.3)))
    if rng.random() < _PROBABILITY:
        voxel_values = voxel_values + np.float32(rng.uniform(-0.1, 0.1))
    if rng.random() < _PROBABILITY / 2:
        low, high = np.float32(rng.uniform(-1.0, -0.2)), np.float32(rng.uniform(1.2, 3.0))
        voxel_values = (
            np.round((np.clip(voxel_values, low, high) - low) * (255 / (high - low))) * ((high - low) / 255) + low
        )
    return np.clip(voxel_values, *CLIP).astype(np.float32, copy=False)


def _material_shift(
    rng: np.random.Generator, labels: NDArray[np.uint8], least: float, most: float
) -> NDArray[np.float32]:
    """Move crystal and mount against liquor, up or down: their order differs from sample to sample."""
    shift = np.zeros(len(Material), dtype=np.float32)
    shift[Material.CRYSTAL] = rng.uniform(least, most) * rng.choice((-1, 1))
    shift[Material.LOOP] = rng.uniform(-0.3, 0.3)
    return np.asarray(gaussian_filter(shift[labels], 0.7, truncate=3), dtype=np.float32)


def _with_bias(rng: np.random.Generator, voxel_values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Multiply by and add smooth second-order fields: cupping and drifts of the beam."""
    grids = [
        np.linspace(-1, 1, n, dtype=np.float32).reshape([-1 if a == b else 1 for b in range(3)])
        for a, n in enumerate(voxel_values.shape)
    ]

    def field(strength: float) -> NDArray[np.float32]:
        linear, square = (rng.normal(0, strength, (2, 3)) * 0.5).astype(np.float32)
        total = np.zeros(voxel_values.shape, dtype=np.float32)
        for a, b, g in zip(linear, square, grids, strict=True):
            total += a * g + b * g * g
        return total

    return voxel_values * (1 + field(0.25)) + field(0.12)


def _rings(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Rings about an axis along z, in or near the patch; their strength may change along z."""
    centre = rng.uniform(-0.5, 1.5, 2) * np.array(shape[1:])
    grid_y, grid_x = np.ogrid[: shape[1], : shape[2]]
    radius = np.hypot(grid_y - centre[0], grid_x - centre[1])
    pattern = rng.standard_normal(int(radius.max()) + 2).astype(np.float32)
    if rng.random() < 0.5:  # few strong rings rather than many
        pattern *= rng.random(pattern.size) < 0.1
    strength = np.float32(rng.uniform(0.02, 0.2))
    along_z = np.linspace(rng.uniform(0.2, 1), rng.uniform(0.2, 1), shape[0], dtype=np.float32)
    rings = np.interp(radius, np.arange(pattern.size), pattern)
    return np.asarray(strength * along_z[:, None, None] * rings, dtype=np.float32)
