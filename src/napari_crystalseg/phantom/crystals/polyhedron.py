"""Convex polyhedron: the shape of a crystal."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError


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
        The half-spaces do not close, a distance is not positive, a normal is not of unit length, a radius of rounding
        is negative, or a number is not finite.
    """

    normals: NDArray[np.float64]
    distances_um: NDArray[np.float64]
    centre_um: NDArray[np.float64]
    rounding_um: float = 0.0

    def __post_init__(self) -> None:
        normals, distances = np.asarray(self.normals), np.asarray(self.distances_um)
        if normals.ndim != 2 or normals.shape[1] != 3 or distances.shape != normals.shape[:1]:
            raise InputError(
                "A crystal needs a normal (z, y, x) and a distance for each face, "
                f"not arrays of the shapes {normals.shape} and {distances.shape}."
            )
        if not (np.isfinite(distances).all() and (distances > 0).all()):
            raise InputError("Every face of a crystal needs a positive distance from its centre.")
        # Distances to faces, and so the rounding, are in µm only where the normals have unit length.
        if not (np.abs(np.linalg.norm(normals, axis=1) - 1) < 1e-6).all():
            raise InputError("The normals of a crystal's faces must have unit length; divide each by its length.")
        if np.shape(self.centre_um) != (3,) or not np.isfinite(self.centre_um).all():
            raise InputError(f"The centre of a crystal is three finite numbers (z, y, x) in µm, not {self.centre_um}.")
        if not (np.isfinite(self.rounding_um) and self.rounding_um >= 0):
            raise InputError(f"The radius of rounded edges must be 0 µm or more, not {self.rounding_um}.")
        self.vertices_um()

    def vertices_um(self) -> NDArray[np.float64]:
        """Corners of the polyhedron, shape (corner, 3), axes (z, y, x), µm from the middle of the field.

        Raises
        ------
        InputError
            The faces do not close the crystal.
        """
        vertices: NDArray[np.float64] = self._corners + self.centre_um
        return vertices

    @cached_property
    def _corners(self) -> NDArray[np.float64]:
        """Corners from the centre, shape (corner, 3), µm."""
        from scipy.spatial import HalfspaceIntersection, QhullError

        distances = np.asarray(self.distances_um)
        planes = np.column_stack([self.normals, -distances])
        with np.errstate(divide="ignore", invalid="ignore"):
            try:
                corners: NDArray[np.float64] = HalfspaceIntersection(planes, np.zeros(3)).intersections
            except QhullError:
                self._check_closed()
                raise
            # An open shape has corners at infinity or beyond its own faces; looking at them is much quicker than to
            # search for a way out, which is left to shapes that may have one.
            near = np.isfinite(corners).all() and np.abs(corners).max() < 1e5 * distances.max()
            if not (near and (corners @ planes[:, :3].T <= distances * (1 + 1e-6)).all()):
                self._check_closed()
        return corners

    def _check_closed(self) -> None:
        """Refuse half-spaces that a direction leaves satisfied for ever."""
        from scipy.optimize import linprog

        for axis in range(3):
            for sign in (-1.0, 1.0):
                goal = np.zeros(3)
                goal[axis] = sign
                found = linprog(goal, A_ub=self.normals, b_ub=self.distances_um, bounds=[(None, None)] * 3)
                if found.status == 3:
                    raise InputError(
                        f"The faces leave the crystal open along axis {'zyx'[axis]}: add a form that closes it."
                    )

    def volume_um3(self) -> float:
        """Volume with sharp edges, µm³."""
        from scipy.spatial import ConvexHull

        return float(ConvexHull(self.vertices_um()).volume)

    def facets_um(self) -> tuple[NDArray[np.float64], ...]:
        """Corners of each face, shape (corner, 3) in order about its normal, axes (z, y, x), µm.

        Coordinates are from the middle of the field. A face that others cut away has no corners.
        """
        corners = _distinct(self.vertices_um() - self.centre_um)
        tolerance = _tolerance(corners)
        facets: list[NDArray[np.float64]] = []
        for face, (normal, distance) in enumerate(zip(self.normals, self.distances_um, strict=True)):
            on = corners[np.abs(corners @ normal - distance) < tolerance]
            again = (
                face > 0
                and (
                    (self.normals[:face] @ normal > 1 - 1e-12)
                    & (np.abs(self.distances_um[:face] - distance) < tolerance)
                ).any()
            )
            if len(on) < 3 or again:
                facets.append(np.zeros((0, 3)))
                continue
            first = on[0] - on.mean(axis=0)
            first /= np.linalg.norm(first)
            about = on - on.mean(axis=0)
            angle = np.arctan2(about @ np.cross(normal, first), about @ first)
            facets.append(on[np.argsort(angle)] + self.centre_um)
        return tuple(facets)

    def face_areas_um2(self) -> NDArray[np.float64]:
        """Area of each face with sharp edges, shape (face,), µm²; 0 for a face that others cut away."""
        areas = np.zeros(len(self.normals))
        for face, corners in enumerate(self.facets_um()):
            if len(corners):
                about = corners - corners[0]
                areas[face] = 0.5 * np.cross(about[1:-1], about[2:]).sum(axis=0) @ self.normals[face]
        return areas

    def edges(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Length (µm) of each edge and the angle between the normals of the faces that meet there (radians)."""
        facets = self.facets_um()
        tolerance = _tolerance(np.vstack(facets) - self.centre_um)
        lengths, angles = [], []
        for one in range(len(facets)):
            for two in range(one):
                if not (len(facets[one]) and len(facets[two])):
                    continue
                apart = np.abs((facets[one] - self.centre_um) @ self.normals[two] - self.distances_um[two])
                shared = facets[one][apart < tolerance]
                if len(shared) == 2:
                    lengths.append(float(np.linalg.norm(shared[1] - shared[0])))
                    angles.append(float(np.arccos(np.clip(self.normals[one] @ self.normals[two], -1, 1))))
        return np.array(lengths), np.array(angles)

    def eroded(self, depth_um: float) -> Polyhedron:
        """Return the crystal with every face moved inwards by ``depth_um``, without rounding.

        Raises
        ------
        InputError
            Nothing would be left.
        """
        if depth_um >= np.min(self.distances_um):
            raise InputError(
                f"A crystal whose nearest face is {np.min(self.distances_um):.4g} µm from its centre cannot lose "
                f"{depth_um:.4g} µm everywhere; round or dissolve it less."
            )
        return Polyhedron(self.normals, self.distances_um - depth_um, self.centre_um)

    def rounded_volume_um3(self) -> float:
        """Volume with edges and corners rounded by a ball of the radius ``rounding_um``, µm³.

        The rounded crystal is the morphological opening by the ball: what remains after every face moves inwards
        by the radius r, grown again by r. Steiner's formula gives V + r S + r² Σ L θ / 2 + 4π r³ / 3 with volume,
        surface, edge lengths and the angles between their faces' normals, all of the shrunken crystal.
        """
        r = self.rounding_um
        if r <= 0:
            return self.volume_um3()
        core = self.eroded(r)
        lengths, angles = core.edges()
        surface = core.face_areas_um2().sum()
        return float(core.volume_um3() + r * surface + r**2 * (lengths @ angles) / 2 + 4 / 3 * np.pi * r**3)

    def cut(self, normal: NDArray[np.float64], offset_um: float = 0.0) -> Polyhedron:
        """Return what lies on the inner side of a plane.

        Parameters
        ----------
        normal : ndarray, shape (3,)
            Normal of the plane, axes (z, y, x), pointing to what is taken away.
        offset_um : float
            Distance of the plane from the centre along the normal, µm; zero or negative cuts the centre off.

        Returns
        -------
        Polyhedron
            About the same centre where it stays inside, else about that of the largest ball that fits.

        Raises
        ------
        InputError
            The plane leaves nothing.
        """
        from scipy.optimize import linprog

        direction = np.asarray(normal, dtype=float) / np.linalg.norm(normal)
        normals = np.vstack([self.normals, direction])
        distances = np.append(self.distances_um, offset_um)
        if offset_um > 0:
            return Polyhedron(normals, distances, self.centre_um, self.rounding_um)
        ball = linprog(
            [0, 0, 0, -1],
            A_ub=np.column_stack([normals, np.ones(len(normals))]),
            b_ub=distances,
            bounds=[(None, None)] * 4,
        )
        if ball.status != 0 or ball.x[3] <= 1e-9 * np.max(self.distances_um):
            raise InputError(f"A cut {offset_um:.4g} µm from the centre leaves nothing of the crystal.")
        shift = ball.x[:3]
        return Polyhedron(normals, distances - normals @ shift, self.centre_um + shift, self.rounding_um)

    def moved(self, shift_um: NDArray[np.float64]) -> Polyhedron:
        """Return the crystal moved by ``shift_um``, shape (3,), axes (z, y, x), µm."""
        return Polyhedron(self.normals, self.distances_um, self.centre_um + shift_um, self.rounding_um)

    def radius_um(self) -> float:
        """Radius of the smallest sphere about the centre that holds every corner, µm."""
        return float(np.linalg.norm(self.vertices_um() - self.centre_um, axis=1).max())

    def rotated(self, rotation: NDArray[np.float64]) -> Polyhedron:
        """Return the crystal turned about its centre by ``rotation``, shape (3, 3), axes (z, y, x)."""
        return Polyhedron(self.normals @ rotation.T, self.distances_um, self.centre_um, self.rounding_um)


def _tolerance(corners: NDArray[np.float64]) -> float:
    return 1e-7 * float(np.abs(corners).max())


def _distinct(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    # Where more than three faces meet, the half-space intersection gives the same corner several times.
    tolerance = _tolerance(corners)
    kept: list[NDArray[np.float64]] = []
    for corner in corners:
        if all(np.abs(corner - other).max() > tolerance for other in kept):
            kept.append(corner)
    return np.array(kept)
