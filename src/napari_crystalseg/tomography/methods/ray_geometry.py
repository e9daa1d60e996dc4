"""How the rays of a parallel-beam scan lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...checks import checked_finite, checked_shape
from ...errors import InputError
from .extrapolation import EXTRAPOLATIONS
from .filtering import FILTERS


@dataclass(frozen=True, eq=False)
class Geometry:
    """Geometry of a scan and the filter, all that a method needs before it sees a slice.

    A point (y, x) from the rotation axis is seen at column ``centre_px + x cos(angle) - y sin(angle)``; the axis is at
    voxel (W - 1) / 2 of axes 1 and 2 of a slice of W × W voxels.

    Parameters
    ----------
    angles_deg : ndarray of float64, shape (angle,)
        Rotation angles; any order, uneven steps, half or full turns.
    columns : int
        Columns of the detector, W.
    centre_px : float
        Column of the rotation axis; 0 is the middle of the first pixel.
    pixel_size_um : float or None
        Pixel size, µm; None where it is not known.
    filter_name : {"ram-lak", "shepp-logan", "cosine", "hann"}
        Window on the ramp.
    extrapolation : {"circle", "hold"}
        How projections go on where the sample is wider than the field: as those of a cylinder, or with the edge value.

    Raises
    ------
    InputError
        Angles that are not finite, a centre outside the detector, a pixel size that is not positive, or an unknown
        filter or extrapolation.
    """

    angles_deg: NDArray[np.float64]
    columns: int
    centre_px: float
    pixel_size_um: float | None = None
    filter_name: str = "ram-lak"
    extrapolation: str = "circle"

    def __post_init__(self) -> None:
        angles = np.asarray(self.angles_deg, dtype=np.float64)
        checked_shape(angles, "The list of angles", ("angle",))
        checked_finite(angles, "The list of angles")
        object.__setattr__(self, "angles_deg", angles)
        if not 0 <= self.centre_px <= self.columns - 1:
            raise InputError(
                f"The rotation centre {self.centre_px} is outside the detector (columns 0 to {self.columns - 1}); "
                "give it in pixels."
            )
        if self.pixel_size_um is not None and not (np.isfinite(self.pixel_size_um) and self.pixel_size_um > 0):
            raise InputError(f"The pixel size must be positive and finite in µm, not {self.pixel_size_um}.")
        if self.filter_name not in FILTERS:
            raise InputError(f"There is no filter {self.filter_name!r}; choose one of {', '.join(FILTERS)}.")
        if self.extrapolation not in EXTRAPOLATIONS:
            raise InputError(f"Projections go on as one of {', '.join(EXTRAPOLATIONS)}, not {self.extrapolation!r}.")

    @property
    def angles(self) -> int:
        """Number of projections."""
        return len(self.angles_deg)

    @property
    def pixel_length(self) -> float:
        """Length of a pixel that attenuation is counted by: in µm, or 1 pixel where its size is not known."""
        return 1.0 if self.pixel_size_um is None else self.pixel_size_um

    @property
    def extrapolated_about_px(self) -> float | None:
        """Column of the cylinder's axis, None where edge values are held."""
        return self.centre_px if self.extrapolation == "circle" else None

    def checked(self, line_integrals: NDArray[Any]) -> NDArray[Any]:
        """Return line integrals (angle, row, column) that suit this geometry, or say why they do not.

        Raises
        ------
        InputError
            Not three axes, a value that is not finite, or another number of angles or columns.
        """
        line_integrals = np.asarray(line_integrals)
        checked_shape(line_integrals, "The line integrals", ("angle", "row", "column"))
        checked_finite(line_integrals, "The array of line integrals")
        if len(line_integrals) != self.angles:
            raise InputError(f"There are {len(line_integrals)} projections but {self.angles} angles.")
        if line_integrals.shape[2] != self.columns:
            raise InputError(f"The projections have {line_integrals.shape[2]} columns, not {self.columns}.")
        return line_integrals
