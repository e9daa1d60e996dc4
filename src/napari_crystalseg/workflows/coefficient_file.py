"""Attenuation coefficients from the file that measuring them wrote."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError

if TYPE_CHECKING:
    from ..absorption import Coefficients


def read_coefficients(path: str | Path) -> Coefficients:
    """Read the coefficients that ``crystalseg coefficients`` wrote, with the energy that they hold for.

    Parameters
    ----------
    path : path
        ``coefficients.json``.

    Returns
    -------
    Coefficients
        A mount that could not be measured has the liquor's coefficient; class 4 that could not has none.

    Raises
    ------
    InputError
        Not such a file, or crystal or liquor could not be measured.
    """
    from ..absorption import Coefficients
    from ..calibration.measured_coefficients import other_per_um

    path = Path(path)
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).") from None
    except (ValueError, RecursionError):
        raise InputError(f"{path.name} is not a JSON file of coefficients.") from None
    try:
        entries = record["coefficients_per_um"]
        crystal, liquor, loop = (_number(entries[name]["value"]) for name in ("crystal", "liquor", "loop"))
        other, other_error = (_number(entries["other"][name]) for name in ("value", "standard_error"))
        energy = record["energy_kev"]
    except (KeyError, TypeError, ValueError, OverflowError):
        raise InputError(
            f"{path.name} holds no measured coefficients: name what 'crystalseg coefficients --out' wrote."
        ) from None
    if not (math.isfinite(crystal) and math.isfinite(liquor)):
        raise InputError(
            f"{path.name}: crystal or liquor could not be measured, so give the coefficients yourself "
            "(--mu-crystal, --mu-liquor, --mu-loop)."
        )
    return Coefficients(
        liquor,
        loop if math.isfinite(loop) else liquor,
        crystal,
        other_per_um(other, other_error, liquor),
        energy_kev=energy,
        origin="measured",
    )


def _number(value: float | None) -> float:
    """A value of the file, NaN where it was not measured."""
    if isinstance(value, bool | str):
        raise TypeError
    return math.nan if value is None else float(value)
