"""Structure factors of no structure: random ones with the statistics that Wilson (1949) found."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...checks import checked_number
from ...provenance import Provenance
from ..lattice import Lattice
from .structure_factors import StructureFactors

# Atoms in a residue of a protein on average.
_RESIDUE = {"C": 4.94, "H": 7.77, "N": 1.35, "O": 1.48, "S": 0.04}


def wilson_structure_factors(
    lattice: Lattice, d_min: float, *, b_factor: float = 20.0, anomalous_ratio: float = 0.0, seed: int = 0
) -> StructureFactors:
    """Draw structure factors as atoms at random places would have them.

    Parameters
    ----------
    lattice : Lattice
        Cell, space group and the protein in it.
    d_min : float
        Resolution limit, Å.
    b_factor : float
        Overall temperature factor, Å²: intensities fall off as exp(-2 B s²), s = sin(theta) / lambda.
    anomalous_ratio : float
        Mean of ||F(h)| - |F(-h)|| over the mean |F| of acentric reflections that is aimed at; 0.01 to 0.05 are usual.
    seed : int
        Of the draws.

    Returns
    -------
    StructureFactors

    Notes
    -----
    F(h) = A + iA'' and conj F(-h) = A - iA'', with A normal, complex for acentric and real for centric reflections, of
    mean square eps S, S being the sum of f² exp(-2 B s²) over the atoms of the cell. A'' is drawn in the same way,
    smaller by pi/4 times the ratio asked for, since for small ones the mean |dF| is 2 sqrt(S''/pi) and the mean |F|
    sqrt(pi S)/2.
    """
    checked_number(b_factor, "The temperature factor, Å²,", 0.0, 500.0)
    checked_number(anomalous_ratio, "The ratio of anomalous differences to structure factors", 0.0, 0.5)
    index = lattice.unique_indices(d_min)
    operations = lattice.gemmi_group.operations()
    centric = np.asarray(operations.centric_flag_array(index.astype(np.int32)), dtype=bool)
    epsilon = np.asarray(operations.epsilon_factor_array(index.astype(np.int32)), dtype=float)
    mean = epsilon * expected_intensity(lattice, 1 / (2 * lattice.d_spacing(index)) ** 2, b_factor)
    rng = np.random.default_rng(seed)
    normal = _normal(rng, centric) * np.sqrt(mean)
    anomalous = _normal(rng, centric) * np.sqrt(mean) * (np.pi / 4 * anomalous_ratio)
    return StructureFactors(
        lattice,
        index,
        np.abs(normal + 1j * anomalous) ** 2,
        np.abs(normal - 1j * anomalous) ** 2,
        Provenance(seed=seed).then(
            "wilson_structure_factors",
            cell=list(lattice.cell),
            space_group=lattice.space_group,
            d_min=float(d_min),
            b_factor=float(b_factor),
            anomalous_ratio=float(anomalous_ratio),
        ),
    )


def expected_intensity(lattice: Lattice, s_squared: NDArray[np.float64], b_factor: float) -> NDArray[np.float64]:
    """Return the mean |F|² of a general reflection, the sum of f² exp(-2 B s²) over the atoms of the cell.

    Parameters
    ----------
    lattice : Lattice
        Cell with the protein in it.
    s_squared : ndarray, any shape
        (sin(theta) / lambda)², 1/Å².
    b_factor : float
        Temperature factor, Å².

    Returns
    -------
    ndarray of float64, shape of ``s_squared``
        Electrons squared.
    """
    import gemmi

    s_squared = np.asarray(s_squared, dtype=float)
    total = np.zeros_like(s_squared)
    for element, count in _RESIDUE.items():
        # Form factors of the International Tables: four Gaussians and a constant.
        table = gemmi.Element(element).it92
        factor = table.c + sum(a * np.exp(-b * s_squared) for a, b in zip(table.a, table.b, strict=True))
        total += count * factor**2
    result: NDArray[np.float64] = lattice.residues_in_cell * total * np.exp(-2 * b_factor * s_squared)
    return result


def _normal(rng: np.random.Generator, centric: NDArray[np.bool_]) -> NDArray[np.complex128]:
    """Numbers of mean square 1: real for centric reflections, complex for others."""
    pairs = rng.normal(size=(2, len(centric)))
    numbers: NDArray[np.complex128] = np.where(centric, pairs[0], (pairs[0] + 1j * pairs[1]) / np.sqrt(2))
    return numbers
