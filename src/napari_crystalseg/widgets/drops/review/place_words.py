"""The dispensing point in words."""

from __future__ import annotations

from ....drops.dispensing import DispensingPosition
from ...parts.levels import WARNING_SIGN
from .opened_drop import FollowedDrop, Place


def place_words(
    followed: FollowedDrop, by_hand_px: Place | None, pixel_size_um: float, shape: tuple[int, int]
) -> tuple[str, bool]:
    """Say where the dispensing point lies.

    Parameters
    ----------
    followed : FollowedDrop
        What was worked out.
    by_hand_px : (float, float) or None
        Where a person put it (row, column).
    pixel_size_um : float
        Side of a pixel, µm.
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
    y_um, x_um = DispensingPosition(place, 1.0).offset_um(shape, pixel_size_um)
    beside = f"{abs(x_um):.0f} µm {'right' if x_um >= 0 else 'left'}"
    above = f"{abs(y_um):.0f} µm {'below' if y_um >= 0 else 'above'}"
    how = "Best place" if by_hand_px is None else "By hand"
    check = followed.check
    if check is not None and check.warning:
        return f"{WARNING_SIGN} {how}: {check.warning} ({beside}, {above} the image's centre)", True
    clearance = "" if check is None or check.clearance_px is None else f"{check.clearance_px * pixel_size_um:.0f} µm"
    return f"{how}: {clearance} clear of crystals and edge; {beside} and {above} the image's centre.", False
