"""Mounts cut from a thin polymer sheet: with one aperture, or with a mesh of many."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from .mount import Grid, check_positive, local_coordinates


@dataclass(frozen=True, eq=False)
class SheetMount:
    """Round head of polymer sheet with an aperture, on a neck that widens into the stem along +z.

    The outline is drawn on the sheet's middle surface, which is bent on a cylinder along the stem: lengths and areas
    on it are kept, and so is the volume, area times thickness.

    Parameters
    ----------
    aperture_um : float
        Diameter of the aperture, µm.
    rim_um : float
        Width of the rim about it, µm.
    thickness_um : float
        Thickness of the sheet, µm.
    curvature_radius_um : float
        Radius of the cylinder that the middle surface is bent on, µm; infinite for a flat sheet.
    neck_width_um, stem_width_um : float
        Width of the neck at the head and of the stem, µm.
    neck_length_um : float
        Length on which the one widens into the other, µm.
    rotation, centre_um
        Pose of the middle of the aperture, as in :class:`napari_crystalseg.phantom.mounts.nylon_loop.NylonLoop`.

    Raises
    ------
    InputError
        A length that is not positive, or a sheet thicker than its curvature allows.
    """

    aperture_um: float
    rim_um: float
    thickness_um: float
    curvature_radius_um: float = np.inf
    neck_width_um: float = 60.0
    stem_width_um: float = 600.0
    neck_length_um: float = 1000.0
    rotation: NDArray[np.float64] = field(default_factory=lambda: np.eye(3))
    centre_um: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))

    def __post_init__(self) -> None:
        _checked(self, "aperture_um", "rim_um", "thickness_um", "neck_width_um", "stem_width_um", "neck_length_um")

    def distance(self, grid: Grid) -> NDArray[np.float32]:
        """Signed distance (to first order) on a grid, shape (z, y, x), µm, negative inside."""
        along, arc, depth = bent_coordinates(grid, self.rotation, self.centre_um, self.curvature_radius_um)
        out = np.hypot(along, arc)
        opening = np.float32(self.aperture_um / 2)
        head = out - (opening + np.float32(self.rim_um))
        neck = _neck(along, arc, self.aperture_um / 2 + self.rim_um, self)
        outline = np.maximum(np.minimum(head, neck), opening - out)
        return np.maximum(outline, np.abs(depth) - np.float32(self.thickness_um / 2))


@dataclass(frozen=True, eq=False)
class MicroMesh:
    """Round head of polymer sheet with square openings in rows and columns, on a neck along +z.

    Far from the rim the openings take (opening / (opening + bar))² of the area.

    Parameters
    ----------
    head_um : float
        Diameter of the head, µm.
    rim_um : float
        Width of the solid rim, µm.
    opening_um, bar_um : float
        Edge of the openings and width of the bars between them, µm; one opening lies in the middle.
    thickness_um, curvature_radius_um, neck_width_um, stem_width_um, neck_length_um, rotation, centre_um
        As in :class:`SheetMount`.

    Raises
    ------
    InputError
        A length that is not positive, or a sheet thicker than its curvature allows.
    """

    head_um: float
    rim_um: float
    opening_um: float
    bar_um: float
    thickness_um: float
    curvature_radius_um: float = np.inf
    neck_width_um: float = 100.0
    stem_width_um: float = 600.0
    neck_length_um: float = 1000.0
    rotation: NDArray[np.float64] = field(default_factory=lambda: np.eye(3))
    centre_um: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))

    def __post_init__(self) -> None:
        _checked(
            self,
            "head_um",
            "rim_um",
            "opening_um",
            "bar_um",
            "thickness_um",
            "neck_width_um",
            "stem_width_um",
            "neck_length_um",
        )

    @property
    def open_fraction(self) -> float:
        """Share of the mesh's area, within the rim, that is open."""
        return (self.opening_um / (self.opening_um + self.bar_um)) ** 2

    def distance(self, grid: Grid) -> NDArray[np.float32]:
        """Signed distance (to first order) on a grid, shape (z, y, x), µm, negative inside."""
        along, arc, depth = bent_coordinates(grid, self.rotation, self.centre_um, self.curvature_radius_um)
        out = np.hypot(along, arc)
        head = out - np.float32(self.head_um / 2)
        neck = _neck(along, arc, self.head_um / 2, self)
        pitch = np.float32(self.opening_um + self.bar_um)
        rows, columns = (np.abs(c - pitch * np.round(c / pitch)) for c in (along, arc))
        opening = np.maximum(rows, columns) - np.float32(self.opening_um / 2)
        opening = np.maximum(opening, out - np.float32(self.head_um / 2 - self.rim_um))
        outline = np.maximum(np.minimum(head, neck), -opening)
        return np.maximum(outline, np.abs(depth) - np.float32(self.thickness_um / 2))


def bent_coordinates(
    grid: Grid, rotation: NDArray[np.float64], centre_um: NDArray[np.float64], radius_um: float
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Coordinates on a sheet bent about its stem: along it, round the bend, and out of it; each (z, y, x), µm."""
    along, normal, across = local_coordinates(grid, rotation, centre_um)
    if not np.isfinite(radius_um):
        return along, across, normal
    radius = np.float32(radius_um)
    from_axis = normal + radius
    out = np.hypot(across, from_axis)
    # |r| - R as (|r|² - R²) / (|r| + R): the difference itself would lose what single precision holds of a wide bend.
    depth = (across**2 + normal * (normal + 2 * radius)) / (out + radius)
    return along, radius * np.arctan2(across, from_axis), depth


def _neck(
    along: NDArray[np.float32], arc: NDArray[np.float32], head_radius: float, mount: SheetMount | MicroMesh
) -> NDArray[np.float32]:
    # From the middle of the head outwards, widening from its rim on.
    begin, end = np.float32(mount.neck_width_um / 2), np.float32(mount.stem_width_um / 2)
    slope = (end - begin) / np.float32(mount.neck_length_um)
    half = begin + slope * np.clip(along - np.float32(head_radius), 0, np.float32(mount.neck_length_um))
    side = (np.abs(arc) - half) / np.hypot(np.float32(1), slope)
    distance: NDArray[np.float32] = np.maximum(side, -along)
    return distance


def _checked(mount: SheetMount | MicroMesh, *lengths: str) -> None:
    check_positive(mount, *lengths)
    if not mount.curvature_radius_um > mount.thickness_um:
        raise InputError(
            f"A sheet {mount.thickness_um} µm thick cannot be bent to a radius of {mount.curvature_radius_um} µm."
        )
