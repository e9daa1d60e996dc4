"""Mother liquor: the drop that wets crystal and mount."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..mounts.mount import Grid, local_coordinates


@dataclass(frozen=True, eq=False)
class Liquor:
    """Drop between mount and crystal, rounded where its parts meet as a meniscus is.

    A lens fills the mount; films cover crystal and mount; parts closer than ``meniscus_um`` flow into each other.
    The shape is plausible, not a solution of the capillary equation.

    Parameters
    ----------
    semi_axes_um : (float, float, float) or None
        Half extents of the lens along the stem, the mount's normal, and across, µm. None without a lens.
    rotation, centre_um
        Pose of the lens, as in :class:`napari_crystalseg.phantom.mounts.mount.FibreLoop`.
    crystal_film_um, mount_film_um : float
        Thickness of the film on crystal and mount, µm; negative where the surface is bare but for a meniscus.
    meniscus_um : float
        Distance over which surfaces flow into each other, µm.
    waves : ndarray, shape (wave, 5)
        Wave vector (z, y, x; 1/µm), phase (radians) and amplitude (µm) of dents in the lens.

    Raises
    ------
    InputError
        Half extents that are not positive, or a film or meniscus that is not finite.
    """

    semi_axes_um: tuple[float, float, float] | None
    rotation: NDArray[np.float64]
    centre_um: NDArray[np.float64]
    crystal_film_um: float
    mount_film_um: float
    meniscus_um: float
    waves: NDArray[np.float64]

    def __post_init__(self) -> None:
        axes = self.semi_axes_um
        if axes is not None and not (len(axes) == 3 and np.isfinite(axes).all() and min(axes) > 0):
            raise InputError(f"A lens of liquor needs three positive half extents, not {axes} µm; give None for none.")
        if not np.isfinite([self.crystal_film_um, self.mount_film_um, self.meniscus_um]).all():
            raise InputError("The liquor's films and meniscus must be finite, in µm.")

    def distance(
        self, grid: Grid, crystal: NDArray[np.float32], mount: NDArray[np.float32] | None
    ) -> NDArray[np.float32]:
        """Signed distance (to first order) to the liquor's surface, shape (z, y, x), µm, negative inside.

        Parameters
        ----------
        grid : Grid
            Coordinates of the grid.
        crystal, mount : ndarray, shape (z, y, x)
            Signed distances to crystal and mount on the same grid, µm; the mount may be absent.
        """
        surface = crystal - np.float32(self.crystal_film_um)
        if self.semi_axes_um is not None:
            surface = soft_minimum(surface, self._lens(grid), self.meniscus_um)
        if mount is not None:
            surface = soft_minimum(surface, mount - np.float32(self.mount_film_um), 0.5 * self.meniscus_um)
        return surface

    def _lens(self, grid: Grid) -> NDArray[np.float32]:
        own = local_coordinates(grid, self.rotation, self.centre_um)
        axes = np.asarray(self.semi_axes_um, dtype=np.float32)
        scaled = np.sqrt(sum((c / a) ** 2 for c, a in zip(own, axes, strict=True)))
        slope = np.sqrt(sum((c / a**2) ** 2 for c, a in zip(own, axes, strict=True)))
        # First-order distance to an ellipsoid: value over gradient; bounded near the centre, where the gradient ends.
        lens = scaled * (scaled - 1) / np.maximum(slope, np.float32(1e-3) / axes.min())
        z, y, x = grid
        for kz, ky, kx, phase, amplitude in self.waves.astype(np.float32):
            angle = (kz * z)[:, None, None] + (ky * y)[None, :, None] + (kx * x)[None, None, :] + phase
            lens += amplitude * np.sin(angle)
        distance: NDArray[np.float32] = lens.astype(np.float32, copy=False)
        return distance


def soft_minimum(a: NDArray[np.float32], b: NDArray[np.float32], fillet: float) -> NDArray[np.float32]:
    """Union of two signed distances with a fillet where both are within ``fillet`` (quadratic smooth minimum)."""
    if fillet <= 0:
        return np.minimum(a, b)
    k = np.float32(fillet)
    blend = np.maximum(k - np.abs(a - b), 0) / k
    blended: NDArray[np.float32] = np.minimum(a, b) - blend * blend * k / 4
    return blended
