"""DropImage: a micrograph of a crystallisation drop, and what its file says of the scale."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...provenance import Provenance


@dataclass(frozen=True, eq=False)
class DropImage:
    """One micrograph as it is looked at.

    Parameters
    ----------
    values : ndarray of uint8, shape (row, column, 3)
        Red, green and blue; a grey image has three times the same.
    pixel_size_um : float or None
        Side of a pixel at the drop, µm; None where the file does not say.
    path : Path or None
        Its file; None of an image that was never in one.
    provenance : Provenance
        File and hash; its step ``open`` says what was assumed.

    Raises
    ------
    InputError
        Another shape or dtype, no pixels, or a size of a pixel that is not positive.
    """

    values: NDArray[np.uint8]
    pixel_size_um: float | None = None
    path: Path | None = None
    provenance: Provenance = field(default_factory=Provenance)

    def __post_init__(self) -> None:
        values = self.values
        if values.dtype != np.uint8 or values.ndim != 3 or values.shape[2] != 3 or 0 in values.shape:
            raise InputError(
                "A micrograph is an array (row, column, 3) of uint8 with at least one pixel, "
                f"not {values.dtype} of the shape {values.shape}."
            )
        if self.pixel_size_um is not None and not (np.isfinite(self.pixel_size_um) and self.pixel_size_um > 0):
            raise InputError(f"The side of a pixel must be a positive length in µm, not {self.pixel_size_um}.")

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.values.shape[0], self.values.shape[1]
