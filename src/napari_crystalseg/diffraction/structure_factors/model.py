"""Structure factors of a model in a PDB or mmCIF file, with bulk solvent and anomalous scattering."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError, shortened
from ...io import check_input
from ...provenance import Provenance
from ...wavelength import checked_energy_kev
from ..lattice import Lattice
from .structure_factors import StructureFactors

if TYPE_CHECKING:
    import gemmi

SOLVENT_DENSITY, SOLVENT_B = 0.35, 46.0
"""Electrons/Å³ and temperature factor (Å²) of the flat solvent, means over the PDB (Fokine & Urzhumtsev 2002)."""

# Lighter atoms have an f'' of less than 0.1 electrons at the energies of crystallography.
_LIGHTEST_ANOMALOUS = 11


def structure_factors_of_model(
    path: str | Path, d_min: float, *, energy_kev: float | None = None, bulk_solvent: bool = True
) -> StructureFactors:
    """Compute the structure factors of a model.

    Parameters
    ----------
    path : str or Path
        PDB or mmCIF file with a unit cell and a space group.
    d_min : float
        Resolution limit, Å.
    energy_kev : float, optional
        Photon energy, keV, for f' of all atoms and f'' of those from sodium on (Cromer & Liberman); without it no
        scattering is anomalous.
    bulk_solvent : bool
        Whether flat solvent (0.35 electrons/Å³, B 46 Å²) fills what the model leaves empty.

    Returns
    -------
    StructureFactors

    Raises
    ------
    InputError
        No such file, no atoms, no cell or no space group.
    """
    import gemmi

    path = Path(path)
    check_input(path)
    try:
        structure = gemmi.read_structure(str(path))
    except (RuntimeError, ValueError, OSError) as error:
        raise InputError(f"{path.name} is no PDB or mmCIF file of a structure ({shortened(error)}).") from None
    structure.setup_entities()
    if not len(structure) or structure[0].count_atom_sites() == 0:
        raise InputError(f"{path.name} holds no atoms; give a PDB or mmCIF file with coordinates.")
    cell = structure.cell
    if not cell.is_crystal() or structure.find_spacegroup() is None:
        raise InputError(f"{path.name} does not state a unit cell and a space group; both are needed.")
    lattice = Lattice((cell.a, cell.b, cell.c, cell.alpha, cell.beta, cell.gamma), structure.find_spacegroup().xhm())
    model = structure[0]
    index = lattice.unique_indices(d_min)
    if not len(index):
        raise InputError(
            f"There are no reflections to {d_min:g} Å in the cell of {path.name}; ask for a smaller d_min."
        )
    elements = {site.atom.element.name: site.atom.element for site in model.all()}
    dispersion = {} if energy_kev is None else _dispersion(elements, checked_energy_kev(energy_kev))
    calculator = gemmi.DensityCalculatorX()
    calculator.d_min = float(d_min)
    calculator.rate = 2.0
    for name, (real, _) in dispersion.items():
        calculator.addends.set(elements[name], real)
    calculator.grid.setup_from(structure)
    calculator.set_refmac_compatible_blur(model)
    calculator.put_model_density_on_grid(model)
    factors = _values(gemmi.transform_map_to_f_phi(calculator.grid), index)
    s_squared = 1 / (2 * lattice.d_spacing(index)) ** 2
    factors *= np.exp(calculator.blur * s_squared)
    if bulk_solvent:
        mask = gemmi.FloatGrid()
        mask.setup_from(structure, min(float(d_min), 2.0) / 4)
        gemmi.SolventMasker(gemmi.AtomicRadiiSet.Cctbx).put_mask_on_float_grid(mask, model)
        solvent = _values(gemmi.transform_map_to_f_phi(mask), index)
        factors += SOLVENT_DENSITY * np.exp(-SOLVENT_B * s_squared) * solvent
    anomalous = _anomalous(model, lattice, index, s_squared, {name: f2 for name, (_, f2) in dispersion.items()})
    return StructureFactors(
        lattice,
        index,
        np.abs(factors + 1j * anomalous) ** 2,
        np.abs(factors - 1j * anomalous) ** 2,
        Provenance.of_file(path).then(
            "structure_factors_of_model",
            d_min=float(d_min),
            energy_kev=energy_kev,
            bulk_solvent=bulk_solvent,
            f_second={name: round(f2, 4) for name, (_, f2) in dispersion.items() if f2},
        ),
    )


def _dispersion(elements: dict[str, gemmi.Element], energy_kev: float) -> dict[str, tuple[float, float]]:
    """f' of each element, and f'' of those that matter."""
    import gemmi

    found = {}
    for name, element in elements.items():
        number = element.atomic_number
        if number < 3:
            continue
        real, imaginary = gemmi.cromer_liberman(number, 1000 * energy_kev)
        found[name] = (float(real), float(imaginary) if number >= _LIGHTEST_ANOMALOUS else 0.0)
    return found


def _values(grid: gemmi.ReciprocalComplexGrid, index: NDArray[np.int64]) -> NDArray[np.complex128]:
    return np.asarray(grid.get_value_by_hkl(index.astype(np.int32)), dtype=np.complex128)


def _anomalous(
    model: gemmi.Model,
    lattice: Lattice,
    index: NDArray[np.int64],
    s_squared: NDArray[np.float64],
    f_second: dict[str, float],
) -> NDArray[np.complex128]:
    """Sum over the cell of f'' exp(-B s²) exp(2 pi i h x) of the anomalous scatterers."""
    total = np.zeros(len(index), dtype=np.complex128)
    sites = [site.atom for site in model.all() if f_second.get(site.atom.element.name)]
    for atom in sites:
        place = np.array(lattice.gemmi_cell.fractionalize(atom.pos).tolist())
        weight = f_second[atom.element.name] * atom.occ * np.exp(-atom.b_iso * s_squared)
        images = np.array([op.apply_to_xyz(place.tolist()) for op in lattice.gemmi_group.operations()])
        for image in images:
            total += weight * np.exp(2j * np.pi * (index @ image))
    return total
