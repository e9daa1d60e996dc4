"""Convex polyhedron: the shape of a crystal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError


@dataclass(frozen=True, eq=False)
class Polyhedron:
    """Intersection of half-spaces ``normal . r <= distance`` about a centre.

    Parameters
    ----------
    normals : ndarray, shape (face, 3)
        Outward unit normals of the faces, axes (z, y, x).
    distances_um : ndarray, shape (face,)
        Distance of each face from the centre, µm, positive.
    centre_um : ndarray, shape (3,)
        Centre (z, y, x), µm from the middle of the field.
    rounding_um : float
        Radius by which edges are rounded, µm.

    Raises
    ------
    InputError
        The half-spaces do not close, or a distance is not positive.
    """

    normals: NDArray[np.float64]
    distances_um: NDArray[np.float64]
    centre_um: NDArray[np.float64]
    rounding_um: float = 0.0

    def __post_init__(self) -> None:
        if (np.asarray(self.distances_um) <= 0).any():
            raise InputError("Every face of a crystal needs a positive distance from its centre.")
        self.vertices_um()

    def vertices_um(self) -> NDArray[np.float64]:
        """Corners of the polyhedron, shape (corner, 3), axes (z, y, x), µm from the middle of the field."""
        from scipy.optimize import linprog
        from scipy.spatial import HalfspaceIntersection

        # The shape is bounded when no direction leaves all half-spaces satisfied for ever.
        for axis in range(3):
            for sign in (-1.0, 1.0):
                goal = np.zeros(3)
                goal[axis] = sign
                found = linprog(goal, A_ub=self.normals, b_ub=self.distances_um, bounds=[(None, None)] * 3)
                if found.status == 3:
                    raise InputError(
                        f"The faces leave the crystal open along axis {'zyx'[axis]}: add a form that closes it."
                    )
        planes = np.column_stack([self.normals, -np.asarray(self.distances_um)])
        corners = HalfspaceIntersection(planes, np.zeros(3)).intersections
        return corners + self.centre_um

    def volume_um3(self) -> float:
        """Volume with sharp edges, µm³."""
        from scipy.spatial import ConvexHull

        return float(ConvexHull(self.vertices_um()).volume)

    def radius_um(self) -> float:
        """Radius of the smallest sphere about the centre that holds every corner, µm."""
        return float(np.linalg.norm(self.vertices_um() - self.centre_um, axis=1).max())

    def rotated(self, rotation: NDArray[np.float64]) -> Polyhedron:
        """Return the crystal turned about its centre by ``rotation``, shape (3, 3), axes (z, y, x)."""
        return Polyhedron(self.normals @ rotation.T, self.distances_um, self.centre_um, self.rounding_um)
