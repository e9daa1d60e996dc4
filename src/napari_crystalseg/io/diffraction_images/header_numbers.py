"""Numbers in the lines of detectors' headers, and the lengths that they stand for."""

from __future__ import annotations

import math
import re

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_PER_MM = {"m": 1e3, "mm": 1.0, "um": 1e-3, "µm": 1e-3, "cm": 10.0, "nm": 1e-6}


def numbers_in(text: str) -> list[float]:
    """All numbers in a text."""
    return [float(word) for word in re.findall(_NUMBER, text)]


def number_after(text: str, *keys: str) -> float | None:
    """The first number behind one of the keys at the beginning of a header's line; None where there is none."""
    rest = text_after(text, *keys)
    found = numbers_in(rest) if rest is not None else []
    return found[0] if found and math.isfinite(found[0]) else None


def text_after(text: str, *keys: str) -> str | None:
    """The rest of the first line of a header that begins with one of the keys."""
    for key in keys:
        match = re.search(rf"^[#\s]*{re.escape(key)}\b[\s:=,]*(.*?)\s*$", text, re.M | re.I)
        if match:
            return match.group(1)
    return None


def lengths_mm(text: str) -> list[float]:
    """Lengths with their units in a text, mm."""
    found = re.findall(rf"({_NUMBER})\s*(nm|um|µm|mm|cm|m)\b", text)
    return [float(number) * _PER_MM[unit] for number, unit in found]


def positive(value: float | None) -> float | None:
    """A length or wavelength as it is; None for 0 and below, which headers write where they do not know."""
    return value if value is not None and math.isfinite(value) and value > 0 else None
