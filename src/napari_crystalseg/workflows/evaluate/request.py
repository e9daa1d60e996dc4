"""How cases are to be evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from .case_coefficients import recorded_coefficients
from .case_table import CaseRow
from .cases import EvaluatedCase

if TYPE_CHECKING:
    from ...absorption import Coefficients
    from ...segmentation import ModelFolder

DIRECTIONS = 200
"""Over the sphere: the mean of |ΔA| / A over them is within a few hundredths of itself."""


def names_of(case: EvaluatedCase) -> tuple[str, ...]:
    """Names by which a table may call a case, the closest first: that of a sample stands for all its volumes."""
    sample = case.name.partition("~")[0]
    return f"{case.group}/{case.name}", case.name, f"{case.group}/{sample}", sample


@dataclass(frozen=True)
class EvaluationRequest:
    """What holds for every case.

    Parameters
    ----------
    model : ModelFolder or None
        Network that segments the volumes of cases without predicted labels; None for the bundled one.
    coefficients : Coefficients or None
        Those of cases whose record states none, 1/µm.
    typical_kev : float or None
        Photon energy, keV: cases with neither have the coefficients of typical materials at it.
    directions : int
        Number of directions over the sphere that A is computed in; 0 leaves absorption out.
    tolerance : float
        Largest relative standard error of A.
    seed : int
        Of the sampling of crystal voxels.
    voxel_size_um : float or None
        Voxel size in place of what the files say, µm.
    table : mapping of str to CaseRow
        What is known of cases by their names, or by group and name: before what holds for all.

    Raises
    ------
    InputError
        A negative number of directions, a tolerance outside 0 to 1, or an energy that the tables do not have.
    """

    model: ModelFolder | None = None
    coefficients: Coefficients | None = None
    typical_kev: float | None = None
    directions: int = DIRECTIONS
    tolerance: float = 1e-3
    seed: int = 0
    voxel_size_um: float | None = None
    table: Mapping[str, CaseRow] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.directions < 0:
            raise InputError(f"The number of directions is 0, for none, or more, not {self.directions}.")
        if not 0 <= self.tolerance < 1:
            raise InputError(f"The tolerance is a relative standard error between 0 and 1, not {self.tolerance}.")
        self._typical()

    def coefficients_of(self, case: EvaluatedCase) -> tuple[Coefficients | None, str]:
        """Return the coefficients of a case, and where they come from.

        Parameters
        ----------
        case : EvaluatedCase
            The case.

        Returns
        -------
        (Coefficients or None, str)
            Of the case's own record, else of the table, else those given, else those of typical materials; None where
            there are none.
        """
        recorded = None if case.manifest is None else recorded_coefficients(case.manifest)
        if recorded is not None:
            return recorded, "the case's own record"
        of_table = self.row_of(case).coefficients
        if of_table is not None:
            return of_table, "the table of cases"
        if self.coefficients is not None:
            return self.coefficients, "given"
        typical = self._typical()
        if typical is not None:
            return typical, f"typical materials at {self.typical_kev:g} keV, not of this sample"
        return None, "none"

    def row_of(self, case: EvaluatedCase) -> CaseRow:
        """Return what the table says of a case, by any of its names."""
        return next((self.table[name] for name in names_of(case) if name in self.table), CaseRow())

    def voxel_size_of(self, case: EvaluatedCase) -> float | tuple[float, float, float] | None:
        """Return the voxel size to take in place of what a case's files say, µm; None where none is given."""
        return self.row_of(case).voxel_size_um or self.voxel_size_um

    def _typical(self) -> Coefficients | None:
        if self.typical_kev is None:
            return None
        from ..coefficients import tabulated

        return tabulated(self.typical_kev)

    def to_dict(self) -> dict[str, Any]:
        """Return all but the model and the table, as JSON-ready values."""
        given = None if self.coefficients is None else self.coefficients.record()
        return {
            "coefficients": given,
            "typical_kev": self.typical_kev,
            "directions": self.directions,
            "tolerance": self.tolerance,
            "seed": self.seed,
            "voxel_size_um": self.voxel_size_um,
        }
