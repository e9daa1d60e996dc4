"""JSON that came from elsewhere: read without falling over its depth or the size of its numbers."""

from __future__ import annotations

import json
from typing import Any

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
