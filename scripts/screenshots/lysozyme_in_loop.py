"""A lysozyme crystal in a drop in a loop, drawn voxel by voxel, and its labels made rough."""

from __future__ import annotations

import numpy as np

from napari_crystalseg.labels import Material
from napari_crystalseg.phantom import HABITS, Polyhedron

SHAPE, VOXEL_UM = (90, 90, 110), (1.0, 1.0, 1.0)


def sample() -> np.ndarray:
    """Labels (z, y, x) of a crystal in a drop, in a loop."""
    centre = np.array(SHAPE) / 2
    turn = np.linalg.qr(np.random.default_rng(4).normal(size=(3, 3)))[0]
    turn[:, 0] *= np.sign(np.linalg.det(turn))
    grown = HABITS["lysozyme"].polyhedron(26.0).rotated(turn)
    crystal = Polyhedron(grown.normals, grown.distances_um, centre)
    grid = np.indices(SHAPE, dtype=np.float32)
    drop = sum(((g - c) / r) ** 2 for g, c, r in zip(grid, centre, (36, 38, 47), strict=True)) < 1
    ring = np.hypot(np.hypot(grid[1] - centre[1], (grid[2] - centre[2]) * 0.8) - 36, grid[0] - centre[0]) < 4
    labels = np.where(drop, Material.LIQUOR, Material.AIR).astype(np.uint8)
    labels[ring] = Material.LOOP
    inside = np.ones(SHAPE, bool)
    for normal, distance in zip(crystal.normals, crystal.distances_um, strict=True):
        inside &= np.tensordot(normal, grid - centre[:, None, None, None], 1) <= distance
    labels[inside] = Material.CRYSTAL
    return labels


def roughened(labels: np.ndarray) -> np.ndarray:
    """Return labels whose surfaces are rough by two voxels."""
    rng = np.random.default_rng(2)
    index = np.indices(SHAPE)
    moved = [np.clip(i + rng.integers(-2, 3, SHAPE), 0, n - 1) for i, n in zip(index, SHAPE, strict=True)]
    return labels[tuple(moved)]


def bite(labels: np.ndarray) -> np.ndarray:
    """Return the part of the crystal, shape (z, y, x), that a ball at its side takes in the middle slice."""
    index = np.indices(SHAPE)
    places = np.argwhere(labels[SHAPE[0] // 2] == Material.CRYSTAL)
    y, x = places[places[:, 1].argmax()]
    ball = (index[0] - SHAPE[0] // 2) ** 2 + (index[1] - y) ** 2 + (index[2] - x + 4) ** 2 < 14**2
    return ball & (labels == Material.CRYSTAL)
