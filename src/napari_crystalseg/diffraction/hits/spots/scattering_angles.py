"""Scattering angle and Bragg spacing of points on a flat panel."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ....experiment import Panel


def two_theta_rad(panel: Panel, source_direction: ArrayLike, position_px: ArrayLike) -> NDArray[np.float64]:
    """Return the angle between the beam and the ray from the sample to points on a panel.

    Parameters
    ----------
    panel : Panel
        The panel.
    source_direction : array_like, shape (3,)
        Unit vector from the sample to the source; the beam travels the other way.
    position_px : array_like, shape (n, 2)
        Points, pixels along (fast, slow).

    Returns
    -------
    ndarray of float64, shape (n,)
        Angles, radians.
    """
    rays = panel.laboratory_mm(panel.to_mm(position_px))
    beam = -np.asarray(source_direction, dtype=float)
    along = rays @ beam
    angles: NDArray[np.float64] = np.arctan2(np.linalg.norm(rays - along[:, np.newaxis] * beam, axis=1), along)
    return angles


def pixel_two_theta_rad(panel: Panel, source_direction: ArrayLike, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Return the scattering angle at the centre of each pixel, radians, shape (slow, fast), parallax left out.

    Written out by components: an array of three for each pixel of a large detector would be a quarter of a gigabyte.
    """
    beam = -np.asarray(source_direction, dtype=float)
    fast, slow = ((np.arange(shape[axis]) + 0.5) * panel.pixel_size_mm[1 - axis] for axis in (1, 0))
    rays = [
        panel.origin_mm[axis] + slow[:, np.newaxis] * panel.slow[axis] + fast[np.newaxis, :] * panel.fast[axis]
        for axis in range(3)
    ]
    along = rays[0] * beam[0] + rays[1] * beam[1] + rays[2] * beam[2]
    across = rays[0] ** 2 + rays[1] ** 2 + rays[2] ** 2 - along**2
    angles: NDArray[np.float64] = np.arctan2(np.sqrt(np.maximum(across, 0)), along)
    return angles


def spacing_a(two_theta: ArrayLike, wavelength_a: float) -> NDArray[np.float64]:
    """Return Bragg's spacing lambda / (2 sin theta), Å; infinite in the beam itself."""
    with np.errstate(divide="ignore"):
        return wavelength_a / (2 * np.sin(np.asarray(two_theta, dtype=float) / 2))
