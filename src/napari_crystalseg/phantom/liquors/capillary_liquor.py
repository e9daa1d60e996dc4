"""Mother liquor at rest: a capillary surface between crystal and mount."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..mounts.mount import Grid, local_coordinates

if TYPE_CHECKING:
    from .capillary import CapillarySurface


@dataclass(frozen=True, eq=False)
class CapillaryLiquor:
    """Drop whose surface has the same mean curvature everywhere and meets the solids at their contact angles.

    It stands in a :class:`napari_crystalseg.phantom.Sample` where a :class:`~.liquor.Liquor`
    does. See :func:`napari_crystalseg.phantom.liquors.capillary.capillary_surface`.

    Parameters
    ----------
    volume_um3 : float
        Volume of the liquor with its films, and with the bubbles that lie in it, µm³.
    crystal_angle_deg, mount_angle_deg : float
        Contact angles on crystal and mount, 0 to 180 degrees.
    semi_axes_um : (float, float, float)
        Proportions of the drop as it was put into the mount, along the stem, the mount's normal, and across. It
        starts from such an ellipsoid, grown until it holds the volume, and comes to rest from there.
    rotation, centre_um
        Pose of that ellipsoid, as in :class:`napari_crystalseg.phantom.mounts.mount.FibreLoop`.
    crystal_film_um, mount_film_um : float
        Thickness of the films that cover crystal and mount, µm; 0 for none. The liquor then meets the films.
    longest_axis : int
        Voxels along the longest axis of the grid on which the surface is found, at most, unless too few were left
        along a short one; a finer grid is interpolated from it.

    Raises
    ------
    InputError
        A volume, half axis or film that is out of range; contact angles outside 0 to 180 degrees.
    """

    volume_um3: float
    crystal_angle_deg: float
    mount_angle_deg: float
    semi_axes_um: tuple[float, float, float]
    rotation: NDArray[np.float64]
    centre_um: NDArray[np.float64]
    crystal_film_um: float = 0.0
    mount_film_um: float = 0.0
    longest_axis: int = 136

    def __post_init__(self) -> None:
        if not (np.isfinite(self.volume_um3) and self.volume_um3 > 0):
            raise InputError(f"The liquor's volume must be positive, not {self.volume_um3} µm³.")
        if not all(np.isfinite(axis) and axis > 0 for axis in self.semi_axes_um):
            raise InputError("The half axes of the drop must be positive.")
        if not (0 <= self.crystal_film_um < np.inf and 0 <= self.mount_film_um < np.inf):
            raise InputError("A film cannot be thinner than nothing, nor infinite; give 0 for none.")
        for angle in (self.crystal_angle_deg, self.mount_angle_deg):
            if not 0 <= angle <= 180:
                raise InputError(f"A contact angle lies between 0 and 180 degrees, not {angle}.")
        if self.longest_axis < 16:
            raise InputError(f"The surface needs a grid of at least 16 voxels, not {self.longest_axis}.")

    def distance(
        self, grid: Grid, crystal: NDArray[np.float32], mount: NDArray[np.float32] | None
    ) -> NDArray[np.float32]:
        """Signed distance to the liquor's surface; see :meth:`at_rest`, which also tells whether it came to rest."""
        return self.at_rest(grid, crystal, mount).distance_um

    def at_rest(self, grid: Grid, crystal: NDArray[np.float32], mount: NDArray[np.float32] | None) -> CapillarySurface:
        """Let the liquor come to rest.

        Parameters
        ----------
        grid : Grid
            Coordinates of the grid, evenly spaced and alike along each axis.
        crystal, mount : ndarray, shape (z, y, x)
            Signed distances to crystal and mount on the same grid, µm; the mount may be absent.

        Returns
        -------
        CapillarySurface
            Distance to the liquor's surface on the grid, films included, shape (z, y, x); the rest is that of the
            drop without its films, on the grid that it was found on.

        Raises
        ------
        InputError
            The volume does not fit into the field, is less than the films take, or is too small for the grid; or the
            field is too thin.
        """
        from .capillary import FEWEST, Wall, capillary_surface
        from .capillary_kernel import to_finest

        stride = 1
        if min(crystal.shape) < FEWEST:
            raise InputError(
                f"A liquor at rest needs {FEWEST} nodes along each axis, not "
                f"{min(crystal.shape)}: take a thicker field or smaller voxels."
            )
        while max(crystal.shape) / stride > self.longest_axis and min(crystal.shape) > 2 * stride * (FEWEST - 1):
            stride *= 2
        cut = (slice(None, None, stride),) * 3
        coarse: Grid = tuple(axis[::stride] for axis in grid)  # type: ignore[assignment]
        size = float(coarse[0][1] - coarse[0][0])
        films = np.float32(1e6) + np.zeros_like(crystal[cut])
        bare = films.copy()
        walls = []
        for solid, film, angle in (
            (crystal, self.crystal_film_um, self.crystal_angle_deg),
            (mount, self.mount_film_um, self.mount_angle_deg),
        ):
            if solid is None:
                continue
            walls.append(Wall(solid[cut] - np.float32(film), angle))
            np.minimum(bare, solid[cut], out=bare)
            np.minimum(films, solid[cut] - np.float32(film), out=films)
        in_films = float((np.clip(0.5 - films / size, 0, 1) - np.clip(0.5 - bare / size, 0, 1)).sum()) * size**3
        if self.volume_um3 <= in_films:
            raise InputError(
                f"The films alone take {in_films:g} µm³, all the liquor has {self.volume_um3:g}: make them thinner."
            )
        own = local_coordinates(coarse, self.rotation, self.centre_um)
        along, normal, across = (c / np.float32(a) for c, a in zip(own, self.semi_axes_um, strict=True))
        start = (along**2 + normal**2 + across**2).astype(np.float32)
        found = capillary_surface(walls, self.volume_um3 - in_films, size, start)
        surface = found.distance_um
        if in_films:
            surface = np.minimum(surface, films)
        return replace(found, distance_um=to_finest(surface, crystal.shape, stride))
