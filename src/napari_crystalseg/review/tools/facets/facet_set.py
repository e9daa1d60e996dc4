"""The facets of one crystal: a convex polyhedron."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ....box import Box
from ....errors import InputError
from ....phantom.crystals.polyhedron import Polyhedron
from .facet import Facet

_FURTHER = 0.25


@dataclass(frozen=True, eq=False)
class FacetSet:
    """Facets that close a convex crystal.

    Parameters
    ----------
    facets : tuple of Facet
        Faces; a face may be cut away by others.

    Raises
    ------
    InputError
        The facets leave the crystal open, or nothing lies within all of them.
    """

    facets: tuple[Facet, ...]

    def __post_init__(self) -> None:
        self.polyhedron()

    @property
    def normals(self) -> NDArray[np.float64]:
        """Outward unit normals, shape (facet, 3), axes (z, y, x)."""
        return np.array([facet.normal for facet in self.facets]).reshape(-1, 3)

    @property
    def offsets_um(self) -> NDArray[np.float64]:
        """Offsets from the centre of the first voxel, shape (facet,), µm."""
        return np.array([facet.offset_um for facet in self.facets])

    @property
    def support_share(self) -> float:
        """Share of the crystal's surface that lies on its facets, 0 to 1."""
        return float(sum(facet.support_share for facet in self.facets))

    def polyhedron(self) -> Polyhedron:
        """Return the crystal about the middle of the largest ball in it; its centre is from the first voxel's, µm.

        Raises
        ------
        InputError
            Fewer than four facets, they leave the crystal open, or nothing lies within all of them.
        """
        from scipy.optimize import linprog

        normals, offsets = self.normals, self.offsets_um
        if len(normals) < 4:
            raise InputError(f"A crystal needs four facets at least, not {len(normals)}.")
        ball = linprog(
            [0, 0, 0, -1],
            A_ub=np.column_stack([normals, np.ones(len(normals))]),
            b_ub=offsets,
            bounds=[(None, None)] * 3 + [(None, 10 * float(np.ptp(offsets)) + 1e4)],
        )
        if ball.status != 0 or ball.x[3] <= 0:
            raise InputError("Nothing of the crystal lies within all facets; move the last one back.")
        centre = ball.x[:3]
        return Polyhedron(normals, offsets - normals @ centre, centre)

    def vertices_um(self) -> NDArray[np.float64]:
        """Corners, shape (corner, 3), axes (z, y, x), µm from the centre of the first voxel."""
        return self.polyhedron().vertices_um()

    def outlines_um(self) -> tuple[NDArray[np.float64], ...]:
        """Corners of each facet in order, shape (corner, 3), axes (z, y, x), µm; none for one that is cut away."""
        return self.polyhedron().facets_um()

    def volume_um3(self) -> float:
        """Volume, µm³."""
        return self.polyhedron().volume_um3()

    def inside(
        self, shape: tuple[int, int, int], voxel_size_um: tuple[float, float, float]
    ) -> tuple[Box, NDArray[np.bool_]]:
        """Return which voxels have their centre in the crystal.

        Parameters
        ----------
        shape : (int, int, int)
            Voxels of the volume along (z, y, x).
        voxel_size_um : (float, float, float)
            Voxel size along (z, y, x), µm.

        Returns
        -------
        box : (slice, slice, slice)
            Around the crystal, cut at the ends of the volume.
        mask : ndarray of bool, shape of the box
        """
        size = np.asarray(voxel_size_um)
        corners = self.vertices_um() / size
        low = np.clip(np.floor(corners.min(axis=0)), 0, np.asarray(shape) - 1).astype(int)
        high = np.clip(np.ceil(corners.max(axis=0)) + 1, low + 1, shape).astype(int)
        z, y, x = (
            (np.arange(a, b) * edge).reshape([-1 if side == axis else 1 for side in range(3)])
            for axis, (a, b, edge) in enumerate(zip(low, high, size, strict=True))
        )
        mask = np.ones(high - low, bool)
        for facet in self.facets:
            mask &= facet.normal[0] * z + facet.normal[1] * y + facet.normal[2] * x <= facet.offset_um
        return (slice(low[0], high[0]), slice(low[1], high[1]), slice(low[2], high[2])), mask


def move_facet(facets: FacetSet, index: int, by_um: float) -> FacetSet:
    """Return the crystal with one facet moved outwards, inwards where ``by_um`` is negative.

    Raises
    ------
    InputError
        There is no such facet, or nothing would be left.
    """
    if not 0 <= index < len(facets.facets):
        raise InputError(f"The crystal has facets 0 to {len(facets.facets) - 1}, not {index}.")
    moved = list(facets.facets)
    moved[index] = replace(moved[index], offset_um=moved[index].offset_um + by_um)
    return FacetSet(tuple(moved))


def drag_facet(facets: FacetSet, index: int, to_um: NDArray[np.float64]) -> FacetSet:
    """Return the crystal with one facet through a point, shape (3,), axes (z, y, x), µm from the first voxel."""
    by_um = float(facets.normals[index] @ np.asarray(to_um, dtype=float) - facets.offsets_um[index])
    return move_facet(facets, index, by_um)


def without_facet(facets: FacetSet, index: int) -> FacetSet:
    """Return the crystal without one facet: its neighbours go on until they meet.

    Raises
    ------
    InputError
        The others leave the crystal open.
    """
    return FacetSet(tuple(facet for other, facet in enumerate(facets.facets) if other != index))


def nearest_facet(facets: FacetSet, point_um: NDArray[np.float64]) -> int:
    """Return which facet lies nearest to a point, shape (3,), axes (z, y, x), µm; one cut away by others is none."""
    apart = np.abs(facets.normals @ np.asarray(point_um, dtype=float) - facets.offsets_um)
    seen = np.array([len(corners) > 0 for corners in facets.outlines_um()])
    return int(np.where(seen, apart, np.inf).argmin())


def closed(facets: list[Facet], extent_um: NDArray[np.float64], further: float = _FURTHER) -> FacetSet:
    """Close a crystal with sides of the box around its voxels, where its facets do not, or only far off.

    Parameters
    ----------
    facets : list of Facet
        Facets that were found.
    extent_um : ndarray, shape (2, 3)
        Lowest and highest coordinates (z, y, x) of its voxels, µm.
    further : float
        How far beyond that box, in parts of its sides, facets may meet.

    Returns
    -------
    FacetSet
    """
    sides = []
    for axis in range(3):
        for sign, edge in ((-1.0, extent_um[0, axis]), (1.0, extent_um[1, axis])):
            normal = np.zeros(3)
            normal[axis] = sign
            sides.append(Facet(normal, float(sign * edge)))
    large = 10 * float(np.ptp(extent_um, axis=0).max())
    far = FacetSet((*facets, *(Facet(side.normal, side.offset_um + large) for side in sides))).vertices_um()
    allowed = further * np.ptp(extent_um, axis=0)
    needed = [
        side for index, side in enumerate(sides) if (far @ side.normal).max() > side.offset_um + allowed[index // 2]
    ]
    return FacetSet((*facets, *needed))
