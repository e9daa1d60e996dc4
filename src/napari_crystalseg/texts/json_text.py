"""JSON as text: that of elsewhere read without falling over its depth or the size of its numbers, and our own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

# A number of more digits than this is none that a float can hold.
_LONGEST_INTEGER = 300


def parse_json(text: str | bytes) -> Any:
    """Return the values in JSON text.

    Raises
    ------
    ValueError
        Not JSON, brackets nested deeper than Python can follow, or whole numbers larger than a float can be.
    """
    try:
        return json.loads(text, parse_int=_integer)
    except RecursionError:
        raise ValueError("its brackets are nested too deeply") from None


def _integer(digits: str) -> int:
    if len(digits) > _LONGEST_INTEGER:
        raise ValueError(f"a number of {len(digits)} digits is too large")
    return int(digits)


def to_json(record: Mapping[str, Any], indent: int | None = None) -> str:
    """Return a record as JSON text, the same for the same values.

    Half of a surrogate pair, which names that are not UTF-8 and texts of other programs hold, is escaped as JSON
    escapes it.
    """
    text = json.dumps(record, indent=indent, ensure_ascii=False, allow_nan=False, default=_plain)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON.")
