"""What is said of attenuation coefficients in the stage Check."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...judgement.readiness import energies_text
from ...wavelength import same_energy
from ..parts.levels import WARNING_SIGN

if TYPE_CHECKING:
    from ...absorption.coefficients import Coefficients
    from ...calibration.measured_coefficients import MeasuredCoefficients

ORIGINS = {"example": "example", "tabulated": "typical", "measured": "measured", "given": "typed in"}
"""Where coefficients come from, in a word or two."""
OTHER_SCAN = "'{}' were made of another scan than '{}', by their records: open the scan that they come from."


def is_of_other_energy(coefficients: Coefficients, energy_kev: float | None) -> bool:
    """Whether coefficients are known to hold at another energy."""
    own = coefficients.energy_kev
    return own is not None and energy_kev is not None and not same_energy(own, energy_kev)


def energy_text(
    coefficients: Coefficients, experiment_kev: tuple[float, ...], scan_kev: float | None
) -> tuple[str, bool]:
    """Energies that are known, beside each other, and whether coefficients and experiment agree.

    Parameters
    ----------
    coefficients : Coefficients
        Those that are set.
    experiment_kev : tuple of float
        Energies of the diffraction experiment, keV.
    scan_kev : float or None
        Energy of the tomogram, keV.

    Returns
    -------
    text : str
        The energies, beside each other.
    agree : bool
        Whether coefficients and experiment are of one energy.
    """
    own = None if coefficients.origin == "example" else coefficients.energy_kev
    of_scan = own is not None and scan_kev is not None and same_energy(own, scan_kev)
    known = [] if own is None else [f"{own:.4g} keV ({'µ, scan' if of_scan else 'µ'})"]
    known += [] if scan_kev is None or of_scan else [f"{scan_kev:.4g} keV (scan)"]
    known += [f"{energies_text(experiment_kev)} (experiment)"] if experiment_kev else []
    if not known:
        return "", True
    good = own is None or all(same_energy(own, one) for one in experiment_kev)
    return ("" if good else f"{WARNING_SIGN} ") + "Energy " + " \N{MIDDLE DOT} ".join(known), good


def measured_text(measured: MeasuredCoefficients) -> str:
    """Values with their standard errors, and what was not measured, in words."""
    found, kept = [], []
    for material, value in measured.per_um.items():
        if np.isfinite(value) and value >= 0:
            found.append(f"{material.title} {value:.5f} ± {measured.standard_error_per_um[material]:.5f}")
        else:
            kept.append(material.title)
    at = "" if measured.energy_kev is None else f" at {measured.energy_kev:.4g} keV"
    text = f"Measured in the projections{at}: {', '.join(found)}." if found else "Nothing could be measured."
    return text + (f" Not measured, as set before: {', '.join(kept)}." if kept else "")
