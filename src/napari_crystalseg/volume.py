"""Volume: reconstructed voxel values of a sample."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .checks import checked_finite, checked_shape, checked_voxel_size, read_only, required_voxel_size
from .errors import InputError
from .provenance import Provenance


class Quantity(StrEnum):
    """What the voxel values of a volume mean."""

    LINEAR_ATTENUATION = "linear attenuation coefficient, 1/um"
    ARBITRARY = "arbitrary"


@dataclass(frozen=True, eq=False)
class Volume:
    """Voxel values of a reconstructed tomogram.

    Parameters
    ----------
    data : ndarray of float32, shape (z, y, x)
        Voxel values. Axis 0 is the rotation axis; at angle zero the beam runs from high to low axis 1. Other real
        dtypes are converted.
    voxel_size_um : float or (float, float, float), or None
        Voxel size along (z, y, x), µm; None where it is not known.
    quantity : Quantity
        What the voxel values mean.
    provenance : Provenance
        How the volume was made.

    Raises
    ------
    InputError
        Not three axes, empty, not real numbers, NaN or infinite, or a voxel size that is not positive.
    """

    data: NDArray[np.float32]
    voxel_size_um: tuple[float, float, float] | None
    quantity: Quantity = Quantity.ARBITRARY
    provenance: Provenance = field(default_factory=Provenance)

    def __post_init__(self) -> None:
        data = np.asarray(self.data)
        checked_shape(data, "The volume", ("z", "y", "x"))
        if not (np.issubdtype(data.dtype, np.floating) or np.issubdtype(data.dtype, np.integer)):
            raise InputError(f"The volume must hold real numbers, not {data.dtype}.")
        with np.errstate(over="ignore"):
            data = data.astype(np.float32, copy=False)
        checked_finite(data, "The volume")
        object.__setattr__(self, "data", read_only(data))
        if self.voxel_size_um is not None:
            object.__setattr__(self, "voxel_size_um", checked_voxel_size(self.voxel_size_um))
        object.__setattr__(self, "quantity", Quantity(self.quantity))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of voxels along (z, y, x)."""
        return self.data.shape

    @property
    def required_voxel_size_um(self) -> tuple[float, float, float]:
        """Voxel size along (z, y, x), µm, for what cannot do without.

        Raises
        ------
        InputError
            It is not known; the text says how to give it.
        """
        return required_voxel_size(self.voxel_size_um, "The volume", self.provenance.inputs)

    def to_dict(self) -> dict[str, Any]:
        """Return shape, voxel size, quantity and provenance as JSON-ready values."""
        return {
            "shape": list(self.shape),
            "voxel_size_um": None if self.voxel_size_um is None else list(self.voxel_size_um),
            "quantity": str(self.quantity),
            "provenance": self.provenance.to_dict(),
        }
