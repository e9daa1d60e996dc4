"""Frame: where the mount stands in the field, and how much room it gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, eq=False)
class Frame:
    """What a sample's parts are placed by.

    Parameters
    ----------
    rotation : ndarray, shape (3, 3)
        Columns: the stem, the mount's normal, and across, as in :class:`~.mount.FibreLoop`.
    centre_um : ndarray, shape (3,)
        Middle of the mount (z, y, x), µm.
    opening_um : (float, float)
        Half extents of the mount's opening along the stem and across, µm.
    depth_um : float
        Half thickness of the liquor in the mount, µm.
    field_um : float
        Edge of the field of view, µm.
    """

    rotation: NDArray[np.float64]
    centre_um: NDArray[np.float64]
    opening_um: tuple[float, float]
    depth_um: float
    field_um: float

    def place(self, own: ArrayLike) -> NDArray[np.float64]:
        """Place (z, y, x) in the field of a point given along the stem, along the normal and across, µm."""
        placed: NDArray[np.float64] = self.centre_um + self.rotation @ np.asarray(own)
        return placed
