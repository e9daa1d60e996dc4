"""What is asked of a run, judged before the long work."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...checks import checked_voxel_size
from ...errors import InputError
from ...io import check_folder_of_results, check_outputs
from ...wavelength import KEV_ANGSTROM, checked_energy_kev, same_energy
from ..absorb import AbsorbOutputs, scaling_table_name
from ..coefficient_energy import coefficients_at_energy
from .stages import MANIFEST

if TYPE_CHECKING:
    from ...absorption import Coefficients, Directions
    from ...segmentation import ModelFolder
    from ...tomography import Recipe


@dataclass(frozen=True, eq=False)
class Request:
    """What is asked of a run, as :func:`~.process.process` takes it.

    Parameters
    ----------
    path : Path
        Raw scan or reconstructed volume.
    directions : Directions
        Those of the reflections of an experiment, or over the sphere.
    recipe : Recipe
        How a scan is to be reconstructed.
    model : Path or None
        Folder of the model that segments; None for the bundled one.
    voxel_size_um, axes, dataset
        What the file does not say of itself, or says wrongly.
    coefficients : Coefficients or None
        Those given.
    other_per_um : float or None
        Coefficient of class 4, where the others are not given.
    convert : bool
        Bring coefficients that are given to the energy of the experiment.
    energies_kev : tuple of float
        Photon energies of the experiment, or that which was given, keV.
    told : tuple of str
        What the user must know of the conversion of coefficients.
    network : ModelFolder or None
        The model of that folder.
    """

    path: Path
    directions: Directions
    recipe: Recipe
    model: Path | None
    voxel_size_um: float | None
    axes: str | None
    dataset: str | None
    coefficients: Coefficients | None
    other_per_um: float | None
    convert: bool
    energies_kev: tuple[float, ...] = ()
    told: tuple[str, ...] = ()
    network: ModelFolder | None = None

    def judged(self, out_dir: Path, energy_kev: float | None) -> Request:
        """Return the request with its energies and its coefficients at them, or refuse it.

        Parameters
        ----------
        out_dir : Path
            Folder of the results.
        energy_kev : float or None
            Photon energy of the experiment, as the user gives it, keV.

        Raises
        ------
        InputError
            It cannot be done, as far as that can be told before the work.
        """
        if self.voxel_size_um is not None:
            checked_voxel_size(self.voxel_size_um)
        centre_px = self.recipe.centre_px
        if centre_px is not None and not isinstance(centre_px, str) and not np.isfinite(centre_px):
            raise InputError(f"The rotation axis is a column in pixels, not {centre_px}.")
        self._check_places(out_dir)
        energies = _energies(None if energy_kev is None else checked_energy_kev(energy_kev), self.directions)
        _judge(energies, self.directions, one_wavelength=self.coefficients is not None and not self.convert)
        coefficients, told = self._coefficients(energies)
        return replace(self, coefficients=coefficients, energies_kev=energies, told=told, network=self._network())

    def _check_places(self, out_dir: Path) -> None:
        # The results replace what an earlier run left there, so the input must not be among them.
        if self.path.resolve().is_relative_to(out_dir.resolve()):
            raise InputError(f"{self.path} lies in the results folder {out_dir}; name another folder for the results.")
        check_folder_of_results(out_dir, [self.path, self.model])
        check_outputs(_outputs(out_dir, self.directions), [self.path, *(self.directions.files or ())])

    def _network(self) -> ModelFolder | None:
        """Look the model up, so that a wrong folder is told before the long work."""
        from ...segmentation import ModelFolder

        if self.model is None:
            return None
        network = ModelFolder(self.model)
        network.check()
        network.refiner  # noqa: B018
        return network

    def _coefficients(self, energies_kev: tuple[float, ...]) -> tuple[Coefficients | None, tuple[str, ...]]:
        """Coefficients at the energy of the experiment, and what the user must know of their conversion."""
        _check_other(self.other_per_um, self.coefficients)
        if self.coefficients is None:
            if self.convert:
                raise InputError(
                    "Only coefficients that are given are converted; those of tables are of the energy needed."
                )
            return None, ()
        converted, told = coefficients_at_energy(self.coefficients, energies_kev, self.convert)
        # Those for several wavelengths are converted for each by itself, when the factors are computed.
        return (self.coefficients, ()) if len(self.directions.by_wavelength()) > 1 else (converted, told)


def _outputs(folder: Path, directions: Directions) -> list[Path]:
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
        hdf5=folder / "factors.h5",
        histogram=folder / "histogram.png",
        cif=folder / "absorption.cif",
        scaling_table=folder / scaling_table_name(directions.files[1]) if directions.files and of_all else None,
    )


def _energies(given_kev: float | None, directions: Directions) -> tuple[float, ...]:
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


def _check_other(other_per_um: float | None, coefficients: Coefficients | None) -> None:
    """Refuse a coefficient of class 4 that is none, or is given twice."""
    from ...absorption import Coefficients

    if other_per_um is None:
        return
    if coefficients is not None:
        raise InputError("The coefficient of class 4 is part of the coefficients that are given: give it there alone.")
    Coefficients(0.0, 0.0, 0.0, other_per_um)


def _judge(energies_kev: tuple[float, ...], directions: Directions, one_wavelength: bool) -> None:
    """Refuse, before the long work, an energy that has no coefficients and directions that cannot be used."""
    from ...absorption import check_rows_for_scaling
    from ..coefficients import tabulated

    if one_wavelength:
        directions.check_one_wavelength()
    for energy in energies_kev:
        tabulated(energy)
    if directions.files is not None and "experiment_number" not in directions.settings:
        check_rows_for_scaling(directions)
