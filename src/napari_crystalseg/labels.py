"""Labels: which material fills each voxel."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .checks import checked_shape, checked_voxel_size, read_only, required_voxel_size
from .errors import InputError
from .provenance import Provenance


class Material(IntEnum):
    """Classes of a sample; the codes are AnACor's."""

    AIR = 0
    LIQUOR = 1
    LOOP = 2
    CRYSTAL = 3
    OTHER = 4

    @property
    def title(self) -> str:
        """Name in lower case, as used in files and on screen."""
        return self.name.lower()


def checked_codes(low: int, high: int) -> None:
    """Refuse labels whose codes, from the lowest to the highest, are not those of :class:`Material`."""
    if low < 0 or high > max(Material):
        raise InputError(
            f"Labels run from {low} to {high}; only 0 air, 1 liquor, 2 loop, 3 crystal and 4 other are known."
        )


@dataclass(frozen=True, eq=False)
class Labels:
    """Material of each voxel of a sample.

    Parameters
    ----------
    data : ndarray of uint8, shape (z, y, x)
        Codes of :class:`Material`, 0 to 4. Axis 0 is the rotation axis. Other integer dtypes are converted when
        their values fit.
    voxel_size_um : float or (float, float, float), or None
        Voxel size along (z, y, x), µm; None where it is not known.
    provenance : Provenance
        How the labels were made.

    Raises
    ------
    InputError
        Not three axes, empty, not integers, codes other than 0 to 4, or a voxel size that is not positive.
    """

    data: NDArray[np.uint8]
    voxel_size_um: tuple[float, float, float] | None
    provenance: Provenance = field(default_factory=Provenance)

    def __post_init__(self) -> None:
        data = np.asarray(self.data)
        checked_shape(data, "The label volume", ("z", "y", "x"))
        if data.dtype == bool or not np.issubdtype(data.dtype, np.integer):
            raise InputError(f"Labels must be integers (uint8), not {data.dtype}.")
        checked_codes(int(data.min()), int(data.max()))
        object.__setattr__(self, "data", read_only(data.astype(np.uint8, copy=False)))
        if self.voxel_size_um is not None:
            object.__setattr__(self, "voxel_size_um", checked_voxel_size(self.voxel_size_um))

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
        return required_voxel_size(self.voxel_size_um, "The label volume", self.provenance.inputs)

    @property
    def voxel_volume_um3(self) -> float:
        """Volume of one voxel, µm³; an error where the voxel size is not known."""
        z, y, x = self.required_voxel_size_um
        return z * y * x

    def volumes_um3(self) -> dict[Material, float]:
        """Volume of each material, µm³; an error where the voxel size is not known."""
        voxel_um3 = self.voxel_volume_um3
        return {material: count * voxel_um3 for material, count in self.voxel_counts().items()}

    def voxel_counts(self) -> dict[Material, int]:
        """Voxels of each material."""
        counts = np.bincount(self.data.reshape(-1), minlength=len(Material))
        return {material: int(counts[material]) for material in Material}

    def to_dict(self) -> dict[str, Any]:
        """Return shape, voxel size and provenance as JSON-ready values."""
        return {
            "shape": list(self.shape),
            "voxel_size_um": None if self.voxel_size_um is None else list(self.voxel_size_um),
            "provenance": self.provenance.to_dict(),
        }
