"""Sample: crystals and liquor in a mount, and the voxels they fill."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks import checked_voxel_size
from ..labels import Labels, Material
from ..provenance import Provenance
from .blender_liquor import BlenderLiquor
from .capillary_liquor import CapillaryLiquor
from .composition import Composition
from .crystal import Crystal
from .liquor import Liquor
from .mount import Grid, Mount
from .polyhedron import Polyhedron

# Mount and liquor are smooth: their distances are worked out on every second voxel and interpolated.
_COARSE = 2


@dataclass(frozen=True, eq=False)
class Sample:
    """Sample as shapes.

    Parameters
    ----------
    crystals : tuple of Polyhedron or Crystal
        Crystals; where they meet they are one. A bare polyhedron's edges are rounded by a soft maximum.
    mount : Mount or None
        Mount, as in :mod:`napari_crystalseg.phantom.mount` and its neighbours.
    liquor : Liquor, CapillaryLiquor, BlenderLiquor or None
        Mother liquor: a plausible shape, one in capillary equilibrium, or one that Blender's fluid engine finds.
    cracks : ndarray, shape (crack, 4)
        Planes (unit normal z, y, x and distance from the middle of the field, µm) that split the crystals.
    crack_width_um : float
        Width of the cracks, µm; they fill with whatever surrounds the crystal.
    inclusions : tuple of Polyhedron
        Bubbles or salt, class "other".
    bubbles : ndarray, shape (bubble, 4)
        Spheres (centre z, y, x and radius, µm) in the liquor, class "other".
    description : dict
        What was drawn, JSON values.
    composition : Composition, optional
        How concentrated the liquor is from place to place; everywhere alike when None.
    """

    crystals: tuple[Polyhedron | Crystal, ...]
    mount: Mount | None
    liquor: Liquor | CapillaryLiquor | BlenderLiquor | None
    cracks: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 4)))
    crack_width_um: float = 0.0
    inclusions: tuple[Polyhedron, ...] = ()
    bubbles: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 4)))
    description: dict[str, Any] = field(default_factory=dict)
    composition: Composition | None = None

    def voxelise(self, shape: tuple[int, int, int], voxel_size_um: float) -> Labels:
        """Fill a grid centred on the field.

        Parameters
        ----------
        shape : (int, int, int)
            Voxels along (z, y, x).
        voxel_size_um : float
            Edge of the cubic voxels, µm.

        Returns
        -------
        Labels
            Class of the material at the centre of each voxel. Crystal goes before mount, mount before inclusions,
            inclusions before liquor.
        """
        from .distance_kernel import refine

        size, _, _ = checked_voxel_size(voxel_size_um)
        fine = _grid(shape, size)
        coarse = _coarse_grid(shape, size)
        crystal = self._crystal_distance(fine)
        data = np.zeros(shape, dtype=np.uint8)
        mount = None if self.mount is None else self.mount.distance(coarse)
        buffer = np.empty(shape, dtype=np.float32)
        if self.liquor is not None:
            liquor = self.liquor.distance(coarse, self._crystal_distance(coarse), mount)
            refine(liquor, _COARSE, shape, buffer)
            data[buffer < 0] = Material.LIQUOR
        for inclusion in self.inclusions:
            data[_polyhedron_distance((inclusion,), fine) < 0] = Material.OTHER
        for bubble in self.bubbles:
            _fill_bubble(data, fine, bubble)
        if mount is not None:
            refine(mount, _COARSE, shape, buffer)
            data[buffer < 0] = Material.LOOP
        data[crystal < 0] = Material.CRYSTAL
        return Labels(data, (size, size, size), Provenance().then("voxelise", sample=self.description))

    def liquor_volume_um3(self, field_um: float, nodes: int = 64) -> tuple[float, float]:
        """Volume of the liquor within the field, and of the space that crystals and mount leave for it, µm³.

        Parameters
        ----------
        field_um : float
            Edge of the field, µm.
        nodes : int
            Points along each edge at which distances are taken. Bubbles and inclusions count as liquor.
        """
        size = field_um / nodes
        grid = _grid((nodes,) * 3, size)
        crystal = self._crystal_distance(grid)
        mount = None if self.mount is None else self.mount.distance(grid)
        # The share of a voxel that a surface cuts, from its distance to the voxel's centre.
        space = np.clip(0.5 + crystal / size, 0, 1)
        if mount is not None:
            space *= np.clip(0.5 + mount / size, 0, 1)
        liquor = 0.0
        if self.liquor is not None:
            filled = space * np.clip(0.5 - self.liquor.distance(grid, crystal, mount) / size, 0, 1)
            liquor = float(filled.sum(dtype=np.float64)) * size**3
        return liquor, float(space.sum(dtype=np.float64)) * size**3

    def _crystal_distance(self, grid: Grid) -> NDArray[np.float32]:
        bare = tuple(crystal for crystal in self.crystals if isinstance(crystal, Polyhedron))
        distance = _polyhedron_distance(bare, grid)
        for crystal in self.crystals:
            if isinstance(crystal, Crystal):
                np.minimum(distance, crystal.distance(grid), out=distance)
        z, y, x = grid
        for nz, ny, nx, offset in self.cracks.astype(np.float32):
            depth = nz * z[:, None, None] + ny * y[None, :, None] + nx * x[None, None, :] - offset
            np.maximum(distance, np.float32(self.crack_width_um / 2) - np.abs(depth), out=distance)
        return distance


def _grid(shape: tuple[int, int, int], size: float) -> Grid:
    return tuple(((np.arange(n) - (n - 1) / 2) * size).astype(np.float32) for n in shape)  # type: ignore[return-value]


def _coarse_grid(shape: tuple[int, int, int], size: float) -> Grid:
    # Node n lies at voxel _COARSE (n - 1), with a node to spare on both sides.
    return tuple(  # type: ignore[return-value]
        ((_COARSE * (np.arange((n - 1) // _COARSE + 3) - 1) - (n - 1) / 2) * size).astype(np.float32) for n in shape
    )


def _polyhedron_distance(crystals: tuple[Polyhedron, ...], grid: Grid) -> NDArray[np.float32]:
    from .distance_kernel import polyhedron_distance

    out = np.full(tuple(axis.size for axis in grid), 1e6, dtype=np.float32)
    for crystal in crystals:
        polyhedron_distance(
            *grid,
            crystal.normals.astype(np.float32),
            crystal.distances_um.astype(np.float32),
            crystal.centre_um.astype(np.float32),
            np.float32(crystal.rounding_um),
            out,
        )
    return out


def _fill_bubble(data: NDArray[np.uint8], grid: Grid, bubble: NDArray[np.float64]) -> None:
    # A bubble shows only inside the liquor: outside it is air.
    centre, radius = bubble[:3], bubble[3]
    box = tuple(
        slice(int(np.searchsorted(axis, c - radius)), int(np.searchsorted(axis, c + radius, side="right")))
        for axis, c in zip(grid, centre, strict=True)
    )
    z, y, x = (axis[s] - np.float32(c) for axis, s, c in zip(grid, box, centre, strict=True))
    inside = z[:, None, None] ** 2 + y[None, :, None] ** 2 + x[None, None, :] ** 2 < radius**2
    part = data[box]
    part[inside & (part == Material.LIQUOR)] = Material.OTHER
