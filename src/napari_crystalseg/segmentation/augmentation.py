"""Patches drawn from cases and varied, so that the network meets more tomograms than were simulated.

Everything is drawn from the generator given, and costs well under a tenth of a training step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import affine_transform, gaussian_filter
from scipy.spatial.transform import Rotation

from ..labels import Material
from .normalisation import CLIP

if TYPE_CHECKING:
    from .dataset import Case

Patch = tuple[NDArray[np.float32], NDArray[np.uint8]]
_FOREGROUND = 0.7  # share of patches centred on a voxel that is not air


def draw_patch(rng: np.random.Generator, case: Case, size: tuple[int, int, int]) -> Patch:
    """Draw one varied patch.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every choice.
    case : Case
        Where it is drawn from.
    size : (int, int, int)
        Voxels (z, y, x) of the patch.

    Returns
    -------
    greys : ndarray of float32, shape size
    labels : ndarray of uint8, shape size
    """
    centre = _choose_centre(rng, case)
    if rng.random() < 0.3:
        greys, labels = _turned_and_scaled(rng, case, centre, size)
    else:
        greys, labels = _cropped(case, centre, size)
    greys, labels = _reoriented(rng, greys, labels)
    return vary_greys(rng, greys, labels), np.ascontiguousarray(labels)


def _choose_centre(rng: np.random.Generator, case: Case) -> NDArray[np.float64]:
    """Any voxel, or with a chance of 0.7 one of a class chosen evenly among those present."""
    if case.centres and rng.random() < _FOREGROUND:
        classes = sorted(case.centres)
        voxels = case.centres[classes[rng.integers(len(classes))]]
        return voxels[rng.integers(len(voxels))].astype(float)
    return rng.uniform(0, np.array(case.labels.shape) - 1)


def _cropped(case: Case, centre: NDArray[np.float64], size: tuple[int, int, int]) -> Patch:
    """Cut a patch that lies in the case; where the case is smaller, air surrounds it."""
    greys, labels = np.zeros(size, dtype=np.float32), np.zeros(size, dtype=np.uint8)
    source, target = [], []
    for middle, wanted, length in zip(centre, size, case.labels.shape, strict=True):
        start = int(np.clip(round(middle - wanted / 2), 0, max(length - wanted, 0)))
        taken = min(wanted, length)
        offset = (wanted - taken) // 2
        source.append(slice(start, start + taken))
        target.append(slice(offset, offset + taken))
    greys[tuple(target)] = case.greys[tuple(source)]
    labels[tuple(target)] = case.labels[tuple(source)]
    return greys, labels


def _turned_and_scaled(
    rng: np.random.Generator, case: Case, centre: NDArray[np.float64], size: tuple[int, int, int]
) -> Patch:
    """Magnify by 0.7 to 1.4 and turn by up to about 15 degrees about any axis."""
    magnification = np.exp(rng.uniform(np.log(0.7), np.log(1.4)))
    turn = Rotation.from_rotvec(np.deg2rad(rng.uniform(-15, 15, 3)) * rng.integers(0, 2)).as_matrix()
    matrix = turn / magnification
    half = (np.array(size) - 1) / 2
    shape = np.array(case.labels.shape)
    reach = np.abs(matrix) @ half
    # Keep inside the case where it is large enough.
    low, high = np.minimum(reach, (shape - 1) / 2), np.maximum(shape - 1 - reach, (shape - 1) / 2)
    centre = np.clip(centre, low, high)
    start = np.maximum(np.floor(centre - reach).astype(int) - 1, 0)
    stop = np.minimum(np.ceil(centre + reach).astype(int) + 2, shape)
    box = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
    offset = centre - start - matrix @ half
    greys = affine_transform(
        np.asarray(case.greys[box], dtype=np.float32), matrix, offset, size, order=1, mode="constant", cval=0.0
    )
    labels = affine_transform(np.asarray(case.labels[box]), matrix, offset, size, order=0, mode="constant", cval=0)
    return greys, labels


def _reoriented(rng: np.random.Generator, greys: NDArray[np.float32], labels: NDArray[np.uint8]) -> Patch:
    """Mirror in all axes and swap axes, mostly those across the rotation axis, in which rings and streaks lie."""
    order = list(rng.permutation(3)) if rng.random() < 0.2 else [0, *(1 + rng.permutation(2))]
    if len({greys.shape[axis] for axis in range(3)}) > 1:
        order = [0, 1, 2]
    flips = tuple(slice(None, None, int(step)) for step in rng.choice((-1, 1), 3))
    return np.ascontiguousarray(greys.transpose(order)[flips]), labels.transpose(order)[flips]


def vary_greys(rng: np.random.Generator, greys: NDArray[np.float32], labels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Vary normalised greys as instruments and reconstructions do.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every choice.
    greys : ndarray of float32, shape (z, y, x)
        Normalised greys: air near 0, sample near 1.
    labels : ndarray of uint8, shape (z, y, x)
        Classes, used to move the greys of whole materials.

    Returns
    -------
    ndarray of float32, shape (z, y, x)
    """
    if rng.random() < 0.2:
        greys = greys + _material_shift(rng, labels)
    if rng.random() < 0.2:
        greys = gaussian_filter(greys, rng.uniform(0.3, 1.0), truncate=3)
    elif rng.random() < 0.15:
        # Phase fringes: bright and dark rims along every edge.
        greys = greys + rng.uniform(0.3, 1.2) * (greys - gaussian_filter(greys, rng.uniform(0.6, 2.0), truncate=3))
    if rng.random() < 0.15:
        greys = _with_bias(rng, greys)
    if rng.random() < 0.1:
        greys = greys + _rings(rng, greys.shape)
    if rng.random() < 0.25:
        noise = rng.standard_normal(greys.shape, dtype=np.float32)
        if rng.random() < 0.4:
            noise = gaussian_filter(noise, rng.uniform(0.4, 1.0), truncate=3)
            noise /= noise.std()
        greys = greys + np.float32(rng.uniform(0.0, 0.15)) * noise
    if rng.random() < 0.2:
        greys = np.sign(greys) * np.abs(greys) ** np.float32(rng.uniform(0.7, 1.4))
    if rng.random() < 0.4:
        greys = greys * np.float32(np.exp(rng.uniform(np.log(0.6), np.log(1.6))))
    if rng.random() < 0.3:
        greys = greys + np.float32(rng.uniform(-0.2, 0.2))
    if rng.random() < 0.1:
        low, high = np.float32(rng.uniform(-1.0, -0.2)), np.float32(rng.uniform(1.2, 3.0))
        greys = np.round((np.clip(greys, low, high) - low) * (255 / (high - low))) * ((high - low) / 255) + low
    return np.clip(greys, *CLIP).astype(np.float32, copy=False)


def _material_shift(rng: np.random.Generator, labels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Move crystal and loop against liquor: their order differs from sample to sample."""
    shift = np.zeros(len(Material), dtype=np.float32)
    shift[Material.CRYSTAL] = rng.uniform(-0.15, 0.15)
    shift[Material.LOOP] = rng.uniform(-0.25, 0.25)
    return np.asarray(gaussian_filter(shift[labels], 0.7, truncate=3), dtype=np.float32)


def _with_bias(rng: np.random.Generator, greys: NDArray[np.float32]) -> NDArray[np.float32]:
    """Multiply by and add smooth second-order fields: cupping and drifts of the beam."""
    grids = [
        np.linspace(-1, 1, n, dtype=np.float32).reshape([-1 if a == b else 1 for b in range(3)])
        for a, n in enumerate(greys.shape)
    ]

    def field(strength: float) -> NDArray[np.float32]:
        linear, square = (rng.normal(0, strength, (2, 3)) * 0.5).astype(np.float32)
        total = np.zeros(greys.shape, dtype=np.float32)
        for a, b, g in zip(linear, square, grids, strict=True):
            total += a * g + b * g * g
        return total

    return greys * (1 + field(0.25)) + field(0.12)


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
