"""Crystals seen from above: convex polyhedra of known habits, stretched, turned and projected."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from ....draws import random_rotation
from ....phantom.crystals.habits import HABITS
from ....phantom.crystals.polyhedron import Polyhedron
from ....phantom.drawing.crystal_drawing import draw_crystal
from ....phantom.drawing.sample_priors import WIDE

_OF_EACH_HABIT = 4
_OF_NO_HABIT = 24


@dataclass(frozen=True, eq=False)
class Facets:
    """Facets of a convex polyhedron.

    Parameters
    ----------
    corners : ndarray, shape (corner, 3)
        Corners of one facet after the other, in order about its outward normal, axes (z, y, x), from the centre.
    starts : ndarray of int, shape (facet,)
        Where each facet begins.
    """

    corners: NDArray[np.float64]
    starts: NDArray[np.intp]

    @classmethod
    def of(cls, body: Polyhedron) -> Facets:
        """Facets of a polyhedron about its centre, scaled so that the farthest corner is 1 from it."""
        facets = [corners - body.centre_um for corners in body.facets_um() if len(corners)]
        starts = np.cumsum([0, *(len(corners) for corners in facets[:-1])])
        return cls(np.vstack(facets) / body.radius_um(), starts)

    def moved(self, matrix: NDArray[np.float64]) -> Facets:
        """Corners multiplied by a matrix, shape (3, 3), of positive determinant."""
        return Facets(self.corners @ matrix.T, self.starts)


@cache
def grown_facets() -> tuple[Facets, ...]:
    """Crystals that all simulated ones are stretched and turned from: each habit some times, and of no habit."""
    rng = np.random.default_rng(19)
    names = [name for name in HABITS for _ in range(_OF_EACH_HABIT)] + ["convex"] * _OF_NO_HABIT
    return tuple(Facets.of(draw_crystal(rng, WIDE, name, 1.0)) for name in names)


@dataclass(frozen=True, eq=False)
class ProjectedCrystal:
    """A crystal seen along z, from above.

    Parameters
    ----------
    centre : (float, float)
        Row and column of its centre, pixels.
    corners : ndarray, shape (corner, 2)
        Corners (row, column) of one facet after the other.
    ends : tuple of int
        Where in ``corners`` each facet ends, and the next begins.
    normals : ndarray, shape (facet, 3)
        Outward normals (z, row, column); their lengths are the areas.
    heights : ndarray, shape (facet,)
        Product of the normal and any corner from the centre, which says how far out the facet lies.
    outline : ndarray, shape (corner, 2)
        Corners (row, column) of the silhouette, in order.
    """

    centre: tuple[float, float]
    corners: NDArray[np.float64]
    ends: tuple[int, ...]
    normals: NDArray[np.float64]
    heights: NDArray[np.float64]
    outline: NDArray[np.float64]

    @property
    def area_px(self) -> float:
        """Area of the silhouette: that of the facets that look up, seen from above."""
        return float(np.maximum(self.normals[:, 0], 0).sum())


def project(body: Facets, centre: tuple[float, float]) -> ProjectedCrystal:
    """Project a crystal along z.

    Parameters
    ----------
    body : Facets
        Crystal, pixels.
    centre : (float, float)
        Row and column of its centre, pixels.
    """
    corners = body.corners
    ends = np.append(body.starts[1:], len(corners))
    following = np.arange(1, len(corners) + 1)
    following[ends - 1] = body.starts
    # Newell: half the sum of the products of neighbouring corners is the area times the normal.
    (z, y, x), (next_z, next_y, next_x) = corners.T, corners[following].T
    products = np.array([y * next_x - x * next_y, x * next_z - z * next_x, z * next_y - y * next_z])
    normals = 0.5 * np.add.reduceat(products, body.starts, axis=1).T
    heights = (normals * corners[body.starts]).sum(1)
    seen = corners[:, 1:] + np.asarray(centre)
    hull = cv2.convexHull(seen.astype(np.float32), returnPoints=False).ravel()
    return ProjectedCrystal(centre, seen, tuple(ends.tolist()), normals, heights, seen[hull])


def draw_body(rng: np.random.Generator, kind: str, length_px: float) -> Facets:
    """Draw a crystal whose longest side is near a length, turned at random.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the draws.
    kind : {"block", "rod", "needle", "plate"}
        Grown about alike in all directions, or longer in one, much longer, or thin in one.
    length_px : float
        Its length, pixels.

    Returns
    -------
    Facets
    """
    grown = grown_facets()[int(rng.integers(len(grown_facets())))]
    body = grown.moved(random_rotation(rng).as_matrix())
    if kind == "block":
        stretch = np.exp(rng.uniform(math.log(0.7), 0, 3))
    elif kind == "rod":
        across = np.exp(rng.uniform(math.log(0.2), math.log(0.5)))
        stretch = np.array([across, across * rng.uniform(0.6, 1.0), 1.0])
    elif kind == "needle":
        across = np.exp(rng.uniform(math.log(0.025), math.log(0.09)))
        stretch = np.array([across, across, 1.0])
    else:
        stretch = np.array([np.exp(rng.uniform(math.log(0.03), math.log(0.15))), rng.uniform(0.5, 1.0), 1.0])
    body = body.moved(np.diag(stretch))
    size = np.ptp(body.corners, axis=0).max()
    body = Facets(body.corners * (length_px / size), body.starts)
    if kind == "block" and rng.random() < 0.6:
        # It has sunk to the bottom of the drop, and lies there on a face.
        return body.moved(turned(rng.uniform(0, 2 * math.pi)) @ _leaning(rng.normal(0, 0.06)) @ _laid_down(rng, body))
    if kind == "block":
        return body.moved(random_rotation(rng).as_matrix())
    # Long and flat ones lie nearly flat on the bottom of the drop; a plate may stand on its edge.
    lean = rng.normal(0, 0.25) if kind != "plate" or rng.random() < 0.75 else rng.uniform(0, math.pi)
    return body.moved(turned(rng.uniform(0, 2 * math.pi)) @ _leaning(lean))


def turned(angle: float) -> NDArray[np.float64]:
    """Return a turn about z by an angle in radians, axes (z, y, x)."""
    cosine, sine = math.cos(angle), math.sin(angle)
    return np.array([[1, 0, 0], [0, cosine, sine], [0, -sine, cosine]])


def _laid_down(rng: np.random.Generator, body: Facets) -> NDArray[np.float64]:
    """Return a turn that brings a face down, more often a large one."""
    normals = project(body, (0.0, 0.0)).normals
    areas = np.linalg.norm(normals, axis=1)
    face = int(rng.choice(len(areas), p=areas / areas.sum()))
    normal = normals[face] / areas[face]
    down = np.array([-1.0, 0.0, 0.0])
    cosine = float(normal @ down)
    if cosine < -0.999999:
        return np.diag([-1.0, -1.0, 1.0])
    # Rodrigues: about the direction that is square to both.
    axis = np.cross(normal, down)
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    turn: NDArray[np.float64] = np.eye(3) + cross + cross @ cross / (1 + cosine)
    return turn


def _leaning(angle: float) -> NDArray[np.float64]:
    cosine, sine = math.cos(angle), math.sin(angle)
    return np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]])
