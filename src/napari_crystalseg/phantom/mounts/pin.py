"""Pin: the steel rod that carries a mount, and mounts made of several pieces."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from .mount import Grid, Mount, local_coordinates


@dataclass(frozen=True, eq=False)
class Pin:
    """Round rod along +z with a flat end, solid or a tube.

    Parameters
    ----------
    diameter_um : float
        Outer diameter, µm.
    bore_um : float
        Inner diameter of a tube, µm; 0 for a solid rod.
    rotation : ndarray, shape (3, 3)
        From the pin's own axes (along it, and two across) to the field's (z, y, x).
    end_um : ndarray, shape (3,)
        Middle of its end (z, y, x), µm from the middle of the field.

    Raises
    ------
    InputError
        A diameter that is not positive, or a bore that leaves no wall.
    """

    diameter_um: float
    bore_um: float = 0.0
    rotation: NDArray[np.float64] = field(default_factory=lambda: np.eye(3))
    end_um: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))

    def __post_init__(self) -> None:
        if not (self.diameter_um > 0 and 0 <= self.bore_um < self.diameter_um):
            raise InputError(f"A pin {self.diameter_um} µm thick cannot have a bore of {self.bore_um} µm.")

    def distance(self, grid: Grid) -> NDArray[np.float32]:
        """Signed distance (exact within and beside the rod) on a grid, shape (z, y, x), µm, negative inside."""
        along, one, two = local_coordinates(grid, self.rotation, self.end_um)
        out = np.hypot(one, two)
        wall = np.maximum(out - np.float32(self.diameter_um / 2), np.float32(self.bore_um / 2) - out)
        # A solid rod has no inner wall: on its axis the other term would be zero.
        side = wall if self.bore_um > 0 else out - np.float32(self.diameter_um / 2)
        distance: NDArray[np.float32] = np.maximum(side, -along)
        return distance


@dataclass(frozen=True, eq=False)
class MountAssembly:
    """Mount of several pieces, as a loop in its pin.

    Parameters
    ----------
    parts : tuple of Mount
        At least one.

    Raises
    ------
    InputError
        No parts.
    """

    parts: tuple[Mount, ...]

    def __post_init__(self) -> None:
        if not self.parts:
            raise InputError("A mount needs at least one part.")

    def distance(self, grid: Grid) -> NDArray[np.float32]:
        """Signed distance to the nearest piece on a grid, shape (z, y, x), µm, negative inside."""
        distance = self.parts[0].distance(grid)
        for part in self.parts[1:]:
            np.minimum(distance, part.distance(grid), out=distance)
        return distance
