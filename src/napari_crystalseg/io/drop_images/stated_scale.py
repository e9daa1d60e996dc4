"""The side of a pixel as a file's resolution states it, where that is one of a microscope."""

from __future__ import annotations

import math

from ..assumed.statements import Statements

UM_PER_INCH = 25400.0

LARGEST_FROM_RESOLUTION_UM = 10.0
"""Above this a resolution is one for screens or printers, which programs write unasked: 72 dots an inch are 353 µm."""


def from_resolution(per_um: tuple[float | None, float | None], said: str, statements: Statements) -> float | None:
    """Return the side of a pixel, µm, that a resolution states; None, and said, where it is none of a microscope.

    Parameters
    ----------
    per_um : (float or None, float or None)
        Pixels per µm along rows' axis and columns'; None where it is not stated.
    said : str
        The resolution in the words of the file, such as ``96 dots per inch``.
    statements : Statements
        Takes what was assumed, or not used.
    """
    sizes = [1 / one for one in per_um if one is not None and math.isfinite(one) and one > 0]
    if not sizes:
        return None
    if max(sizes) > LARGEST_FROM_RESOLUTION_UM:
        statements.not_used(f"its resolution of {said}, as for a screen or a printer")
        return None
    size = square(sizes, statements)
    if size is not None:
        statements.assumed(f"side of a pixel, {size:.6g} µm, taken from its resolution of {said}")
    return size


def square(sizes_um: list[float], statements: Statements) -> float | None:
    """Return the one side of pixels that are square, µm; None, and said, where they are not."""
    if not sizes_um:
        return None
    if not all(math.isfinite(one) and one > 0 for one in sizes_um):
        statements.not_used("a size of its pixels that is no positive length")
        return None
    if max(sizes_um) > 1.01 * min(sizes_um):
        told = " by ".join(f"{one:.6g}" for one in sizes_um)
        statements.not_used(f"the size of its pixels, {told} µm, which are not square")
        return None
    return sizes_um[-1]
