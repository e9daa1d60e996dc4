"""What a paper and a deposition state of the absorption correction, as CIF items."""

from __future__ import annotations

from textwrap import wrap

import numpy as np
from numpy.typing import NDArray

from ..factors import ABSORBING, Factors
from ..labels import Material
from ..provenance import package_version
from .directions import Directions

CORRECTION_TYPE = "numerical"
"""Of the types of the CIF dictionaries, the one that is defined as "numerical from crystal shape"."""

LONGEST_NAME, LONGEST_LINE = 75, 80
"""Characters of a block's name that CIF allows, and of a line that every reader takes."""

_HEADING = """\
# Absorption correction, in the items of the core dictionary (papers; asked for
# by checkCIF) and of mmCIF (deposition). Copy the items of one block into your
# own file. T is the transmission factor A of a reflection: the mean over the
# crystal of exp(-sum of mu L), with all that lies in the way, mother liquor and
# loop too.
"""


def absorption_cif(factors: Factors, directions: Directions | None = None, name: str = "sample") -> str:
    """Return T_min, T_max, the linear attenuation coefficient, type and details of the correction as CIF text.

    Two data blocks say the same, one in the items of the core dictionary
    (``_exptl_absorpt_correction_T_min``, …), one in those of mmCIF (``_exptl.absorpt_correction_T_min``, …); both
    define T as the transmission factor and the coefficient in 1/mm.

    Parameters
    ----------
    factors : Factors
        Absorption factors A of reflections.
    directions : Directions or None
        Those of the experiment; where they say which rows scaling uses, T_min and T_max are of these.
    name : str
        Names the blocks; characters that a block's name may not have become ``_``.

    Returns
    -------
    str
        CIF 1.1. The coefficient is ``?`` where reflections are of several wavelengths, and ``.`` stands for T where no
        reflection has a factor.
    """
    from gemmi import cif

    used = _used(factors, directions)
    title = "".join(letter if (letter.isascii() and letter.isalnum()) or letter in "-." else "_" for letter in name)
    title = title[: LONGEST_NAME - len("_mmcif")] or "sample"
    coefficients = factors.coefficients_per_um
    mu = "?" if coefficients is None else f"{1000 * coefficients[Material.CRYSTAL.title]:.4g}"
    items = {
        "absorpt_coefficient_mu": mu,
        "absorpt_correction_T_max": f"{used.max():.4f}" if used.size else ".",
        "absorpt_correction_T_min": f"{used.min():.4f}" if used.size else ".",
        "absorpt_correction_type": CORRECTION_TYPE,
        "absorpt_process_details": cif.quote(_details(factors, directions, used)),
    }
    document = cif.Document()
    core = document.add_new_block(f"{title}_core")
    for item, value in items.items():
        core.set_pair(f"_exptl_{item}", value)
    macromolecular = document.add_new_block(f"{title}_mmcif")
    macromolecular.set_pair("_exptl.entry_id", "?")
    macromolecular.set_pair("_exptl.method", cif.quote("X-RAY DIFFRACTION"))
    for item, value in items.items():
        macromolecular.set_pair(f"_exptl.{item}", value)
    return _HEADING + "\n" + document.as_string()


def _used(factors: Factors, directions: Directions | None) -> NDArray[np.float64]:
    """Factors of the rows that scaling uses, or of all that have one."""
    rows = ~np.isnan(factors.absorption)
    if directions is not None and directions.scaling is not None and len(directions) == len(factors):
        rows &= directions.scaling.used
    return factors.absorption[rows]


def _details(factors: Factors, directions: Directions | None, used: NDArray[np.float64]) -> str:
    coefficients = factors.coefficients_per_um
    lines = [
        f"Factors of {used.size} reflections by ray tracing through a segmented X-ray tomogram of the sample",
        f"(napari-crystalseg {package_version()}; method of Lu et al. (2024), J. Appl. Cryst. 57, 649-658).",
    ]
    if coefficients is None:
        lines.append("Reflections are of several wavelengths, each with coefficients of its own.")
    else:
        titles = [material.title for material in ABSORBING if material.title in coefficients]
        stated = ", ".join(f"{title} {1000 * coefficients[title]:.4g}" for title in titles)
        lines.append(f"Linear attenuation coefficients (1/mm): {stated}.")
    if directions is not None and directions.wavelengths_angstrom:
        wavelengths = dict.fromkeys(f"{each:.5g}" for each in directions.wavelengths_angstrom)
        lines.append(f"Wavelength (Angstrom): {', '.join(wavelengths)}.")
    if directions is None or not directions.of_experiment:
        lines.append("Directions are spread over the sphere: no reflections of an experiment were given.")
    if factors.lit_fraction is not None:
        lines.append("The beam is smaller than the crystal; factors are of the part in the beam.")
    return "\n".join(part for line in lines for part in wrap(line, LONGEST_LINE))
