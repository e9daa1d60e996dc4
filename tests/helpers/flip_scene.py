"""A small sample in which each material touches others, and what a flip in it does, by tracing everything again."""

from __future__ import annotations

import numpy as np

from napari_crystalseg.absorption import Coefficients, Directions, absorb
from napari_crystalseg.labels import Labels, Material

MU = Coefficients(liquor=0.02, loop=0.018, crystal=0.03, other=0.01)
SIZE_UM = (1.5, 2.0, 1.2)
DIRECTIONS = 30
SPHERE = Directions.over_sphere(DIRECTIONS)


def scene(shape=(24, 30, 28)):
    """Crystal that sticks out of a drop into the air, a bar of loop, and a bubble."""
    z, y, x = np.indices(shape) - (np.array(shape) - 1)[:, None, None, None] / 2
    data = np.zeros(shape, np.uint8)
    data[(z / 10) ** 2 + (y / 12) ** 2 + (x / 11) ** 2 < 1] = Material.LIQUOR
    data[(np.abs(x - 8) < 1) & (np.abs(y) < 13) & (np.abs(z) < 8)] = Material.LOOP
    data[(np.abs(z) < 5) & (np.abs(y - 1) < 5) & (np.abs(x + 6) < 5.5)] = Material.CRYSTAL
    data[(z + 7) ** 2 + (y - 3) ** 2 + x**2 < 5] = Material.OTHER
    return data


def exact(data, directions=SPHERE):
    """A_h from every crystal voxel."""
    return absorb(Labels(data, SIZE_UM), MU, directions, tolerance=0).absorption
