"""Unmerged intensities: every observation of every reflection, with its error."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...checks import read_only
from ...errors import InputError
from .equivalents import Equivalents


@dataclass(frozen=True, eq=False)
class UnmergedIntensities:
    """Intensities as observed, and which of them are of one reflection.

    Parameters
    ----------
    equivalents : Equivalents
        The reflections, grouped by symmetry.
    intensity, sigma : ndarray of float64, shape (observation,)
        Intensities in any unit, and their standard errors. Rows without a finite intensity and a positive error are
        left out of everything that is computed.

    Raises
    ------
    InputError
        Columns of other lengths, or no row that can be used.
    """

    equivalents: Equivalents
    intensity: NDArray[np.float64]
    sigma: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name in ("intensity", "sigma"):
            column = np.asarray(getattr(self, name), dtype=np.float64)
            if column.shape != (len(self.equivalents),):
                raise InputError(
                    f"The column '{name}' has shape {column.shape}, but there are {len(self.equivalents)} reflections."
                )
            object.__setattr__(self, name, read_only(column))
        if not self.used.any():
            raise InputError("No reflection has an intensity with an error, so that there is nothing to merge.")

    def __len__(self) -> int:
        return len(self.intensity)

    @property
    def used(self) -> NDArray[np.bool_]:
        """Whether each row has an index, an intensity and an error; shape (observation,)."""
        with np.errstate(invalid="ignore"):
            good = np.isfinite(self.intensity) & np.isfinite(self.sigma) & (self.sigma > 0)
        return np.asarray(good & (self.equivalents.group >= 0))

    def divided_by(self, factor: ArrayLike) -> UnmergedIntensities:
        """Return the intensities divided by a factor each, with their errors; NaN where a factor is not positive."""
        values = np.asarray(factor, dtype=np.float64)
        with np.errstate(invalid="ignore"):
            values = np.where(values > 0, values, np.nan)
        return replace(self, intensity=self.intensity / values, sigma=self.sigma / values)

    def only(self, rows: NDArray[np.bool_]) -> UnmergedIntensities:
        """Return the same with NaN in all rows but some."""
        return replace(self, intensity=np.where(rows, self.intensity, np.nan))
