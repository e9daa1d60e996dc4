"""The dispensing point in words."""

from __future__ import annotations

from ....drops.dispensing import DispensingPosition
from ...parts.levels import WARNING_SIGN
from .opened_drop import FollowedDrop, Place


def place_words(
    followed: FollowedDrop, by_hand_px: Place | None, pixel_size_um: float | None, shape: tuple[int, int]
) -> tuple[str, bool]:
    """Say where the dispensing point lies.

    Parameters
    ----------
    followed : FollowedDrop
        What was worked out.
    by_hand_px : (float, float) or None
        Where a person put it (row, column).
    pixel_size_um : float or None
        Side of a pixel, µm; None where nobody knows, and lengths are in pixels.
    shape : (int, int)
        Rows and columns of the image.

    Returns
    -------
    text : str
        A sentence.
    warning : bool
        Whether it says that something is wrong.
    """
    place = followed.best_px if by_hand_px is None else by_hand_px
    if place is None:
        return f"No dispensing point: {followed.reason}.", False
    unit, size = ("px", 1.0) if pixel_size_um is None else ("µm", pixel_size_um)
    y, x = DispensingPosition(place, 1.0).offset_um(shape, size)
    beside = f"{abs(x):.0f} {unit} {'right' if x >= 0 else 'left'}"
    above = f"{abs(y):.0f} {unit} {'below' if y >= 0 else 'above'}"
    how = "Best place" if by_hand_px is None else "By hand"
    check = followed.check
    if check is not None and check.warning:
        return f"{WARNING_SIGN} {how}: {check.warning} ({beside}, {above} the image's centre)", True
    clearance = "" if check is None or check.clearance_px is None else f"{check.clearance_px * size:.0f} {unit}"
    return f"{how}: {clearance} clear of crystals and edge; {beside} and {above} the image's centre.", False
