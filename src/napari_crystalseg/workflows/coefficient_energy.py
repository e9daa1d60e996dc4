"""The photon energy that attenuation coefficients hold for: what is to be said of it, and bringing them to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..errors import InputError
from ..wavelength import checked_energy_kev, same_energy

if TYPE_CHECKING:
    from ..absorption import Coefficients
    from ..xray.substances.substance import Substance

FAR_FROM_TYPICAL = 4.0
"""A crystal's coefficient that is so many times a typical one's, or so little of it, is doubted."""

_ENERGIES_KEV = (2.0, 60.0)
_MOST_ERROR = 0.1


@dataclass(frozen=True)
class ConvertedCoefficients:
    """Coefficients brought to another photon energy.

    Parameters
    ----------
    coefficients : Coefficients
        Linear attenuation coefficients at that energy, 1/µm.
    relative_error : dict of str to float
        Half the range of the ratio over usual compositions, relative, by the material's title.
    sentence : str
        What was done, for the user.
    """

    coefficients: Coefficients
    relative_error: dict[str, float]
    sentence: str


def convert(coefficients: Coefficients, energy_kev: float) -> ConvertedCoefficients:
    """Bring coefficients to another photon energy as usual compositions of each material go.

    Each is multiplied with the ratio that usual liquors (water, sodium chloride, ammonium sulphate, PEG 400, with and
    without glycerol), a protein crystal with 30 to 70 % of each, or Kapton and nylon have between the two energies
    (xraylib's tables); the error is half the range of that ratio. Between energies with an absorption edge of a
    component between them it is large, and it says nothing of elements that are in none of these (Se, I, Br, metals).

    Parameters
    ----------
    coefficients : Coefficients
        With the energy that they hold for.
    energy_kev : float
        Energy to bring them to, keV.

    Raises
    ------
    InputError
        The coefficients do not say their energy, or class 4 absorbs, of which nobody knows what it is.
    """
    energy = checked_energy_kev(energy_kev)
    if coefficients.energy_kev is None:
        raise InputError("The coefficients do not say for which energy they hold, so none can be converted: say it.")
    if coefficients.other:
        raise InputError(
            "What class 4 is made of is not known, so its coefficient cannot be converted: give it at "
            f"{energy:.4g} keV, and convert the others alone."
        )
    values, errors = {}, {}
    for title, substances in _typical_substances().items():
        ratios = [_per_um(each, energy) / _per_um(each, coefficients.energy_kev) for each in substances]
        ratio = (min(ratios) + max(ratios)) / 2
        values[title] = getattr(coefficients, title) * ratio
        errors[title] = (max(ratios) - min(ratios)) / 2 / ratio
    listed = ", ".join(f"{title} {value:.3g} 1/µm ± {errors[title]:.1%}" for title, value in values.items())
    return ConvertedCoefficients(
        replace(coefficients, **values, energy_kev=energy),
        errors,
        f"The attenuation coefficients were converted from {coefficients.energy_kev:.4g} to {energy:.4g} keV as those "
        f"of usual compositions go: {listed} (range over compositions; heavy atoms such as Se, I or metals are not in "
        "it).",
    )


def coefficients_of_tomogram(coefficients: Coefficients | None, energy_kev: float | None) -> Coefficients | None:
    """Return coefficients to hold voxel values of a tomogram against: converted to its energy where that is another.

    Parameters
    ----------
    coefficients : Coefficients or None
        Those of the diffraction experiment.
    energy_kev : float or None
        Photon energy of the tomogram, keV; None where it is not known.

    Returns
    -------
    Coefficients or None
        As they are where an energy is not known, and where usual compositions differ by more than a tenth. Class 4,
        of which nobody knows what it is, has none when they are converted.
    """
    if coefficients is None or coefficients.energy_kev is None or energy_kev is None:
        return coefficients
    if same_energy(coefficients.energy_kev, energy_kev) or coefficients.origin == "example":
        return coefficients
    try:
        made = convert(replace(coefficients, other=None), energy_kev)
    except InputError:  # an energy that no table has
        return coefficients
    return coefficients if max(made.relative_error.values()) > _MOST_ERROR else made.coefficients


def coefficients_at_energy(
    coefficients: Coefficients, energies_kev: Sequence[float], convert_them: bool
) -> tuple[Coefficients, tuple[str, ...]]:
    """Return coefficients at the energy of an experiment, and what was done to them.

    Parameters
    ----------
    coefficients : Coefficients
        What is given.
    energies_kev : sequence of float
        Energies of the diffraction experiment, keV; empty where they are not known.
    convert_them : bool
        Bring coefficients of another energy to the experiment's, in place of refusing them. Those of tables are looked
        up anew in any case.

    Raises
    ------
    InputError
        They are of another energy, or cannot be converted.
    """
    if coefficients.origin == "tabulated" and energies_kev:
        if coefficients.energy_kev == energies_kev[0]:
            return coefficients, ()
        from .coefficients import tabulated

        looked_up = replace(tabulated(energies_kev[0]), other=coefficients.other)
        if coefficients.energy_kev is not None and same_energy(coefficients.energy_kev, energies_kev[0]):
            return looked_up, ()
        listed = ", ".join(f"{title} {value:.3g}" for title, value in looked_up.to_dict().items())
        return looked_up, (
            f"Reflections at {energies_kev[0]:.4g} keV have coefficients of typical materials at that energy: {listed} "
            "1/µm.",
        )
    if not convert_them:
        coefficients.check_energies(energies_kev)
        return coefficients, ()
    if not energies_kev:
        raise InputError("Coefficients are converted to the energy of an experiment, and none is given.")
    if coefficients.energy_kev is not None and same_energy(coefficients.energy_kev, energies_kev[0]):
        return coefficients, ()
    converted = convert(coefficients, energies_kev[0])
    return converted.coefficients, (converted.sentence,)


def coefficients_for(
    coefficients: Coefficients, energies_kev: Sequence[float], convert_them: bool = False
) -> tuple[Coefficients, tuple[str, ...]]:
    """Return the coefficients to use with an experiment, and all that the user must know of them.

    Parameters
    ----------
    coefficients, energies_kev, convert_them
        As :func:`coefficients_at_energy` takes them.
    """
    coefficients, said = coefficients_at_energy(coefficients, energies_kev, convert_them)
    return coefficients, (*said, *energy_statements(coefficients, energies_kev))


def energy_statements(coefficients: Coefficients, energies_kev: Sequence[float]) -> tuple[str, ...]:
    """Return what the user must know of the energy and the origin of coefficients.

    Parameters
    ----------
    coefficients : Coefficients
        What is used.
    energies_kev : sequence of float
        Energies of the diffraction experiment, keV; empty where they are not known.

    Returns
    -------
    tuple of str
        Sentences; none where all is well.
    """
    said = []
    if coefficients.origin == "example":
        said.append(
            "The attenuation coefficients are a published EXAMPLE (thaumatin at 3.0 keV), not of this sample: the "
            "factors show the pattern of the absorption, not its size."
        )
    if not energies_kev:
        return tuple(said)
    energy = energies_kev[0]
    if coefficients.energy_kev is None:
        said.append(
            "The attenuation coefficients do not say at which energy they hold (--mu-energy-kev); they are taken for "
            f"those at {energy:.4g} keV, the experiment's."
        )
    typical = _typical_crystal_per_um(energy)
    times = coefficients.crystal / typical
    if times > FAR_FROM_TYPICAL or times < 1 / FAR_FROM_TYPICAL:
        like = _energy_of_typical_crystal(coefficients.crystal)
        guess = "" if like is None else f", and this one is that at about {like:.2g} keV"
        said.append(
            f"LOOK at the crystal's coefficient of {coefficients.crystal:.3g} 1/µm: at the experiment's {energy:.4g} "
            f"keV a protein crystal has about {typical:.2g}{guess}. Is it of another energy, or in another unit?"
        )
    return tuple(said)


def _typical_substances() -> dict[str, list[Substance]]:
    from ..xray.substances import substance as s

    liquors = [s.water(), s.sodium_chloride(1.0), s.sodium_chloride(3.0), s.ammonium_sulphate(), s.peg_400()]
    liquors += [s.with_glycerol(s.sodium_chloride(1.0)), s.with_glycerol(s.ammonium_sulphate())]
    crystals = [s.protein_crystal(s.protein(), liquor, part) for liquor in liquors for part in (0.3, 0.5, 0.7)]
    return {"liquor": liquors, "loop": [s.kapton(), s.nylon()], "crystal": crystals}


def _per_um(substance: Substance, energy_kev: float) -> float:
    from ..xray import total_attenuation_per_um

    return total_attenuation_per_um(substance, energy_kev)


def _typical_crystal_per_um(energy_kev: float) -> float:
    from .coefficients import tabulated_per_um

    return tabulated_per_um(energy_kev)[2]


def _energy_of_typical_crystal(per_um: float) -> float | None:
    """Energy, keV, at which a typical crystal has this coefficient; None outside of those in use."""
    low, high = _ENERGIES_KEV
    if not _typical_crystal_per_um(high) <= per_um <= _typical_crystal_per_um(low):
        return None
    for _ in range(30):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if _typical_crystal_per_um(middle) > per_um else (low, middle)
    energy_kev: float | None = (low * high) ** 0.5
    return energy_kev
