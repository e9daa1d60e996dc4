"""Directions to trace, and how those of the reflections lie between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FEWEST_ON_RING = 24


@dataclass(frozen=True, eq=False)
class Nodes:
    """Directions from which those of many reflections are interpolated.

    Parameters
    ----------
    directions : ndarray of float64, shape (node, 3)
        Unit vectors (z, y, x).
    index : ndarray of int64, shape (reflection, n)
        Nodes around each reflection's direction. n is 1 (it is a node), 2 (nodes 0 and 1 on an arc) or 4 (two arcs,
        0 to 1 and 2 to 3).
    fraction : ndarray of float64, shape (reflection, 3)
        How far the direction is along the first arc, along the second, and from the first arc to the second.
    """

    directions: NDArray[np.float64]
    index: NDArray[np.int64]
    fraction: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.directions)

    @property
    def interpolated(self) -> bool:
        """Whether reflections lie between nodes."""
        between: bool = self.index.shape[1] > 1
        return between

    def of(self, rows: NDArray[np.int64]) -> Nodes:
        """Return the nodes of some of the reflections only."""
        return _only_used(self.directions, self.index[rows], self.fraction[rows])


def _only_used(directions: NDArray[np.float64], index: NDArray[np.int64], fraction: NDArray[np.float64]) -> Nodes:
    used, compact = np.unique(index, return_inverse=True)
    return Nodes(directions[used], compact.reshape(index.shape), fraction)


def exact_nodes(directions: NDArray[np.float64]) -> Nodes:
    """Take each different direction as a node: nothing is interpolated."""
    unique, index = np.unique(directions, axis=0, return_inverse=True)
    return Nodes(unique, index.reshape(-1, 1), np.zeros((len(directions), 3)))


def sphere_nodes(directions: NDArray[np.float64], spacing_deg: float) -> Nodes:
    """Lay nodes over the sphere: rings about axis 0, with as many nodes on each as keep them the spacing apart.

    Only nodes that are next to a direction are kept.
    """
    rings = max(int(np.ceil(180 / spacing_deg)), 2)
    polar = np.pi / rings
    # Near the poles more than that, as a ring of few nodes is a poor circle.
    around = 2 * np.pi * np.sin(polar * np.arange(rings + 1)) / polar
    on_ring = np.maximum(np.ceil(around - 1e-9), FEWEST_ON_RING).astype(np.int64)
    on_ring[[0, -1]] = 1
    begin = np.concatenate([[0], np.cumsum(on_ring)])
    height = np.arccos(np.clip(directions[:, 0], -1, 1)) / polar
    ring = np.minimum(height.astype(np.int64), rings - 1)
    turn = np.arctan2(directions[:, 2], directions[:, 1]) / (2 * np.pi) % 1.0
    index, fraction = np.empty((len(directions), 4), dtype=np.int64), np.empty((len(directions), 3))
    for which in range(2):
        index[:, 2 * which], index[:, 2 * which + 1], fraction[:, which] = _on_circle(
            turn, on_ring[ring + which], begin[ring + which]
        )
    fraction[:, 2] = height - ring
    used, compact = np.unique(index, return_inverse=True)
    at = np.searchsorted(begin, used, side="right") - 1
    angle = 2 * np.pi * (used - begin[at]) / on_ring[at]
    radius = np.sin(at * polar)
    nodes = np.stack([np.cos(at * polar), radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return Nodes(nodes, compact.reshape(index.shape), fraction)


def circle_nodes(directions: NDArray[np.float64], groups: NDArray[np.int64], spacing_deg: float) -> Nodes | None:
    """Lay nodes on the circles that the incident beam describes in the frame of the sample, one circle a sweep.

    Parameters
    ----------
    directions : ndarray of float64, shape (reflection, 3)
        Unit vectors.
    groups : ndarray of int64, shape (reflection,)
        Sweep of each reflection. Sweeps about the same axis with the same beam share their circle.
    spacing_deg : float
        Largest angle between nodes, as seen from the rotation axis.

    Returns
    -------
    Nodes or None
        None where the directions of a sweep are not on a circle.
    """
    steps = max(int(np.ceil(360 / spacing_deg)), 3)
    index, fraction = np.empty((len(directions), 2), dtype=np.int64), np.zeros((len(directions), 3))
    nodes: list[NDArray[np.float64]] = []
    circles: list[tuple[NDArray[np.float64], float]] = []
    for group in np.unique(groups):
        rows = np.flatnonzero(groups == group)
        circle = _fitted_circle(directions[rows], circles)
        if circle is None:
            return None
        axis, height = circles[circle]
        across = np.cross(axis, np.eye(3)[np.argmin(np.abs(axis))])
        across /= np.linalg.norm(across)
        other = np.cross(axis, across)
        if circle == len(nodes):
            angle = 2 * np.pi * np.arange(steps) / steps
            radius = np.sqrt(max(1 - height**2, 0.0))
            ring = height * axis + radius * (np.outer(np.cos(angle), across) + np.outer(np.sin(angle), other))
            nodes.append(ring)
        turn = np.arctan2(directions[rows] @ other, directions[rows] @ across) / (2 * np.pi) % 1.0
        index[rows, 0], index[rows, 1], fraction[rows, 0] = _on_circle(turn, steps, circle * steps)
    return _only_used(np.concatenate(nodes), index, fraction)


def _fitted_circle(directions: NDArray[np.float64], circles: list[tuple[NDArray[np.float64], float]]) -> int | None:
    """Number of the circle (axis, height) that the directions lie on, which is added where it is new."""

    def lies_on(axis: NDArray[np.float64], height: float) -> bool:
        return bool(np.abs(directions @ axis - height).max() < 1e-6)

    for number, known in enumerate(circles):
        if lies_on(*known):
            return number
    middle = directions.mean(axis=0)
    # Directions of a short arc fix their plane poorly; that does not matter, as any plane that they lie in will do.
    spread = directions - middle
    axis = np.linalg.eigh(spread.T @ spread)[1][:, 0]
    height = float(middle @ axis)
    if not lies_on(axis, height):
        return None
    circles.append((axis, height))
    return len(circles) - 1


def _on_circle(
    turn: NDArray[np.float64], count: NDArray[np.int64] | int, begin: NDArray[np.int64] | int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Nodes on both sides of a place on circles of ``count`` nodes, and where between them."""
    place = turn * count
    low = np.floor(place).astype(np.int64)
    return begin + low % count, begin + (low + 1) % count, place - low
