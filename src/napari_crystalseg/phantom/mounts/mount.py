"""Mounts: what holds the sample in the beam."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError

Grid = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]
"""Coordinates of a grid along z, y and x, µm from the middle of the field, one axis each."""


class Mount(Protocol):
    """Anything that holds a sample and knows how far its surface is."""

    def distance(self, grid: Grid) -> NDArray[np.float32]:
        """Signed distance (to first order) on a grid, shape (z, y, x), µm, negative inside."""


@dataclass(frozen=True, eq=False)
class FibreLoop:
    """Tear-drop loop of a round fibre on a stem along +z.

    Parameters
    ----------
    length_um, width_um : float
        Half extents of the loop's centre line along the stem and across it, µm.
    fibre_radius_um : float
        Radius of the fibre, µm.
    taper : float
        0 for an ellipse, 1 for a pronounced tear-drop.
    rotation : ndarray, shape (3, 3)
        From the loop's own axes (stem, normal, across) to the field's (z, y, x).
    centre_um : ndarray, shape (3,)
        Centre (z, y, x), µm from the middle of the field.
    bend_um : float
        How far the loop's end bends out of its plane, µm.

    Raises
    ------
    InputError
        A length that is not positive.
    """

    length_um: float
    width_um: float
    fibre_radius_um: float
    taper: float
    rotation: NDArray[np.float64]
    centre_um: NDArray[np.float64]
    bend_um: float = 0.0

    def __post_init__(self) -> None:
        check_positive(self, "length_um", "width_um", "fibre_radius_um")

    def centre_line_um(self) -> NDArray[np.float64]:
        """Points along the closed loop, shape (point, 3), axes (z, y, x), µm."""
        t = np.linspace(0, 2 * np.pi, 49)
        along = self.length_um * np.cos(t)
        across = self.width_um * np.sin(t) * np.sin(t / 2) ** (2 * self.taper)
        out = self.bend_um * (along / self.length_um) ** 2
        return np.column_stack([along, out, across]) @ self.rotation.T + self.centre_um

    def distance(self, grid: Grid) -> NDArray[np.float32]:
        """Signed distance to the fibre's surface on a grid, shape (z, y, x), µm, negative inside."""
        from .distance_kernel import capsule_distance

        line = self.centre_line_um()
        foot = line[0]
        end = foot + self.rotation[:, 0] * 20 * self.length_um
        starts = np.vstack([line[:-1], foot])
        stops = np.vstack([line[1:], end])
        radii = np.full(len(starts), self.fibre_radius_um)
        radii[-1] = 1.7 * self.fibre_radius_um  # two strands twisted into the stem
        out = np.full(tuple(axis.size for axis in grid), 1e6, dtype=np.float32)
        capsule_distance(*grid, starts, stops, radii, out)
        return out


@dataclass(frozen=True, eq=False)
class PolymerSheet:
    """Curved polymer sheet with an aperture, on a tapered stem along +z.

    Parameters
    ----------
    length_um, width_um : float
        Half extents of the sheet's head along the stem and across it, µm.
    aperture : float
        Size of the aperture in units of the head, 0 to below 1.
    thickness_um : float
        Thickness of the sheet, µm.
    curvature_radius_um : float
        Radius of the cylinder that the sheet is bent on, µm.
    rotation, centre_um
        As in :class:`FibreLoop`.

    Raises
    ------
    InputError
        A length that is not positive, or an aperture as large as the head.
    """

    length_um: float
    width_um: float
    aperture: float
    thickness_um: float
    curvature_radius_um: float
    rotation: NDArray[np.float64]
    centre_um: NDArray[np.float64]

    def __post_init__(self) -> None:
        check_positive(self, "length_um", "width_um", "thickness_um", "curvature_radius_um")
        if not 0 <= self.aperture < 1:
            raise InputError(f"The aperture of a sheet is 0 to below 1 of its head, not {self.aperture}.")

    def distance(self, grid: Grid) -> NDArray[np.float32]:
        """Signed distance (to first order) to the sheet on a grid, shape (z, y, x), µm, negative inside."""
        along, normal, across = local_coordinates(grid, self.rotation, self.centre_um)
        radius = np.float32(self.curvature_radius_um)
        depth = np.hypot(across, normal + radius) - radius
        arc = radius * np.arctan2(across, normal + radius)
        least = np.float32(min(self.length_um, self.width_um))
        head = np.hypot(along / np.float32(self.length_um), arc / np.float32(self.width_um))
        ring = np.maximum((head - 1) * least, (np.float32(self.aperture) - head) * least)
        # The stem begins at the rim, half as wide as the head, and keeps out of the aperture.
        stem = np.maximum(np.abs(arc) - np.float32(0.45 * self.width_um), np.float32(0.8 * self.length_um) - along)
        stem = np.maximum(stem, (np.float32(self.aperture) - head) * least)
        outline = np.minimum(ring, stem)
        distance: NDArray[np.float32] = np.maximum(outline, np.abs(depth) - np.float32(self.thickness_um / 2))
        return distance


def check_positive(mount: Mount, *lengths: str) -> None:
    """Refuse a mount with a length, by its name, that is not positive and finite."""
    for name in lengths:
        value = getattr(mount, name)
        if not (np.isfinite(value) and value > 0):
            raise InputError(f"A {type(mount).__name__} needs a positive {name}, not {value}.")


def local_coordinates(
    grid: Grid, rotation: NDArray[np.float64], centre_um: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Coordinates of a grid in a shape's own axes, each of shape (z, y, x), µm."""
    z, y, x = ((axis - np.float32(origin)).astype(np.float32) for axis, origin in zip(grid, centre_um, strict=True))
    r = rotation.astype(np.float32)
    return tuple(r[0, a] * z[:, None, None] + r[1, a] * y[None, :, None] + r[2, a] * x[None, None, :] for a in range(3))
