"""Transmission of a convex crystal by the exact analytical method, which shares nothing with ray tracing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import expm
from scipy.optimize import linprog
from scipy.spatial import ConvexHull, HalfspaceIntersection


@dataclass(frozen=True, eq=False)
class Polyhedron:
    """Points x with normals @ x <= distances; normals of length one, shape (face, 3)."""

    normals: np.ndarray
    distances: np.ndarray

    @property
    def corners(self) -> np.ndarray | None:
        """Its corners, shape (corner, 3); None where it holds no room."""
        lengths = np.linalg.norm(self.normals, axis=1)
        inside = linprog(
            [0, 0, 0, -1],
            A_ub=np.column_stack([self.normals, lengths]),
            b_ub=self.distances,
            bounds=[(None, None)] * 3 + [(0, None)],
        )
        if inside.status != 0 or inside.x[3] < 1e-9:
            return None
        return HalfspaceIntersection(np.column_stack([self.normals, -self.distances]), inside.x[:3]).intersections

    def transmission(self, incident: np.ndarray, leaving: np.ndarray, mu: float) -> float:
        """Mean of exp(-mu L) over the polyhedron, L the way out along two directions (unit vectors).

        After de Meulenaer & Tompa (1965), Acta Cryst. 19, 1014: the crystal is cut into the parts whose points see the
        same face both ways (Howells polyhedra). In each L is linear, and over a tetrahedron the mean of exp(-f) of
        a linear f is six times its divided difference at the corners: an element of a matrix exponential (Opitz).
        """
        total = volume = 0.0
        for entrance in np.flatnonzero(self.normals @ incident > 1e-12):
            for exit_ in np.flatnonzero(self.normals @ leaving > 1e-12):
                normals, distances = [self.normals], [self.distances]
                for face, way in ((entrance, incident), (exit_, leaving)):
                    met = np.flatnonzero((self.normals @ way > 1e-12) & (np.arange(len(self.normals)) != face))
                    slope = self.normals / np.where(self.normals @ way == 0, 1, self.normals @ way)[:, np.newaxis]
                    offset = self.distances / np.where(self.normals @ way == 0, 1, self.normals @ way)
                    normals.append(slope[met] - slope[face])
                    distances.append(offset[met] - offset[face])
                part = Polyhedron(np.concatenate(normals), np.concatenate(distances)).corners
                if part is None:
                    continue

                def depth(points, entrance=entrance, exit_=exit_):
                    lengths = [
                        (self.distances[face] - points @ self.normals[face]) / (self.normals[face] @ way)
                        for face, way in ((entrance, incident), (exit_, leaving))
                    ]
                    return mu * sum(lengths)

                for triangle in ConvexHull(part).simplices:
                    corners = np.vstack([part[triangle], part.mean(axis=0)])
                    size = abs(np.linalg.det(corners[1:] - corners[0])) / 6
                    total += 6 * size * expm(np.diag(-depth(corners)) + np.diag(np.ones(3), 1))[0, 3]
                    volume += size
        return total / volume
