"""What phase retrieval needs to know of the sample."""

from __future__ import annotations

from ..errors import InputError


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
    from ..xray.substance import water

    index = refractive_index(water(), energy_kev)
    if not index.beta > 0:
        raise InputError(f"Water does not absorb at {energy_kev:g} keV; give the ratio of delta to beta yourself.")
    return index.delta / index.beta
