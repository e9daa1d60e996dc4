"""Faults of the stage before: class probabilities as a coarse network might have said them, made from true labels."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from ....draws import log_uniform
from ....labels import Material

MARGIN_VOXELS = 12
"""Labels are needed so far beyond the patch: surfaces come from there, too."""
_COARSEST = 2.5  # voxels of a patch in one of the grid before, along each axis
_FARTHEST = 3.0  # voxels of the grid before, by which faces are displaced
_PIECES = 0.35
_SWOLLEN = 0.4


def draw_faulty(rng: np.random.Generator, labels: NDArray[np.uint8]) -> torch.Tensor:
    """Make class probabilities of a previous stage from true labels.

    nnU-Net's cascade does as much to its previous stage (eroded, dilated, pieces missing); here faces are also
    displaced by smooth fields and, as a coarser grid cannot resolve them, corners are rounded and thin fibres broken.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every choice.
    labels : ndarray of uint8, shape (z, y, x)
        True classes of the patch and :data:`MARGIN_VOXELS` about it.

    Returns
    -------
    tensor of float32, shape (5, z - 2 margin, y - 2 margin, x - 2 margin)
        Probabilities; they add up to 1.
    """
    ratio = 1.0 if rng.random() < 0.15 else float(rng.uniform(1.0, _COARSEST))
    field = torch.from_numpy(np.ascontiguousarray(labels))
    if rng.random() < _SWOLLEN:
        field = _swollen(rng, field, ratio)
    if rng.random() < 0.8:
        field = _displaced(rng, field, ratio)
    if rng.random() < _PIECES:
        field = _with_pieces(rng, field)
    coarse = tuple(max(2, round(length / ratio)) for length in field.shape)
    each = torch.stack([field == int(material) for material in Material]).float()[None]
    each = functional.interpolate(each, coarse, mode="area" if ratio > 1 else "nearest")
    blur = float(rng.uniform(0.3, 1.6)) if rng.random() < 0.8 else 0.0
    each = _blurred(each, blur)
    each = functional.interpolate(each, tuple(field.shape), mode="trilinear", align_corners=False)[0]
    inner = slice(MARGIN_VOXELS, -MARGIN_VOXELS)
    return _believed(rng, each[:, inner, inner, inner])


def _smooth(rng: np.random.Generator, shape: tuple[int, ...], channels: int, knots: int) -> torch.Tensor:
    drawn = torch.from_numpy(rng.standard_normal((1, channels, knots, knots, knots), dtype=np.float32))
    return functional.interpolate(drawn, shape, mode="trilinear", align_corners=True)[0]


def _displaced(rng: np.random.Generator, field: torch.Tensor, ratio: float) -> torch.Tensor:
    """Shift faces by a smooth field of up to some voxels of the coarser grid, half of the time all together."""
    farthest = _FARTHEST * ratio * float(rng.uniform(0.0, 1.0)) ** 1.5
    shift = farthest / 2 * _smooth(rng, tuple(field.shape), 3, int(rng.integers(2, 7)))
    if rng.random() < 0.5:
        shift = shift + torch.from_numpy(rng.normal(0, farthest / 3, (3, 1, 1, 1)).astype(np.float32))
    place = torch.zeros(field.shape, dtype=torch.int64)
    for axis, length in enumerate(field.shape):
        along = torch.arange(length, dtype=torch.float32).reshape([-1 if axis == other else 1 for other in range(3)])
        place = place * length + (along + shift[axis]).round_().clamp_(0, length - 1).to(torch.int64)
    return field.reshape(-1)[place.reshape(-1)].reshape(field.shape)


def _swollen(rng: np.random.Generator, field: torch.Tensor, ratio: float) -> torch.Tensor:
    """Let one class grow into the others, by up to two voxels of the coarser grid; another shrinks by it."""
    present = torch.unique(field)
    code = int(present[int(rng.integers(len(present)))])
    radius = int(rng.integers(1, max(2, round(2 * ratio) + 1)))
    grown = _grown((field == code).float(), radius)
    if rng.random() < 0.5:  # only here and there
        grown = grown * (_smooth(rng, tuple(field.shape), 1, int(rng.integers(3, 7)))[0] > 0)
    return torch.where(grown > 0, torch.tensor(code, dtype=torch.uint8), field)


def _with_pieces(rng: np.random.Generator, field: torch.Tensor) -> torch.Tensor:
    """Give pieces of one class, or of all, to another class that is near."""
    present = torch.unique(field)
    lump = _smooth(rng, tuple(field.shape), 1, int(rng.integers(3, 8)))[0] > log_uniform(rng, 0.4, 1.5)
    if rng.random() < 0.7:
        lump = lump & (field == present[int(rng.integers(len(present)))])
    others = present if rng.random() < 0.8 else torch.arange(len(Material), dtype=torch.uint8)
    return torch.where(lump, others[int(rng.integers(len(others)))].to(torch.uint8), field)


def _grown(mask: torch.Tensor, radius: int) -> torch.Tensor:
    """Dilate by a cube, axis by axis."""
    each = mask[None, None]
    for axis in range(3):
        size = [1, 1, 1]
        size[axis] = 2 * radius + 1
        each = functional.max_pool3d(each, size, 1, [length // 2 for length in size])
    return each[0, 0]


def _blurred(each: torch.Tensor, blur: float) -> torch.Tensor:
    """Blur by a Gaussian of so many voxels, (1, class, z, y, x)."""
    if blur < 0.2:
        return each
    reach = max(1, round(2.5 * blur))
    taps = torch.exp(-0.5 * (torch.arange(-reach, reach + 1, dtype=torch.float32) / blur) ** 2)
    taps = taps / taps.sum()
    for axis in range(2, 5):
        length = each.shape[axis]
        places = torch.arange(-reach, length + reach).clamp_(0, length - 1)
        wide = each.index_select(axis, places)
        each = sum(tap * wide.narrow(axis, shift, length) for shift, tap in enumerate(taps))
    return each


def _believed(rng: np.random.Generator, each: torch.Tensor) -> torch.Tensor:
    """Surer or less sure than it is, here more than there; now and then one class is favoured."""
    scores = torch.log(each + 1e-3) * log_uniform(rng, 0.5, 2.5)
    if rng.random() < 0.5:
        scores = scores + float(rng.uniform(0.1, 1.0)) * _smooth(rng, tuple(each.shape[1:]), len(each), 4)
    if rng.random() < 0.3:
        scores[int(rng.integers(len(each)))] += float(rng.normal(0, 1.0))
    return torch.softmax(scores, 0)
