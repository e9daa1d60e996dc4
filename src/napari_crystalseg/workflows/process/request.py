"""What was asked of a run, judged before the long work."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import InputError
from ...wavelength import KEV_ANGSTROM, same_energy
from ..absorb import AbsorbOutputs, scaling_table_name
from .stages import MANIFEST

if TYPE_CHECKING:
    from ...absorption import Coefficients, Directions


def outputs(folder: Path, directions: Directions) -> list[Path]:
    """Every file that may be written, but for those of AnACor's folder."""
    from ..export import MASKS

    found = [folder / name for name in (MANIFEST, "volume.tif", "labels.tif", "uncertainty.tif", "report.html")]
    return [*found, *(folder / "masks" / name for name in MASKS), *absorb_outputs(folder, directions).files()]


def absorb_outputs(folder: Path, directions: Directions) -> AbsorbOutputs:
    """Files of the stage Absorb; no table for scaling without reflections, or with one experiment of several."""
    of_all = directions.files is not None and "experiment_number" not in directions.settings
    return AbsorbOutputs(
        json=folder / "factors.json",
        csv=folder / "factors.csv",
        histogram=folder / "histogram.png",
        scaling_table=folder / scaling_table_name(directions.files[1]) if directions.files and of_all else None,
    )


def energies_of(given_kev: float | None, directions: Directions) -> tuple[float, ...]:
    """Energies of the diffraction experiment, as the user or its files say; refused where the two differ."""
    measured = directions.energies_kev
    if given_kev is None:
        return measured
    if measured and not same_energy(given_kev, measured[0]):
        raise InputError(
            f"The energy given is {given_kev:.4g} keV, but the experiment was made at {measured[0]:.4g} keV "
            f"({KEV_ANGSTROM / measured[0]:.4g} Å): leave it out, or give the right file."
        )
    return (given_kev,)


def check_other(other_per_um: float | None, coefficients: Coefficients | None) -> None:
    """Refuse a coefficient of class 4 that is none, or is given twice."""
    from ...absorption import Coefficients

    if other_per_um is None:
        return
    if coefficients is not None:
        raise InputError("The coefficient of class 4 is part of the coefficients that are given: give it there alone.")
    Coefficients(0.0, 0.0, 0.0, other_per_um)


def judge(energies_kev: tuple[float, ...], directions: Directions, one_wavelength: bool) -> None:
    """Refuse, before the long work, an energy that has no coefficients and directions that cannot be used."""
    from ...absorption import check_rows_for_scaling
    from ..coefficients import tabulated

    if one_wavelength:
        directions.check_one_wavelength()
    for energy in energies_kev:
        tabulated(energy)
    if directions.files is not None and "experiment_number" not in directions.settings:
        check_rows_for_scaling(directions)
