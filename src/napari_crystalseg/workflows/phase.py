"""What phase retrieval needs to know of the sample."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import InputError

if TYPE_CHECKING:
    from ..scan import Scan
    from ..tomography import Recipe


def delta_beta_of_liquor(energy_kev: float) -> float:
    """Ratio δ/β of the refractive index of a mother liquor, taken as water.

    Water bounds what a sample is made of: protein has a higher ratio and salty liquors a lower one, so that edges are
    neither smeared nor left with fringes by much.

    Parameters
    ----------
    energy_kev : float
        Photon energy, keV.

    Returns
    -------
    float

    Raises
    ------
    InputError
        An energy outside the tables.
    """
    from ..xray import refractive_index
    from ..xray.substances.substance import water

    index = refractive_index(water(), energy_kev)
    if not index.beta > 0:
        raise InputError(f"Water does not absorb at {energy_kev:g} keV; give the ratio of delta to beta yourself.")
    return index.delta / index.beta


def with_phase_of_liquor(recipe: Recipe, scan: Scan) -> Recipe:
    """Return a recipe that retrieves the phase with the δ/β of liquor at the energy of a scan.

    Raises
    ------
    InputError
        The scan does not say its energy, or one outside the tables.
    """
    if scan.energy_kev is None:
        raise InputError(
            "Phase retrieval needs the photon energy, which the scan does not say: give it (--energy-kev, in "
            "napari under Options)."
        )
    ratio = delta_beta_of_liquor(scan.energy_kev)
    return replace(recipe, preprocessing=replace(recipe.preprocessing, delta_beta=ratio))
