"""Which attenuation coefficients a run uses, and where they come from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..labels import Labels, Material
from ..volume import Quantity, Volume

if TYPE_CHECKING:
    from ..absorption import Coefficients

ASSUMED_PER_UM = {Material.LIQUOR: 0.02019, Material.LOOP: 0.01864, Material.CRYSTAL: 0.01926}
"""Thaumatin at 4.13 Å (3.0 keV), the published example of AnACor: a plain stand-in when nothing is known."""

EXAMPLE_ENERGY_KEV = 3.0

FEWEST_VOXELS = 50
"""A median over fewer voxels is not trusted."""


@dataclass(frozen=True)
class ChosenCoefficients:
    """Attenuation coefficients with their origin.

    Parameters
    ----------
    coefficients : Coefficients
        Linear attenuation coefficients, 1/µm, with the energy that they hold for and their origin.
    explanation : str
        A sentence for the user.
    """

    coefficients: Coefficients
    explanation: str


def choose_coefficients(
    volume: Volume | None,
    labels: Labels,
    given: Coefficients | None = None,
    energy_kev: float | None = None,
    scan_energy_kev: float | None = None,
    other_per_um: float | None = None,
) -> ChosenCoefficients:
    """Take the best coefficients there are: given, tabulated at an energy, measured in the volume, or assumed.

    Parameters
    ----------
    volume : Volume or None
        Voxel values that the labels were made from; None where there are none, and nothing can be measured.
    labels : Labels
        Materials on the same grid.
    given : Coefficients, optional
        Coefficients of the user, taken as they are.
    energy_kev : float, optional
        Photon energy of the diffraction experiment, keV.
    scan_energy_kev : float, optional
        Photon energy of the tomogram, keV, which measured coefficients hold for.
    other_per_um : float, optional
        Coefficient of class 4 (bubble, salt), 1/µm, beside those that are not given.

    Returns
    -------
    ChosenCoefficients
    """
    if given is not None:
        return ChosenCoefficients(given, "The attenuation coefficients were given by the user.")
    chosen = _not_given(volume, labels, energy_kev, scan_energy_kev)
    if other_per_um is None:
        return chosen
    return replace(chosen, coefficients=replace(chosen.coefficients, other=other_per_um))


def _not_given(
    volume: Volume | None, labels: Labels, energy_kev: float | None, scan_energy_kev: float | None
) -> ChosenCoefficients:
    from ..absorption import Coefficients

    if energy_kev is not None:
        return ChosenCoefficients(
            tabulated(energy_kev),
            f"The attenuation coefficients are those of typical materials at {energy_kev:.4g} keV (a lysozyme crystal "
            "with half its volume 1 M NaCl, that liquor, a Kapton loop), NOT of this sample: give --mu-crystal, "
            "--mu-liquor and --mu-loop when you know them.",
        )
    if volume is not None and volume.quantity is Quantity.LINEAR_ATTENUATION:
        measured = {material: measured_per_um(volume, labels, material) for material in ASSUMED_PER_UM}
        present = {m for m in measured if (labels.data == m).any()}
        if measured[Material.CRYSTAL] is not None and all(measured[m] is not None for m in present):
            values = {m: value if value is not None else 0.0 for m, value in measured.items()}
            return ChosenCoefficients(
                Coefficients(
                    liquor=values[Material.LIQUOR],
                    loop=values[Material.LOOP],
                    crystal=values[Material.CRYSTAL],
                    other=measured_per_um(volume, labels, Material.OTHER),
                    energy_kev=scan_energy_kev,
                    origin="measured",
                ),
                "The attenuation coefficients were MEASURED as medians of the voxel values well inside each class, so "
                "they hold at the energy of the tomogram only, and refraction at edges may bias them.",
            )
    return ChosenCoefficients(
        Coefficients(
            liquor=ASSUMED_PER_UM[Material.LIQUOR],
            loop=ASSUMED_PER_UM[Material.LOOP],
            crystal=ASSUMED_PER_UM[Material.CRYSTAL],
            energy_kev=EXAMPLE_ENERGY_KEV,
            origin="example",
        ),
        "The attenuation coefficients are ASSUMED: those of thaumatin at 4.13 Å (3.0 keV), because neither "
        "coefficients nor an energy were given. The factors show the pattern, not the size, of the absorption.",
    )


def tabulated(energy_kev: float) -> Coefficients:
    """Return the coefficients of typical materials at an energy; that of class 4 is not known.

    Raises
    ------
    InputError
        An energy that the tables do not have.
    """
    from ..absorption import Coefficients

    return Coefficients(*tabulated_per_um(energy_kev), energy_kev=energy_kev, origin="tabulated")


def tabulated_per_um(energy_kev: float) -> tuple[float, float, float]:
    """Return attenuation coefficients of typical liquor, loop and crystal at an energy, 1/µm."""
    from ..xray import total_attenuation_per_um
    from ..xray.substances.substance import kapton, protein, protein_crystal, sodium_chloride

    liquor = sodium_chloride()
    substances = (liquor, kapton(), protein_crystal(protein(), liquor))
    values = [total_attenuation_per_um(substance, energy_kev) for substance in substances]
    return values[0], values[1], values[2]


def measured_per_um(volume: Volume, labels: Labels, material: Material) -> float | None:
    """Return the median voxel value well inside one material, 1/µm; None where there is too little of it, or it is
    negative.

    Voxels within two voxels of the material's boundary are left out, as blur and refraction spoil them; where nothing
    is left, as in a thin loop, within one.
    """
    from scipy.ndimage import binary_erosion

    mask = labels.data == material
    if np.count_nonzero(mask) < FEWEST_VOXELS:
        return None
    for depth in (2, 1):
        inside = binary_erosion(mask, iterations=depth)
        if np.count_nonzero(inside) >= FEWEST_VOXELS:
            median = float(np.median(volume.data[inside]))
            return median if median >= 0 else None
    return None
