"""Sample: crystals and liquor in a mount, and the voxels they fill."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks import checked_voxel_size
from ..errors import InputError
from ..labels import Labels, Material
from ..provenance import Provenance
from .crystals.crystal import Crystal
from .crystals.polyhedron import Polyhedron
from .liquors.blender_liquor import BlenderLiquor
from .liquors.bubbles import placed_bubbles
from .liquors.capillary_liquor import CapillaryLiquor
from .liquors.composition import Composition
from .liquors.liquor import Liquor
from .mounts.mount import FibreLoop, Grid, Mount, PolymerSheet

# Liquor is smooth: its distances are worked out on every second voxel and interpolated. So are those of the mounts that
# the first release knew, whose labels for a given seed stay as they were.
_COARSE = 2
_INTERPOLATED = (FibreLoop, PolymerSheet)
_SLAB = 32  # slices of a mount at a time: its coordinates take several grids


@dataclass(frozen=True, eq=False)
class Sample:
    """Sample as shapes.

    Parameters
    ----------
    crystals : tuple of Polyhedron or Crystal
        Crystals; where they meet they are one. A bare polyhedron's edges are rounded by a soft maximum.
    mount : Mount or None
        Mount, as in :mod:`napari_crystalseg.phantom.mounts.mount` and its neighbours.
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
            inclusions before liquor. The provenance tells how nearly a :class:`CapillaryLiquor` came to rest.

        Raises
        ------
        InputError
            A shape that is not three whole numbers from 1, or voxels that are not cubes.
        """
        return self.voxelised_with_liquor(shape, voxel_size_um)[0]

    def voxelised_with_liquor(
        self, shape: tuple[int, int, int], voxel_size_um: float
    ) -> tuple[Labels, tuple[NDArray[np.float32], Grid] | None]:
        """Fill a grid as :meth:`voxelise` does, and keep the liquor's surface, which may take long to come to rest.

        Returns
        -------
        labels : Labels
        surface : (ndarray of float32, (ndarray, ndarray, ndarray)) or None
            Distance to the liquor at nodes, µm, and their coordinates (z, y, x); None where there is no liquor.
        """
        shape = _checked_voxels(shape)
        size = checked_cube(voxel_size_um)
        fine = grid_about_middle(shape, size)
        crystal = self.crystal_distance(fine)
        mount = self.mount_distance(fine, size)
        liquor: NDArray[np.float32] | None = None
        surface: tuple[NDArray[np.float32], Grid] | None = None
        told: dict[str, Any] = {"sample": self.description}
        if self.liquor is not None:
            nodes, grid, at_rest = self._liquor_nodes(self.liquor, fine, crystal, mount, size)
            surface = nodes, grid
            liquor = nodes if grid is fine else _refined(nodes, shape)
            told |= {"liquor_at_rest": at_rest} if at_rest else {}
        data = self.classes(fine, crystal, mount, liquor)
        return Labels(data, (size, size, size), Provenance().then("voxelise", **told)), surface

    def classes(
        self,
        grid: Grid,
        crystal: NDArray[np.float32],
        mount: NDArray[np.float32] | None,
        liquor: NDArray[np.float32] | None,
    ) -> NDArray[np.uint8]:
        """Class of the material at each point of a grid, from its distances to crystal, mount and liquor."""
        data = np.zeros(crystal.shape, dtype=np.uint8)
        if liquor is not None:
            data[liquor < 0] = Material.LIQUOR
        for inclusion in self.inclusions:
            data[_polyhedron_distance((inclusion,), grid) < 0] = Material.OTHER
        for bubble in self.bubbles:
            _fill_bubble(data, grid, bubble)
        if mount is not None:
            data[mount < 0] = Material.LOOP
        data[crystal < 0] = Material.CRYSTAL
        return data

    def liquor_volume_um3(self, field_um: float, nodes: int = 64) -> tuple[float, float]:
        """Volume of the liquor within the field, and of the space that crystals and mount leave for it, µm³.

        Parameters
        ----------
        field_um : float
            Edge of the field, µm.
        nodes : int
            Points along each edge at which distances are taken. Bubbles and inclusions count as liquor.

        Returns
        -------
        (float, float)
            Volume of the liquor, and of its space, µm³.
        """
        size = field_um / nodes
        grid = grid_about_middle((nodes,) * 3, size)
        crystal = self.crystal_distance(grid)
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

    def with_whole_bubbles(self, rng: np.random.Generator, field_um: float, nodes: int = 48) -> Sample:
        """Put the bubbles, largest first, where they lie whole inside the liquor; those without room are left out.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of the places.
        field_um : float
            Edge of the field, µm.
        nodes : int
            Points along each edge at which distances are taken.

        Returns
        -------
        Sample
            With the bubbles that found room, else the same; without liquor or bubbles, itself.
        """
        if self.liquor is None or not len(self.bubbles):
            return self
        grid = grid_about_middle((nodes,) * 3, field_um / nodes)
        solid = self.crystal_distance(grid)
        mount = None if self.mount is None else self.mount.distance(grid)
        liquor = self.liquor.distance(grid, solid, mount)
        nearest = solid if mount is None else np.minimum(solid, mount)
        return replace(self, bubbles=placed_bubbles(rng, self.bubbles[:, 3].tolist(), grid, liquor, nearest))

    def liquor_nodes(
        self, shape: tuple[int, int, int], voxel_size_um: float
    ) -> tuple[NDArray[np.float32], Grid] | None:
        """Distance to the liquor, come to rest, at the nodes between which labels of such a grid interpolate it.

        Returns
        -------
        (ndarray of float32, (ndarray, ndarray, ndarray)) or None
            Distance at the nodes, µm, and their coordinates (z, y, x); None where there is no liquor.
        """
        if self.liquor is None:
            return None
        grid = grid_about_middle(shape, voxel_size_um)
        crystal, mount = self.crystal_distance(grid), self.mount_distance(grid, voxel_size_um)
        return self._liquor_nodes(self.liquor, grid, crystal, mount, voxel_size_um)[:2]

    def _liquor_nodes(
        self,
        liquor: Liquor | CapillaryLiquor | BlenderLiquor,
        fine: Grid,
        crystal: NDArray[np.float32],
        mount: NDArray[np.float32] | None,
        size: float,
    ) -> tuple[NDArray[np.float32], Grid, dict[str, Any]]:
        """Distance to the liquor at nodes, their grid, and how nearly it came to rest where it had to.

        The nodes are the fine grid itself, or a coarse one between whose nodes the distance is interpolated.
        """
        shape = crystal.shape
        # What comes to rest does so on the voxels themselves where its own grid can be as fine.
        exact = isinstance(liquor, CapillaryLiquor) and max(shape) <= liquor.longest_axis
        grid, solid = fine, crystal
        if not exact:
            grid = _coarse_grid(shape, size)
            solid = self.crystal_distance(grid)
            mount = None if self.mount is None else self.mount.distance(grid)
        at_rest: dict[str, Any] = {}
        if isinstance(liquor, CapillaryLiquor):
            surface = liquor.at_rest(grid, solid, mount)
            distance = surface.distance_um
            at_rest = {
                "converged": bool(surface.converged),
                "residual_per_um": float(surface.residual_per_um),
                "curvature_per_um": float(surface.curvature_per_um),
            }
        else:
            distance = liquor.distance(grid, solid, mount)
        return distance, grid, at_rest

    def mount_distance(self, fine: Grid, size: float) -> NDArray[np.float32] | None:
        """Distance to the mount on the fine grid, as the labels show it."""
        if self.mount is None:
            return None
        z, y, x = fine
        shape = z.size, y.size, x.size
        nodes = self.mount_nodes(shape, size)
        if nodes is not None:
            return _refined(nodes[0], shape)
        out = np.empty(shape, dtype=np.float32)
        for n in range(0, z.size, _SLAB):
            out[n : n + _SLAB] = self.mount.distance((z[n : n + _SLAB], y, x))
        return out

    def mount_nodes(self, shape: tuple[int, int, int], size: float) -> tuple[NDArray[np.float32], Grid] | None:
        """Distance to a mount that is interpolated between the nodes of a coarse grid, and that grid."""
        if not isinstance(self.mount, _INTERPOLATED):
            return None
        grid = _coarse_grid(shape, size)
        return self.mount.distance(grid), grid

    def crystal_distance(self, grid: Grid) -> NDArray[np.float32]:
        """Distance to the crystals at each point of a grid, µm, negative inside; cracks are outside."""
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


def _checked_voxels(shape: Any) -> tuple[int, int, int]:
    whole = isinstance(shape, tuple | list) and all(
        isinstance(n, int | np.integer) and not isinstance(n, bool) and n > 0 for n in shape
    )
    if not whole or len(shape) != 3:
        raise InputError(f"Voxels are counted along (z, y, x) by three whole numbers from 1, not {shape!r}.")
    return int(shape[0]), int(shape[1]), int(shape[2])


def checked_cube(voxel_size_um: Any) -> float:
    """Return the edge of a cubic voxel, µm, given as one number or as three that are the same.

    Raises
    ------
    InputError
        Not positive and finite, or three numbers that differ.
    """
    size, *others = checked_voxel_size(voxel_size_um)
    if any(other != size for other in others):
        raise InputError(f"A sample fills cubic voxels: give one voxel size in µm, not {voxel_size_um!r}.")
    return size


def grid_about_middle(shape: tuple[int, int, int], size: float) -> Grid:
    """Coordinates of the middles of voxels on a grid centred on the field, µm."""
    return tuple(((np.arange(n) - (n - 1) / 2) * size).astype(np.float32) for n in shape)  # type: ignore[return-value]


def _coarse_grid(shape: tuple[int, int, int], size: float) -> Grid:
    # Node n lies at voxel _COARSE (n - 1), with a node to spare on both sides.
    return tuple(  # type: ignore[return-value]
        ((_COARSE * (np.arange((n - 1) // _COARSE + 3) - 1) - (n - 1) / 2) * size).astype(np.float32) for n in shape
    )


def _refined(coarse: NDArray[np.float32], shape: tuple[int, int, int]) -> NDArray[np.float32]:
    from .mounts.distance_kernel import refine

    out = np.empty(shape, dtype=np.float32)
    refine(coarse, _COARSE, shape, out)
    return out


def _polyhedron_distance(crystals: tuple[Polyhedron, ...], grid: Grid) -> NDArray[np.float32]:
    from .mounts.distance_kernel import polyhedron_distance

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
