"""StructureFactors: how strongly each reflection of a crystal scatters, by its symmetry."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...checks import read_only
from ...errors import InputError
from ...provenance import Provenance
from ..lattice import Lattice


@dataclass(frozen=True, eq=False)
class StructureFactors:
    """Intensities |F|² of the unique reflections of a crystal, on the scale of electrons squared a unit cell.

    Parameters
    ----------
    lattice : Lattice
        Cell and space group.
    miller_index : ndarray of int64, shape (n, 3)
        Unique reflections.
    intensity_plus, intensity_minus : ndarray of float64, shape (n,)
        |F(h)|² of the index as it stands, and |F(-h)|² of its Friedel mate: alike without anomalous scattering and
        for centric reflections.
    provenance : Provenance
        The model, or the parameters of the statistics.

    Raises
    ------
    InputError
        Columns of different length, intensities that are negative or not finite, or reflections given twice.
    """

    lattice: Lattice
    miller_index: NDArray[np.int64]
    intensity_plus: NDArray[np.float64]
    intensity_minus: NDArray[np.float64]
    provenance: Provenance = field(default_factory=Provenance)
    _order: NDArray[np.int64] = field(init=False, repr=False)
    _sorted: NDArray[np.int64] = field(init=False, repr=False)
    _stands_plus: NDArray[np.bool_] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        index = np.asarray(self.miller_index, dtype=np.int64).reshape(-1, 3)
        if not len(index):
            raise InputError("There are no structure factors; ask for a smaller d_min.")
        object.__setattr__(self, "miller_index", read_only(index))
        for name in ("intensity_plus", "intensity_minus"):
            column = np.asarray(getattr(self, name), dtype=np.float64)
            if column.shape != (len(index),) or not np.isfinite(column).all() or (column < 0).any():
                raise InputError("Structure factors need an intensity of zero or more for each reflection.")
            object.__setattr__(self, name, read_only(column))
        unique, plus = self.lattice.asymmetric_unit(index)
        codes = _code(unique)
        order = np.argsort(codes, kind="stable")
        if (np.diff(codes[order]) == 0).any():
            raise InputError("Structure factors are given twice for reflections that symmetry makes equal.")
        object.__setattr__(self, "_order", order)
        object.__setattr__(self, "_sorted", codes[order])
        object.__setattr__(self, "_stands_plus", plus)

    def __len__(self) -> int:
        return len(self.miller_index)

    @property
    def centric(self) -> NDArray[np.bool_]:
        """Which reflections symmetry makes the same as their Friedel mates."""
        flags = self.lattice.gemmi_group.operations().centric_flag_array(self.miller_index.astype(np.int32))
        return np.asarray(flags, dtype=bool)

    @property
    def epsilon(self) -> NDArray[np.float64]:
        """By how much symmetry makes each reflection stronger on average than a general one, lattice centring too."""
        factors = self.lattice.gemmi_group.operations().epsilon_factor_array(self.miller_index.astype(np.int32))
        return np.asarray(factors, dtype=float)

    @property
    def d_spacing(self) -> NDArray[np.float64]:
        """Spacing of each reflection, Å."""
        return self.lattice.d_spacing(self.miller_index)

    def intensity_of(self, miller_index: ArrayLike) -> NDArray[np.float64]:
        """Return |F|² of any reflections, by symmetry.

        Parameters
        ----------
        miller_index : array_like of int, shape (n, 3)
            Miller indices, Friedel mates as such.

        Returns
        -------
        ndarray of float64, shape (n,)
            NaN for a reflection of which there is none here, such as one beyond the resolution or absent by symmetry.
        """
        unique, plus = self.lattice.asymmetric_unit(miller_index)
        codes = _code(unique)
        place = np.minimum(np.searchsorted(self._sorted, codes), len(self) - 1)
        row = self._order[place]
        found = self._sorted[place] == codes
        # A mate of the index as it stands here, if both are reached in the same way from the one that stands for both.
        same = plus == self._stands_plus[row]
        return np.where(found, np.where(same, self.intensity_plus[row], self.intensity_minus[row]), np.nan)

    def anomalous_ratio(self) -> float:
        """Return the mean |F(h)| - |F(-h)| without sign, over the mean |F|, of acentric reflections."""
        acentric = ~self.centric
        plus, minus = np.sqrt(self.intensity_plus[acentric]), np.sqrt(self.intensity_minus[acentric])
        total = (plus + minus).sum() / 2
        return float(np.abs(plus - minus).sum() / total) if total > 0 else 0.0


def _code(index: NDArray[np.int64]) -> NDArray[np.int64]:
    h, k, l = (index + 1024).T  # noqa: E741
    code: NDArray[np.int64] = (h * 2048 + k) * 2048 + l
    return code
