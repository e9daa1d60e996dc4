"""The attenuation coefficients that a case's labels are compared with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import InputError
from ...texts.json_text import parse_json

if TYPE_CHECKING:
    from ...absorption import Coefficients


def recorded_coefficients(manifest: Path) -> Coefficients | None:
    """Return the coefficients that the record of a simulated case states, None where it states none.

    Parameters
    ----------
    manifest : Path
        ``manifest.json`` of ``crystalseg simulate``.

    Raises
    ------
    InputError
        The record cannot be read, or its coefficients are none.
    """
    from ...absorption import Coefficients

    try:
        record = parse_json(manifest.read_bytes())
    except OSError as error:
        raise InputError(f"{manifest.parent.name}/{manifest.name} cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise InputError(f"{manifest.parent.name}/{manifest.name} is no JSON, or damaged ({error}).") from error
    try:
        conditions = record["description"]["conditions"]
        stated, energy = conditions["attenuation_per_um"], conditions["energy_kev"]
        crystal, liquor, loop = (stated[name] for name in ("crystal", "liquor", "loop"))
    except (KeyError, TypeError):
        return None
    return Coefficients(liquor, loop, crystal, stated.get("other"), energy_kev=energy, origin="given")
