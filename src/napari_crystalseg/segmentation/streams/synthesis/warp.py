"""Warps of label maps: what a sample might look like as well, and what of it a field of view might hold."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation
from torch.nn import functional

from ....draws import random_rotation

KNOTS = 5


def warp_matrix(rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw a matrix that turns, stretches, shears and mirrors: from output to input coordinates.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every choice.

    Returns
    -------
    ndarray, shape (3, 3)
        Half of the samples keep their axis (a mount hangs on it) within some degrees; the rest lie at any angle. Each
        is up to half as long again or as short along three axes at right angles. One in seven is pressed to a plate or
        drawn to a needle, up to four times as flat or as thin as it was.
    """
    if rng.random() < 0.5:
        turn = Rotation.from_rotvec([rng.uniform(-np.pi, np.pi), 0, 0])
        turn = Rotation.from_rotvec(rng.normal(0, np.deg2rad(8), 3)) * turn
    else:
        turn = random_rotation(rng)
    along = random_rotation(rng).as_matrix()
    spread = 0.4 if rng.random() < 0.6 else 0.1
    lengths = rng.uniform(-spread, spread, 3)
    if rng.random() < 0.15:  # from output to input: what grows there is thinner
        lengths[: 1 if rng.random() < 0.6 else 2] += rng.uniform(0.3, np.log(4))
    stretch = along @ np.diag(np.exp(lengths)) @ along.T
    shear = np.eye(3)
    if rng.random() < 0.3:
        shear[tuple(rng.permutation(3)[:2])] = rng.uniform(-0.3, 0.3)
    mirror = np.diag(rng.choice((-1.0, 1.0), 3))
    return np.asarray(turn.as_matrix() @ stretch @ shear @ mirror)


def warped(
    labels: torch.Tensor,
    shape: tuple[int, int, int],
    matrix: NDArray[np.float64],
    shift: NDArray[np.float64],
    bend: torch.Tensor | None = None,
) -> torch.Tensor:
    """Take the class that lies where each voxel of a new grid points to; beyond the map its outermost voxels go on.

    Parameters
    ----------
    labels : tensor of uint8, shape (z, y, x)
        Label map.
    shape : (int, int, int)
        Voxels of the new grid.
    matrix : ndarray, shape (3, 3)
        From places in the new grid to places in the map, both about their middles, in voxels.
    shift : ndarray, shape (3,)
        Where in the map the middle of the new grid points to, about its middle, in voxels.
    bend : tensor of float32, shape (3, knot, knot, knot), optional
        Further shifts in voxels of the map, interpolated over the new grid.

    Returns
    -------
    tensor of uint8, shape ``shape``
    """
    device = labels.device
    axes = [torch.arange(length, dtype=torch.float32, device=device) - (length - 1) / 2 for length in shape]
    place = torch.zeros(shape, dtype=torch.int64, device=device)
    field = None if bend is None else functional.interpolate(bend[None], shape, mode="trilinear", align_corners=True)[0]
    for axis, length in enumerate(labels.shape):
        row = matrix[axis]
        z, y, x = (float(weight) * line for weight, line in zip(row, axes, strict=True))
        along = z[:, None, None] + y[:, None] + (x + (float(shift[axis]) + (length - 1) / 2))
        if field is not None:
            along += field[axis]
        # A mount whose stem the map cuts off is cut off by the new field, not by a face in mid-air.
        place = place * length + along.round_().clamp_(0, length - 1).to(torch.int64)
    return labels.reshape(-1)[place.reshape(-1)].reshape(shape)


def draw_warped(
    rng: np.random.Generator, labels: NDArray[np.uint8], longest: int, device: torch.device
) -> torch.Tensor:
    """Draw a field of view of a warped sample.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every choice.
    labels : ndarray of uint8, shape (z, y, x)
        Label map of a whole field.
    longest : int
        Voxels along the longest axis of the field.
    device : torch.device
        Where the result is wanted.

    Returns
    -------
    tensor of uint8, shape (z, y, x)
        The field, with a sample in it. It may be cut off along any axis; fields wider than high, as of cameras, and
        higher than wide are among them.
    """
    shape = [longest] * 3
    if rng.random() < 0.3:  # a camera is wider than high; a region of interest may be anything
        shape[0] = max(longest // 3, round(longest * rng.uniform(0.5, 1.0)))
    elif rng.random() < 0.2:
        shape[1] = shape[2] = max(longest // 3, round(longest * rng.uniform(0.5, 1.0)))
    extent, middle = extent_and_middle(labels)
    scale = extent.max() / (longest * draw_share(rng))
    shift = middle - (np.array(labels.shape) - 1) / 2
    matrix = scale * warp_matrix(rng)
    shift = shift + matrix @ (rng.normal(0, 0.1, 3) * shape)
    bend = draw_bend(rng, float(extent.max()), (KNOTS, KNOTS, KNOTS), device)
    source = torch.from_numpy(np.array(labels)).to(device)
    return warped(source, (shape[0], shape[1], shape[2]), matrix, shift, bend)


def extent_and_middle(labels: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Edges and middle of the box about all that is not air, voxels (z, y, x); 1 and 0 where there is nothing."""
    filled = [np.flatnonzero((labels > 0).any(axis=tuple({0, 1, 2} - {axis}))) for axis in range(3)]
    extent = np.array([places[-1] - places[0] + 1 if places.size else 1 for places in filled])
    return extent, np.array([(places[-1] + places[0]) / 2 if places.size else 0 for places in filled])


def draw_share(rng: np.random.Generator) -> float:
    """Draw how much of the field's edge the sample takes: beyond 1 it is cut off."""
    return float(rng.uniform(0.45, 1.0) if rng.random() < 0.75 else rng.uniform(1.0, 1.5))


def draw_bend(
    rng: np.random.Generator, extent: float, knots: tuple[int, int, int], device: torch.device
) -> torch.Tensor | None:
    """Draw shifts of up to some hundredths of the sample's extent (voxels) at knots (z, y, x), or none at all."""
    if rng.random() >= 0.3:
        return None
    size = rng.uniform(0.0, 0.06) * extent
    return torch.from_numpy(rng.normal(0, size, (3, *knots)).astype(np.float32)).to(device)
