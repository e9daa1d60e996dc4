"""A table of what the files of cases do not say: voxel sizes and attenuation coefficients, by name."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...checks import checked_number, checked_voxel_size
from ...errors import InputError
from ...texts.json_text import parse_json

if TYPE_CHECKING:
    from ...absorption import Coefficients

_COEFFICIENTS = {"crystal": "mu_crystal", "liquor": "mu_liquor", "loop": "mu_loop", "other": "mu_other"}


@dataclass(frozen=True)
class CaseRow:
    """What a table says of a case.

    Parameters
    ----------
    voxel_size_um : (float, float, float) or None
        Voxel size (z, y, x), µm.
    coefficients : Coefficients or None
        Linear attenuation coefficients, 1/µm.
    """

    voxel_size_um: tuple[float, float, float] | None = None
    coefficients: Coefficients | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {
            "voxel_size_um": None if self.voxel_size_um is None else list(self.voxel_size_um),
            "coefficients": None if self.coefficients is None else self.coefficients.record(),
        }


def read_case_table(path: str | Path) -> dict[str, CaseRow]:
    """Read a table of cases.

    Parameters
    ----------
    path : path
        CSV with a line of names of columns, or a JSON list of objects: ``name``, and where they are known
        ``voxel_size_um``, ``mu_crystal``, ``mu_liquor``, ``mu_loop`` and ``mu_other`` (1/µm). Other columns are passed
        over.

    Returns
    -------
    dict of str to CaseRow

    Raises
    ------
    InputError
        Not such a table, a name twice, or a number that cannot be.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).") from error
    try:
        if path.suffix.lower() == ".json":
            records: Any = parse_json(content)
        else:
            records = list(csv.DictReader(StringIO(content.decode("utf-8-sig"), newline="")))
    except (ValueError, csv.Error) as error:
        raise InputError(f"{path.name} is no table of cases: write CSV, or a JSON list of objects.") from error
    if not isinstance(records, list) or not all(isinstance(each, Mapping) and each.get("name") for each in records):
        raise InputError(f"{path.name} must be a list of cases, each with its name.")
    rows: dict[str, CaseRow] = {}
    for record in records:
        name = str(record["name"])
        if name in rows:
            raise InputError(f"{path.name} has {name} twice; leave one of them there.")
        try:
            rows[name] = _row(record)
        except InputError as error:
            raise error.reworded(f"{path.name}, {name}: {error}") from error
    return rows


def _row(record: Mapping[str, Any]) -> CaseRow:
    from ...absorption import Coefficients

    size = record.get("voxel_size_um")
    if isinstance(size, str):
        size = checked_number(size, "voxel_size_um") if size.strip() else None
    given = {
        name: checked_number(record[key], key)
        for name, key in _COEFFICIENTS.items()
        if record.get(key) not in (None, "")
    }
    if given and not {"crystal", "liquor", "loop"} <= given.keys():
        raise InputError("give mu_crystal, mu_liquor and mu_loop together (0 for a material that is not there).")
    return CaseRow(
        None if size is None else checked_voxel_size(size),
        Coefficients(**given) if given else None,  # type: ignore[arg-type]
    )
