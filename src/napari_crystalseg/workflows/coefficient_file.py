"""Attenuation coefficients from the file that measuring them wrote."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from ..labels import Material

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

    path = Path(path)
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).") from None
    except (ValueError, RecursionError):
        raise InputError(f"{path.name} is not a JSON file of coefficients.") from None
    try:
        found = {m: _value(record["coefficients_per_um"][m.title]) for m in Material if m is not Material.AIR}
        energy = record["energy_kev"]
    except (KeyError, TypeError, ValueError, OverflowError):
        raise InputError(
            f"{path.name} holds no measured coefficients: name what 'crystalseg coefficients --out' wrote."
        ) from None
    crystal, liquor, loop = found[Material.CRYSTAL], found[Material.LIQUOR], found[Material.LOOP]
    if crystal is None or liquor is None:
        raise InputError(
            f"{path.name}: crystal or liquor could not be measured, so give the coefficients yourself "
            "(--mu-crystal, --mu-liquor, --mu-loop)."
        )
    return Coefficients(
        liquor, liquor if loop is None else loop, crystal, found[Material.OTHER], energy_kev=energy, origin="measured"
    )


def _value(entry: dict[str, float | None]) -> float | None:
    """The value of an entry, None where it was not measured."""
    value = entry["value"]
    return None if value is None or not math.isfinite(float(value)) else float(value)
