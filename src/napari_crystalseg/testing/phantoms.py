"""Small labelled phantoms with known answers: a crystal with flat faces in a drop, in a loop, in air."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ..checks import checked_voxel_size
from ..errors import InputError
from ..labels import Labels, Material
from ..phantom.crystals.polyhedron import Polyhedron
from ..volume import Quantity, Volume
from .label_damage import damaged

COEFFICIENTS_PER_UM: Mapping[Material, float] = MappingProxyType(
    {Material.AIR: 0.0, Material.LIQUOR: 0.0006, Material.LOOP: 0.0003, Material.CRYSTAL: 0.001}
)
"""Linear attenuation coefficient of each class in the volumes, 1/µm."""

# Lengths in units of half the shortest side of the field. The corners of the crystal stay within the loop.
_FACES = (0.2, 0.29)
_DROP = 0.7
_LOOP = 0.09
_SHIFT = 0.03


@dataclass(frozen=True, eq=False)
class CrystalInLoop:
    """A crystal in liquor in a loop in air.

    Parameters
    ----------
    labels : Labels
        Class of the middle of each voxel.
    volume : Volume
        Coefficients of the classes with noise, 1/µm.
    crystal : Polyhedron
        Shape of the crystal, from the middle of the field, µm.
    drop_radius_um : float
        Radius of the drop, a ball about the crystal's centre, µm.
    """

    labels: Labels
    volume: Volume
    crystal: Polyhedron
    drop_radius_um: float

    @property
    def planes(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Faces of the crystal: its points p, µm from the middle of the first voxel, have ``normals @ p <= offsets``.

        Returns
        -------
        normals : ndarray, shape (face, 3)
            Outward unit normals, axes (z, y, x).
        offsets_um : ndarray, shape (face,)
            Distances along them, µm.
        """
        middle = (np.array(self.labels.shape) - 1) / 2 * self.labels.required_voxel_size_um
        offsets = self.crystal.distances_um + self.crystal.normals @ (self.crystal.centre_um + middle)
        return self.crystal.normals, offsets

    def damaged(self, kinds: Sequence[str], seed: int = 0) -> tuple[Labels, list[str]]:
        """Return the labels made wrong.

        Parameters
        ----------
        kinds : sequence of str
            Names of :data:`~napari_crystalseg.testing.label_damage.KINDS`.
        seed : int
            The same seed gives the same labels.

        Returns
        -------
        Labels, list of str
            And the names of those kinds that did something.
        """
        data, names = damaged(self.labels.data, kinds, seed)
        return Labels(data, self.labels.voxel_size_um), names


def crystal_in_loop(
    shape: tuple[int, int, int] = (41, 45, 48),
    voxel_size_um: float | tuple[float, float, float] = 2.0,
    *,
    seed: int = 0,
    noise: float = 0.1,
) -> CrystalInLoop:
    """Make a phantom.

    Parameters
    ----------
    shape : (int, int, int)
        Voxels along (z, y, x).
    voxel_size_um : float or (float, float, float)
        Voxel size along (z, y, x), µm.
    seed : int
        Draws the crystal and the noise; the same seed gives the same bytes.
    noise : float
        Standard deviation of the noise in units of the crystal's coefficient.

    Returns
    -------
    CrystalInLoop
        All of it lies within the field, but for the stem of the loop, which leaves it at the end of axis 0.

    Raises
    ------
    InputError
        A field of too few voxels for such a sample.
    """
    size = checked_voxel_size(voxel_size_um)
    rng = np.random.default_rng(seed)
    half = float(np.min(np.multiply(shape, size))) / 2
    crystal = _crystal(half, rng)
    z, y, x = (
        ((np.arange(n) - (n - 1) / 2) * step).reshape([-1 if axis == own else 1 for axis in range(3)])
        for own, (n, step) in enumerate(zip(shape, size, strict=True))
    )
    dz, dy, dx = (along - at for along, at in zip((z, y, x), crystal.centre_um, strict=True))
    data = np.zeros(shape, np.uint8)
    data[dz**2 + dy**2 + dx**2 <= (_DROP * half) ** 2] = Material.LIQUOR
    # A fibre is nowhere thinner than the voxels that it leads through.
    fibre = max(_LOOP * half, 0.75 * max(size))
    data[(np.hypot(dz, dx) - _DROP * half) ** 2 + dy**2 <= fibre**2] = Material.LOOP
    data[(dx**2 + dy**2 <= fibre**2) & (dz >= _DROP * half)] = Material.LOOP
    inside = np.ones(shape, bool)
    for normal, distance in zip(crystal.normals, crystal.distances_um, strict=True):
        inside &= normal[0] * dz + normal[1] * dy + normal[2] * dx <= distance
    data[inside] = Material.CRYSTAL
    middle = np.argwhere(inside)
    if not len(middle) or (np.ptp(middle, axis=0) < 2).any() or not (data == Material.LIQUOR).any():
        raise InputError(f"A field of {tuple(shape)} voxels of {size} µm is too coarse for a crystal in a loop.")
    values = np.array([*COEFFICIENTS_PER_UM.values()])[data]
    values += rng.normal(0, noise * COEFFICIENTS_PER_UM[Material.CRYSTAL], shape)
    volume = Volume(values.astype(np.float32), size, Quantity.LINEAR_ATTENUATION)
    return CrystalInLoop(Labels(data, size), volume, crystal, _DROP * half)


def _crystal(half: float, rng: np.random.Generator) -> Polyhedron:
    """Six faces of a turned brick, and four of its corners cut off."""
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    distances = rng.uniform(*_FACES, 3) * half
    signs = np.array([(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)])
    corners = signs * distances
    cuts = corners / np.linalg.norm(corners, axis=1, keepdims=True)
    reach = np.linalg.norm(distances) * rng.uniform(0.75, 0.9, 4)
    normals = np.vstack([np.eye(3), -np.eye(3), cuts]) @ turn.T
    return Polyhedron(normals, np.concatenate([distances, distances, reach]), rng.uniform(-_SHIFT, _SHIFT, 3) * half)
