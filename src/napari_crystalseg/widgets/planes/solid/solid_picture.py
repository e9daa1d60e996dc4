"""Surfaces of labels seen from a direction: the corners of their triangles as small squares, nearest on top."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...views.class_surfaces import ClassSurfaces
from ..picture.placement import Placement

_SOLID = 0.99


@dataclass(frozen=True, eq=False)
class Solid:
    """Surfaces in the world.

    Parameters
    ----------
    points : ndarray of float32, shape (n, 3)
        World points (z, y, x).
    colours : ndarray of float32, shape (n, 4)
        RGBA of each, 0 to 1.
    spacing : float
        About how far neighbouring points are apart, in units of the world.
    """

    points: NDArray[np.float32]
    colours: NDArray[np.float32]
    spacing: float

    @classmethod
    def of(cls, surfaces: ClassSurfaces, placement: Placement) -> Solid:
        """Surfaces of an array, placed in the world."""
        points = np.linalg.solve(placement.matrix, (surfaces.vertices - placement.offset).T).T.astype(np.float32)
        a, b = (points[surfaces.triangles[:4000, one]] for one in (0, 1))
        spacing = float(np.median(np.linalg.norm(a - b, axis=1)))
        return cls(points, surfaces.colours, spacing or 1.0)

    @cached_property
    def middle(self) -> NDArray[np.float64]:
        """Middle of the box about the points."""
        return np.asarray((self.points.min(axis=0) + self.points.max(axis=0)) / 2, dtype=np.float64)

    @cached_property
    def radius(self) -> float:
        """Distance of the farthest point from the middle."""
        return float(np.linalg.norm(self.points - self.middle, axis=1).max()) or 1.0


@dataclass(frozen=True, eq=False)
class SolidPicture:
    """A picture of surfaces.

    Parameters
    ----------
    colours : ndarray of uint8, shape (n, n, 4)
        Blue, green, red and 255.
    nearest : ndarray of int, shape (n, n)
        Point that is seen in each pixel, -1 for none; what is translucent is looked through.
    scale : float
        Pixels a unit of the world.
    """

    colours: NDArray[np.uint8]
    nearest: NDArray[np.int64]
    scale: float


def rotation(azimuth_deg: float, elevation_deg: float) -> NDArray[np.float64]:
    """Rotation of the world (z, y, x) to (towards the viewer, down, across).

    At zero z runs down, x across and y towards the viewer, so that no hand is changed; azimuth turns about z, the
    rotation axis, elevation lifts the eye.
    """
    a, e = np.deg2rad((azimuth_deg, elevation_deg))
    about_z = np.array([[1.0, 0.0, 0.0], [0.0, np.cos(a), -np.sin(a)], [0.0, np.sin(a), np.cos(a)]])
    to_view = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    lifted = np.array([[np.cos(e), -np.sin(e), 0.0], [np.sin(e), np.cos(e), 0.0], [0.0, 0.0, 1.0]])
    return np.asarray(lifted @ to_view @ about_z)


def solid_picture(solid: Solid, turn: NDArray[np.float64], size: int, zoom: float = 1.0) -> SolidPicture:
    """Draw surfaces, parallel, with what is translucent over what lies behind it.

    Parameters
    ----------
    solid : Solid
        Surfaces.
    turn : ndarray of float64, shape (3, 3)
        As :func:`rotation` has it.
    size : int
        Height and width of the picture, pixels.
    zoom : float
        1 fits all into the picture.
    """
    scale = zoom * 0.48 * size / solid.radius
    turned = (solid.points - solid.middle.astype(np.float32)) @ turn.T.astype(np.float32)
    down = (turned[:, 1] * scale + size / 2).astype(np.int32)
    across = (turned[:, 2] * scale + size / 2).astype(np.int32)
    clear = solid.colours[:, 3] < _SOLID
    width = int(np.clip(np.ceil(1.2 * solid.spacing * scale), 1, 12))
    nearest, depth = _nearest(turned[:, 0], down, across, ~clear, size, width)
    front, front_depth = _nearest(turned[:, 0], down, across, clear, size, width)
    colours = np.zeros((size, size, 3), dtype=np.float32)
    seen = nearest >= 0
    colours[seen] = solid.colours[nearest[seen], :3]
    over = (front >= 0) & (front_depth > depth)
    tint = solid.colours[front[over]]
    colours[over] = colours[over] * (1 - tint[:, 3:]) + tint[:, :3] * tint[:, 3:]
    picture = np.empty((size, size, 4), dtype=np.uint8)
    picture[..., :3] = np.clip(255 * colours[..., ::-1], 0, 255)
    picture[..., 3] = 255
    return SolidPicture(picture, np.where(seen, nearest, front), scale)


def _nearest(
    towards: NDArray[np.float32],
    down: NDArray[np.int32],
    across: NDArray[np.int32],
    chosen: NDArray[np.bool_],
    size: int,
    width: int,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Point of those chosen that is nearest in each pixel, -1 for none, and how far towards the viewer it is."""
    points = np.flatnonzero(chosen)
    points = points[np.argsort(towards[points])]
    picture = np.full((size + 2 * width, size + 2 * width), -1, dtype=np.int64)
    rows, columns = down[points] + width - width // 2, across[points] + width - width // 2
    within = (rows >= 0) & (rows < size + width) & (columns >= 0) & (columns < size + width)
    points, rows, columns = points[within], rows[within], columns[within]
    for row in range(width):
        for column in range(width):
            # What comes later is nearer, and stays.
            at = picture[rows + row, columns + column]
            newer = at < 0
            newer |= towards[points] >= towards[at]
            picture[rows[newer] + row, columns[newer] + column] = points[newer]
    picture = picture[width : width + size, width : width + size]
    depth = np.where(picture >= 0, towards[picture], np.float32(-np.inf)).astype(np.float32)
    return picture, depth
