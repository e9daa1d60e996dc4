"""Slabs: a few neighbouring slices of a warped sample, enough to paint those within as a whole volume would be.

Fringes, blur and grain of a slice come from its neighbours, too, so that slices are painted in slabs rather than alone.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from ....labels import Material
from .painting import Painted, paint
from .sub_classes import draw_means
from .warp import KNOTS, draw_bend, draw_share, extent_and_middle, warp_matrix, warped

THICKNESS = 9
_RIM = 3  # slices at each end that lack neighbours
_DARKER_CRYSTALS = 0.6
_FULLER = 2.0  # a slice across a long sample shows less of its extent than a volume does
_ROUNDING_VOXELS = 0.45  # of the label map


def draw_slab(rng: np.random.Generator, labels: NDArray[np.uint8], longest: int, device: torch.device) -> torch.Tensor:
    """Draw a thin field of view of a warped sample, its middle slice through a voxel of any class of the sample.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every choice.
    labels : ndarray of uint8, shape (z, y, x)
        Label map of a whole field.
    longest : int
        Pixels along the longer edge of the slices.
    device : torch.device
        Where the result is wanted.

    Returns
    -------
    tensor of uint8, shape (9, y, x)
        The slab; the sample may be cut off by its edges. Every class is met about as often as any other, since the
        voxel is one of a class that is drawn first.
    """
    shape = [THICKNESS, longest, longest]
    if rng.random() < 0.5:  # many a slice is twice as high as wide, or the other way
        shape[1 + int(rng.integers(2))] = max(longest // 3, round(longest * rng.uniform(0.4, 1.0)))
    extent, middle = extent_and_middle(labels)
    scale = extent.max() / (longest * draw_share(rng) * rng.uniform(1, _FULLER))
    matrix = scale * warp_matrix(rng)
    away = rng.normal(0, 0.1, 3) * longest
    # The height of the slices is that of the voxel that they go through.
    away[0] = (np.linalg.inv(matrix) @ (_random_voxel(rng, labels) - middle))[0]
    shift = middle - (np.array(labels.shape) - 1) / 2 + matrix @ away
    bend = draw_bend(rng, float(extent.max()), (1, KNOTS, KNOTS), device)
    source = torch.from_numpy(np.array(labels)).to(device)
    slab = warped(source, (shape[0], shape[1], shape[2]), matrix, shift, bend)
    return _rounded(slab, _ROUNDING_VOXELS / scale)


def draw_painted_slices(
    rng: np.random.Generator,
    labels: NDArray[np.uint8],
    longest: int,
    count: int,
    *,
    sub_classes: bool = True,
    device: torch.device | None = None,
) -> list[Painted]:
    """Warp a label map, paint a slab of it and take some of its inner slices.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every choice: the same one gives the same bytes on the same device with the same number of threads.
    labels : ndarray of uint8, shape (z, y, x)
        Label map of a whole field.
    longest : int
        Pixels along the longer edge of the slices.
    count : int
        Slices to take, at most three.
    sub_classes : bool
        Split each class into voxel values of its own, half of the time.
    device : torch.device, optional
        Where to work, the CPU by default.

    Returns
    -------
    list of Painted
        Slices of shape (1, y, x).
    """
    slab = draw_slab(rng, labels, longest, torch.device("cpu") if device is None else device)
    voxel_values = paint(rng, slab, sub_classes=sub_classes and rng.random() < 0.5, means=_slice_means(rng))
    inner = rng.permutation(np.arange(_RIM, THICKNESS - _RIM))[:count]
    return [Painted(voxel_values[z : z + 1], slab[z : z + 1]) for z in map(int, inner)]


def _slice_means(rng: np.random.Generator) -> dict[Material, float]:
    """Draw the voxel value of each material; in more than half of the draws the liquor is the brighter one.

    Liquors of heavier salts than the crystal's solvent absorb more, as in typical cases. From a slice alone the shape
    of the crystal says less than from a volume, so that a network of slices needs to know what is usual.
    """
    means = draw_means(rng)
    if rng.random() < _DARKER_CRYSTALS:
        means[Material.CRYSTAL] = means[Material.LIQUOR] * float(rng.uniform(0.5, 0.95))
    return means


def _random_voxel(rng: np.random.Generator, labels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """A voxel (z, y, x) of one of the classes that are there; the middle where all is air."""
    classes = [code for code in np.flatnonzero(np.bincount(labels.ravel())) if code > 0]
    if not classes:
        return (np.array(labels.shape) - 1) / 2
    places = np.flatnonzero(labels == classes[rng.integers(len(classes))])
    return np.array(np.unravel_index(places[rng.integers(len(places))], labels.shape), dtype=np.float64)


def _rounded(slab: torch.Tensor, sigma: float) -> torch.Tensor:
    """Take the steps off outlines, where label maps are coarser than the slices drawn of them; lengths in pixels."""
    if sigma < _ROUNDING_VOXELS:
        return slab
    half_width = int(np.ceil(2.5 * sigma))
    profile = torch.exp(
        -0.5 * (torch.arange(-half_width, half_width + 1, dtype=torch.float32, device=slab.device) / sigma) ** 2
    )
    profile = profile / profile.sum()
    best, share = torch.zeros_like(slab), torch.zeros(slab.shape, device=slab.device)
    for code in range(int(slab.max()) + 1):
        filled = (slab == code).float()[:, None]
        filled = functional.pad(filled, (half_width,) * 4, mode="replicate")
        filled = functional.conv2d(functional.conv2d(filled, profile[None, None, :, None]), profile[None, None, None])
        better = filled[:, 0] > share
        best[better] = code
        share = torch.maximum(share, filled[:, 0])
    return best
