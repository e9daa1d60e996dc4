"""Factors: how much of each reflection the sample absorbs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .checks import checked_finite, read_only
from .errors import InputError
from .labels import Material
from .provenance import Provenance

ABSORBING = (Material.LIQUOR, Material.LOOP, Material.CRYSTAL, Material.OTHER)


@dataclass(frozen=True, eq=False)
class Factors:
    """Absorption factors of reflections, in the row order of the reflection table.

    Parameters
    ----------
    absorption : ndarray of float64, shape (reflection,)
        A_h = mean over the crystal of exp(-sum of mu_m L_m), 0 to 1 (Lu et al. 2024, J. Appl. Cryst. 57, 649).
        NaN where the reflection has no usable direction.
    standard_error : ndarray of float64, shape (reflection,)
        Standard error of ``absorption`` from sampling the crystal voxels; 0 where all were traced.
    path_length_um : mapping of Material to ndarray of float64, shape (reflection,)
        Incident plus diffracted path through each absorbing material, averaged over the sampled crystal voxels, µm.
    miller_index : ndarray of int, shape (reflection, 3), or None
        Miller indices, where there is a reflection table.
    provenance : Provenance
        How the factors were made, with the coefficients used.

    Raises
    ------
    InputError
        Columns of different length, or an absorption factor outside 0 to 1.
    """

    absorption: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    path_length_um: Mapping[Material, NDArray[np.float64]]
    miller_index: NDArray[np.int64] | None = None
    provenance: Provenance = field(default_factory=Provenance)

    def __post_init__(self) -> None:
        absorption = np.asarray(self.absorption, dtype=np.float64)
        if absorption.ndim != 1:
            raise InputError("Absorption factors are one value a reflection.")
        n = len(absorption)
        used = absorption[~np.isnan(absorption)]
        if used.size and (used.min() < 0 or used.max() > 1 + 1e-9):
            raise InputError(
                f"Absorption factors must lie between 0 and 1, not {used.min():.4g} to {used.max():.4g}; "
                "check the linear attenuation coefficients."
            )
        error = np.asarray(self.standard_error, dtype=np.float64)
        paths = {m: np.asarray(self.path_length_um[m], dtype=np.float64) for m in ABSORBING}
        for name, column in {"standard error": error, **{m.title: p for m, p in paths.items()}}.items():
            if column.shape != (n,):
                raise InputError(f"The column '{name}' has shape {column.shape}, expected ({n},).")
        object.__setattr__(self, "absorption", read_only(absorption))
        object.__setattr__(self, "standard_error", read_only(error))
        object.__setattr__(self, "path_length_um", {m: read_only(p) for m, p in paths.items()})
        if self.miller_index is not None:
            index = np.asarray(self.miller_index)
            if index.shape != (n, 3):
                raise InputError(f"Miller indices have shape {index.shape}, expected ({n}, 3).")
            checked_finite(index, "The Miller indices")
            object.__setattr__(self, "miller_index", read_only(index.astype(np.int64)))

    def __len__(self) -> int:
        return len(self.absorption)

    def to_dict(self) -> dict[str, Any]:
        """Return the columns as JSON-ready values: ``A``, ``standard_error``, ``path_length_um``, ``miller_index``.

        NaN becomes None, because JSON has no NaN.
        """

        def column(values: NDArray[np.float64]) -> list[float | None]:
            return [None if np.isnan(v) else float(v) for v in values]

        return {
            "A": column(self.absorption),
            "standard_error": column(self.standard_error),
            "path_length_um": {m.title: column(p) for m, p in self.path_length_um.items()},
            "miller_index": None if self.miller_index is None else self.miller_index.tolist(),
            "provenance": self.provenance.to_dict(),
        }
