"""A crystal drawn on a grid from its planes, in liquor."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from napari_crystalseg.phantom import HABITS, Polyhedron


def drawn_crystal(habit, across, voxel_size_um, seed, margin=6):
    """Return labels (z, y, x), and the polyhedron about its centre in µm from the centre of the first voxel.

    ``across`` is the diameter of a ball of the same volume, in voxels of the same volume.
    """
    size = np.array(voxel_size_um)
    rng = np.random.default_rng(seed)
    rotation = Rotation.random(random_state=seed).as_matrix()
    volume = HABITS[habit].polyhedron(1.0).volume_um3()
    scale = across * size.prod() ** (1 / 3) / 2 / (volume * 3 / 4 / np.pi) ** (1 / 3)
    crystal = HABITS[habit].polyhedron(scale).rotated(rotation)
    corners = crystal.vertices_um()
    shape = np.ceil(np.ptp(corners, axis=0) / size).astype(int) + 2 * margin
    shape += 1 - shape % 2
    centre = (shape - 1) / 2 * size + rng.uniform(-0.5, 0.5, 3) * size - (corners.max(axis=0) + corners.min(axis=0)) / 2
    crystal = Polyhedron(crystal.normals, crystal.distances_um, centre)
    return np.where(within(crystal, shape, size), 3, 1).astype(np.uint8), crystal


def within(crystal, shape, voxel_size_um):
    """Return which voxels, shape (z, y, x), have their centre in a polyhedron."""
    grid = np.meshgrid(
        *[np.arange(n) * e for n, e in zip(shape, voxel_size_um, strict=True)], indexing="ij", sparse=True
    )
    mask = np.ones(tuple(shape), bool)
    for normal, offset in zip(crystal.normals, crystal.distances_um + crystal.normals @ crystal.centre_um, strict=True):
        mask &= sum(n * side for n, side in zip(normal, grid, strict=True)) <= offset
    return mask


def bitten(labels, crystal, voxel_size_um, radius_um, corner=0):
    """Return the labels with a ball of liquor bitten out at a corner."""
    place = crystal.vertices_um()[corner]
    r2 = sum(
        ((np.arange(n) * e - p).reshape([-1 if a == b else 1 for b in range(3)])) ** 2
        for a, (n, e, p) in enumerate(zip(labels.shape, voxel_size_um, place, strict=True))
    )
    return np.where((r2 < radius_um**2) & (labels == 3), 1, labels).astype(np.uint8)
