"""One planar face of a crystal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....checks import checked_number, read_only
from ....errors import InputError


@dataclass(frozen=True, eq=False)
class Facet:
    """Planar face ``normal . r = offset``.

    Parameters
    ----------
    normal : ndarray, shape (3,)
        Outward unit normal, axes (z, y, x).
    offset_um : float
        Distance along the normal from the origin, the centre of the first voxel, µm.
    area_um2 : float
        Area of the surface that supports it, µm².
    residual_um : float
        Root mean square distance of that surface from the plane, µm.
    support_share : float
        Share of the crystal's surface that supports it, 0 to 1; 0 for a face that is not seen: of a known habit, or one
        that closes the crystal where its surface is not flat.
    name : str
        Miller indices of its form, as ``{110}``, of a known habit; else empty.

    Raises
    ------
    InputError
        A normal without unit length, or an offset that is not finite.
    """

    normal: NDArray[np.float64]
    offset_um: float
    area_um2: float = 0.0
    residual_um: float = 0.0
    support_share: float = 0.0
    name: str = ""

    def __post_init__(self) -> None:
        normal = np.asarray(self.normal, dtype=float)
        if normal.shape != (3,) or not abs(np.linalg.norm(normal) - 1) < 1e-6:
            raise InputError("The normal of a facet needs three components (z, y, x) and unit length.")
        object.__setattr__(self, "normal", read_only(normal))
        offset = checked_number(self.offset_um, "The offset of a facet in µm", -1e12, 1e12)
        object.__setattr__(self, "offset_um", offset)
