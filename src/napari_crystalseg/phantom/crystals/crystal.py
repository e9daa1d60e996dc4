"""Crystal as it comes out of the drop: rounded, twinned, bitten, cracked, dissolved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..mounts.mount import Grid
from .polyhedron import Polyhedron


@dataclass(frozen=True, eq=False)
class Crack:
    """Flat crack, as wide at its mouth as told, that may narrow to a tip.

    Parameters
    ----------
    normal : ndarray, shape (3,)
        Unit normal of its plane, axes (z, y, x).
    point_um : ndarray, shape (3,)
        Point in its middle plane (z, y, x), µm from the middle of the field; the mouth of a crack that narrows.
    width_um : float
        Opening at the mouth, µm.
    reach_um : float
        From the mouth to the tip, µm; infinite for a crack that goes through.
    inwards : ndarray, shape (3,), optional
        Unit vector from the mouth to the tip, square to the normal; needed when the reach is finite.

    Raises
    ------
    InputError
        Width or reach are not positive, the normal has no unit length, or a crack of finite reach has no direction
        within its plane.
    """

    normal: NDArray[np.float64]
    point_um: NDArray[np.float64]
    width_um: float
    reach_um: float = np.inf
    inwards: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        if not (self.width_um > 0 and self.reach_um > 0):
            raise InputError(f"A crack needs a positive width and reach, not {self.width_um} and {self.reach_um} µm.")
        _check_unit(self.normal, "The normal of a crack")
        if not np.isfinite(self.reach_um):
            return
        if self.inwards is not None:
            _check_unit(self.inwards, "The direction to the tip of a crack")
        if self.inwards is None or abs(np.dot(self.inwards, self.normal)) > 1e-6:
            raise InputError("A crack that ends needs the direction to its tip, within its own plane.")

    def moved(self, shift_um: NDArray[np.float64]) -> Crack:
        """Return the crack moved by ``shift_um``, shape (3,), µm."""
        return replace(self, point_um=self.point_um + shift_um)

    def depth(self, grid: Grid) -> NDArray[np.float32]:
        """How far inside the crack each voxel is (to first order), µm, negative outside."""
        apart = np.abs(_component(grid, self.normal, self.point_um))
        if self.inwards is None or not np.isfinite(self.reach_um):
            return np.float32(self.width_um / 2) - apart
        left = 1 - _component(grid, self.inwards, self.point_um) / np.float32(self.reach_um)
        depth: NDArray[np.float32] = np.float32(self.width_um / 2) * np.clip(left, 0, 1) - apart
        return depth


@dataclass(frozen=True, eq=False)
class DissolvedFace:
    """Face eaten away to shallow pits: from the old face down to ``depth_um``, by half of it on average.

    Parameters
    ----------
    normal : ndarray, shape (3,)
        Outward unit normal of the face, axes (z, y, x).
    point_um : ndarray, shape (3,)
        Point on the old face (z, y, x), µm from the middle of the field.
    depth_um : float
        Depth of the pits, µm.
    spacing_um : float
        Period of the pits along the face, µm.
    turn : float
        Angle of the rows of pits about the normal, radians.

    Raises
    ------
    InputError
        Depth or spacing are not positive, or the normal has no unit length.
    """

    normal: NDArray[np.float64]
    point_um: NDArray[np.float64]
    depth_um: float
    spacing_um: float
    turn: float = 0.0

    def __post_init__(self) -> None:
        if not (self.depth_um > 0 and self.spacing_um > 0):
            raise InputError(
                f"A dissolved face needs a positive depth and spacing, not {self.depth_um} and {self.spacing_um} µm."
            )
        _check_unit(self.normal, "The normal of a dissolved face")

    def moved(self, shift_um: NDArray[np.float64]) -> DissolvedFace:
        """Return the face moved by ``shift_um``, shape (3,), µm."""
        return replace(self, point_um=self.point_um + shift_um)

    def depth(self, grid: Grid) -> NDArray[np.float32]:
        """How far outside the face that remains each voxel is (to first order), µm, negative within the crystal."""
        along = np.eye(3)[np.argmin(np.abs(self.normal))]
        first = along - (along @ self.normal) * self.normal
        first /= np.linalg.norm(first)
        second = np.cross(self.normal, first)
        rows = np.cos(self.turn) * first + np.sin(self.turn) * second
        columns = np.cross(self.normal, rows)
        k = np.float32(2 * np.pi / self.spacing_um)
        waves = np.cos(k * _component(grid, rows, self.point_um)) * np.cos(k * _component(grid, columns, self.point_um))
        pits = np.float32(self.depth_um / 2) * (1 + waves)
        slope = np.pi * self.depth_um / self.spacing_um
        depth: NDArray[np.float32] = (_component(grid, self.normal, self.point_um) + pits) / np.float32(
            np.hypot(1, slope)
        )
        return depth


@dataclass(frozen=True, eq=False)
class Crystal:
    """One crystal of one or more convex parts, with what growth and handling did to it.

    Parameters
    ----------
    parts : tuple of Polyhedron
        Convex parts, united. Each is rounded exactly by its own ``rounding_um``: a ball of that radius rolls
        along its inside.
    bites : tuple of Polyhedron
        What is missing: re-entrant corners, inclusions that broke out, the imprint of a neighbour.
    cracks : tuple of Crack
        They fill with whatever surrounds the crystal.
    dissolved : tuple of DissolvedFace
        Faces of the first part, eaten by the liquor: beyond them, other parts stay as they are.

    Raises
    ------
    InputError
        No parts, or a rounding radius larger than a part allows.
    """

    parts: tuple[Polyhedron, ...]
    bites: tuple[Polyhedron, ...] = ()
    cracks: tuple[Crack, ...] = ()
    dissolved: tuple[DissolvedFace, ...] = ()

    def __post_init__(self) -> None:
        if not self.parts:
            raise InputError("A crystal needs at least one part.")
        for body in (*self.parts, *self.bites):
            body.eroded(body.rounding_um)

    def moved(self, shift_um: NDArray[np.float64]) -> Crystal:
        """Return the crystal moved by ``shift_um``, shape (3,), axes (z, y, x), µm."""
        return Crystal(
            tuple(part.moved(shift_um) for part in self.parts),
            tuple(bite.moved(shift_um) for bite in self.bites),
            tuple(crack.moved(shift_um) for crack in self.cracks),
            tuple(face.moved(shift_um) for face in self.dissolved),
        )

    def radius_um(self) -> float:
        """Distance of the farthest corner from the first part's centre, µm."""
        corners = np.vstack([part.vertices_um() for part in self.parts])
        return float(np.linalg.norm(corners - self.parts[0].centre_um, axis=1).max())

    def distance(self, grid: Grid) -> NDArray[np.float32]:
        """Signed distance to the surface on a grid, shape (z, y, x), µm, negative inside.

        Exact outside a single part; to first order inside, and near bites, cracks and dissolved faces.
        """
        distance = _united(self.parts[:1], grid)
        for face in self.dissolved:
            np.maximum(distance, face.depth(grid), out=distance)
        if len(self.parts) > 1:
            np.minimum(distance, _united(self.parts[1:], grid), out=distance)
        if self.bites:
            np.maximum(distance, -_united(self.bites, grid), out=distance)
        for crack in self.cracks:
            np.maximum(distance, crack.depth(grid), out=distance)
        return distance


def penetration_twin(crystal: Polyhedron, axis: NDArray[np.float64], turn_deg: float = 180.0) -> Crystal:
    """Grow two individuals through each other, one turned about a twin axis.

    Protein crystals twin by rotations: a mirror would turn the protein's hand.

    Parameters
    ----------
    crystal : Polyhedron
        First individual.
    axis : ndarray, shape (3,)
        Twin axis through its centre, in the axes of ``crystal`` (z, y, x).
    turn_deg : float
        Angle, degrees.
    """
    return Crystal((crystal, crystal.rotated(_turn(axis, turn_deg))))


def contact_twin(crystal: Polyhedron, axis: NDArray[np.float64], turn_deg: float = 180.0) -> Crystal:
    """Grow two halves that meet in the plane square to a twin axis, one turned about it; arguments as above."""
    axis = np.asarray(axis, dtype=float)
    return Crystal((crystal.cut(axis), crystal.rotated(_turn(axis, turn_deg)).cut(-axis)))


def dissolve(crystal: Polyhedron, face: int, depth_um: float, spacing_um: float, turn: float = 0.0) -> DissolvedFace:
    """Let the liquor eat one face of a crystal, counted as in its normals; other arguments as in the result.

    Raises
    ------
    InputError
        The crystal has no such face.
    """
    if not 0 <= face < len(crystal.normals):
        raise InputError(f"The crystal has {len(crystal.normals)} faces, 0 to {len(crystal.normals) - 1}, not {face}.")
    normal = crystal.normals[face]
    point = crystal.centre_um + crystal.distances_um[face] * normal
    return DissolvedFace(normal, point, depth_um, spacing_um, turn)


def _check_unit(vector: NDArray[np.float64], what: str) -> None:
    if not abs(np.linalg.norm(vector) - 1) < 1e-6:
        raise InputError(f"{what} must have unit length; divide it by its length.")


def _turn(axis: NDArray[np.float64], degrees: float) -> NDArray[np.float64]:
    length = np.linalg.norm(axis)
    if not (np.isfinite(length) and length > 0):
        raise InputError(f"A twin axis needs a direction, not {axis}.")
    n = np.asarray(axis, dtype=float) / length
    cross = np.array([[0, -n[2], n[1]], [n[2], 0, -n[0]], [-n[1], n[0], 0]])
    angle = np.deg2rad(degrees)
    matrix: NDArray[np.float64] = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return matrix


def _component(grid: Grid, direction: NDArray[np.float64], point: NDArray[np.float64]) -> NDArray[np.float32]:
    z, y, x = (np.float32(d) * (axis - np.float32(p)) for axis, d, p in zip(grid, direction, point, strict=True))
    component: NDArray[np.float32] = (z[:, None, None] + y[None, :, None] + x[None, None, :]).astype(
        np.float32, copy=False
    )
    return component


def _united(bodies: tuple[Polyhedron, ...], grid: Grid) -> NDArray[np.float32]:
    from .facet_kernel import rounded_distance

    out = np.full(tuple(axis.size for axis in grid), 1e6, dtype=np.float32)
    for body in bodies:
        core, corners, counts = _core(body)
        rounded_distance(*grid, core.normals, core.distances_um, corners, counts, core.centre_um, body.rounding_um, out)
    return out


@lru_cache(maxsize=64)
def _core(body: Polyhedron) -> tuple[Polyhedron, NDArray[np.float64], NDArray[np.int64]]:
    """What the ball that rounds a body touches: the eroded body, corners of its faces from its centre, their number."""
    core = body.eroded(body.rounding_um)
    facets = core.facets_um()
    counts = np.array([len(facet) for facet in facets])
    corners = np.zeros((len(facets), counts.max(), 3))
    for facet, own in zip(facets, corners, strict=True):
        own[: len(facet)] = facet - core.centre_um if len(facet) else 0
    return core, corners, counts
