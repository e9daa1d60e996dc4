"""Edges: mean voxel value against depth below the surface, which shows overshoot and blur."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .same_shape import check_same_shape


@dataclass(frozen=True, eq=False)
class EdgeProfile:
    """Mean voxel value against depth below the air surface.

    Parameters
    ----------
    depth_px : ndarray of int, shape (depth,)
        0 is the outermost layer of pixels of the sample, -1 the innermost of the air.
    value : ndarray of float64, shape (depth,)
        Mean voxel value of each layer; NaN where none is counted.
    air, plateau : float
        Mean voxel value well outside, and well inside.
    """

    depth_px: NDArray[np.intp]
    value: NDArray[np.float64]
    air: float
    plateau: float

    @property
    def step(self) -> float:
        """Plateau over air."""
        return self.plateau - self.air

    @property
    def relative(self) -> NDArray[np.float64]:
        """Profile with air at 0 and the plateau at 1, shape (depth,)."""
        return (self.value - self.air) / self.step

    @property
    def overshoot(self) -> float:
        """Brightest layer over the plateau, in parts of the step."""
        return float(np.nanmax(self.relative[self.depth_px >= 0])) - 1

    @property
    def undershoot(self) -> float:
        """Darkest layer of the air below air, in parts of the step."""
        return -float(np.nanmin(self.relative[self.depth_px < 0]))


def edge_profile(
    voxel_values: NDArray[np.floating],
    sample: NDArray[np.bool_],
    counted: NDArray[np.bool_] | None = None,
    plateau_px: tuple[int, int] = (6, 12),
) -> EdgeProfile:
    """Mean voxel value against depth below the surface of a sample in air.

    Parameters
    ----------
    voxel_values : ndarray, shape (row, column) or (z, y, x)
        Reconstructed voxel values.
    sample : ndarray of bool, same shape
        What is not air.
    counted : ndarray of bool, same shape, optional
        Pixels to count, as those of one class and of the air before it; all by default.
    plateau_px : (int, int)
        Depths, first and beyond the last, of which the mean is the plateau, and outside the air.

    Returns
    -------
    EdgeProfile
        From ``-plateau_px[1]`` to ``plateau_px[1] - 1``.

    Raises
    ------
    InputError
        Arrays of other shapes, depths in the wrong order, or no counted pixel as deep as the plateau.
    """
    from scipy.ndimage import distance_transform_edt

    check_same_shape(voxel_values, sample, "mask of the sample")
    first, beyond = plateau_px
    if not 0 < first < beyond:
        raise InputError(f"The plateau lies between two depths from 1 pixel on, the lower first, not {plateau_px}.")
    sample = np.asarray(sample, dtype=bool)
    if not sample.any() or sample.all():
        raise InputError("An edge needs both sample and air.")
    # A pixel that touches the surface is 1 from the nearest of the other kind.
    inside, outside = (np.floor(distance_transform_edt(mask)).astype(np.intp) for mask in (sample, ~sample))
    depth = np.where(sample, inside - 1, -outside)
    chosen = (depth >= -beyond) & (depth < beyond)
    if counted is not None:
        check_same_shape(voxel_values, counted, "mask of what is counted")
        chosen &= counted
    layer = depth[chosen] + beyond
    counts = np.bincount(layer, minlength=2 * beyond)
    sums = np.bincount(layer, weights=voxel_values[chosen].astype(np.float64), minlength=2 * beyond)
    layers = np.arange(-beyond, beyond)
    deep, far = layers >= first, layers < -first
    for part, what in ((deep, "sample"), (far, "air")):
        if not counts[part].any():
            raise InputError(f"No {what} that is counted is {first} pixels from the surface; choose a lesser depth.")
    return EdgeProfile(
        layers,
        np.where(counts > 0, sums / np.maximum(counts, 1), np.nan),
        air=float(sums[far].sum() / counts[far].sum()),
        plateau=float(sums[deep].sum() / counts[deep].sum()),
    )
