"""Units that files name, as factors to the units of this package.

Tables, and not pint: files write ``KEV``, ``Microns``, ``NM`` or ``Mm`` for millimetres, which pint refuses or, as a
megametre, takes for 10⁹ times as much; it takes a ``point`` for a length, too. And it would add 0.8 s of processor time
to ``crystalseg info``, which is done in less. A test holds the factors to pint's.
"""

from __future__ import annotations

import re

from ...errors import InputError, shortened

_UM_PER_LENGTH = {
    "m": 1e6,
    "meter": 1e6,
    "metre": 1e6,
    "cm": 1e4,
    "centimeter": 1e4,
    "centimetre": 1e4,
    "mm": 1e3,
    "millimeter": 1e3,
    "millimetre": 1e3,
    "um": 1.0,
    "micron": 1.0,
    "micrometer": 1.0,
    "micrometre": 1.0,
    "nm": 1e-3,
    "nanometer": 1e-3,
    "nanometre": 1e-3,
    "å": 1e-4,
    "angstrom": 1e-4,
    "pm": 1e-6,
    "picometer": 1e-6,
    "inch": 25400.0,
    "inches": 25400.0,
    "in": 25400.0,
}
_KEV_PER_ENERGY = {
    "kev": 1.0,
    "ev": 1e-3,
    "mev": 1e3,
    "gev": 1e6,
    "j": 6.241509074460763e15,
    "joule": 6.241509074460763e15,
}
_DEG_PER_ANGLE = {
    "deg": 1.0,
    "degree": 1.0,
    "°": 1.0,
    "mdeg": 1e-3,
    "millidegree": 1e-3,
    "rad": 57.29577951308232,
    "radian": 57.29577951308232,
    "mrad": 0.05729577951308232,
    "milliradian": 0.05729577951308232,
    "turn": 360.0,
    "rev": 360.0,
    "revolution": 360.0,
    "gon": 0.9,
    "gradian": 0.9,
}


def is_length(unit: str) -> bool:
    """Whether a file's unit is a length that we know (``pixel`` is not)."""
    return _key(unit) in _UM_PER_LENGTH


def um_per(unit: str) -> float:
    """Micrometres in one ``unit``; both code points of µ and ImageJ's escaped form are known."""
    return _factor(_UM_PER_LENGTH, unit, "length")


def kev_per(unit: str) -> float:
    """Kiloelectronvolts in one ``unit`` (``MeV`` is taken as mega: no file states millielectronvolts)."""
    return _factor(_KEV_PER_ENERGY, unit, "energy")


def angstrom_per(unit: str) -> float:
    """Ångström in one ``unit`` of a wavelength."""
    return um_per("angstrom" if unit.strip() == "A" else unit) * 1e4


def deg_per(unit: str) -> float:
    """Degrees in one ``unit``."""
    return _factor(_DEG_PER_ANGLE, unit, "angle")


def _key(unit: str) -> str:
    # ImageJ writes what is not ASCII as an escape, so its µ arrives as \\u00B5.
    key = re.sub(r"\\u([0-9a-fA-F]{4})", lambda escape: chr(int(escape[1], 16)), unit.strip().strip("\0"))
    # The micro sign U+00B5 and the Greek letter U+03BC look the same, and files hold either.
    key = key.replace("\u00b5", "u").replace("\u03bc", "u").lower()
    return key if key in _UM_PER_LENGTH or not key.endswith("s") else key[:-1]


def _factor(table: dict[str, float], unit: str, what: str) -> float:
    try:
        return table[_key(unit)]
    except KeyError:
        raise InputError(
            f"The unit '{shortened(unit)}' of {what} is not known; known are {', '.join(table)}."
        ) from None
