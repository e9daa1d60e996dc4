"""The rotation axis from centres of mass, where too few angles were measured for a reconstruction to tell it.

The centre of mass of a projection at angle φ, of a body whose own lies at (y, x) from the axis, is at column
``centre + x cos φ - y sin φ`` (the first of the consistency conditions of Helgason and Ludwig). Three numbers are
fitted to all angles, however many are missing; the whole body must be seen at each.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Part of the detector's width on each side that is taken for air.
_MARGIN = 0.03
# Projections in which something passed through the field lie farther off the fit, in deviations of the others.
_FAR = 4.0


def centre_from_mass(profiles: NDArray[np.floating], angles_deg: NDArray[np.float64]) -> float:
    """Column of the rotation axis.

    Parameters
    ----------
    profiles : ndarray, shape (angle, column)
        Line integrals, or their mean over rows, of a sample that is inside of the field at each angle.
    angles_deg : ndarray, shape (angle,)
        Rotation angles.

    Returns
    -------
    float
        0 is the middle of the first pixel. NaN where the profiles have no mass.
    """
    width = profiles.shape[1]
    margin = max(2, round(_MARGIN * width))
    column = np.arange(width, dtype=np.float64)
    mean = profiles.mean(axis=0, dtype=np.float64)
    # What air leaves at both sides, on average, draws the centre to the middle of the detector.
    places = (margin - 1) / 2, width - 1 - (margin - 1) / 2
    profiles = profiles - np.interp(column, places, (mean[:margin].mean(), mean[-margin:].mean()))
    mass = float(profiles.sum(axis=1).mean())
    if not mass > 0:
        return float("nan")
    moment = (profiles * column).sum(axis=1) / mass
    phi = np.radians(angles_deg)
    design = np.stack([np.ones_like(phi), np.cos(phi), -np.sin(phi)], axis=1)
    used = np.ones(len(phi), dtype=bool)
    fit = np.zeros(3)
    for _ in range(3):
        fit = np.linalg.lstsq(design[used], moment[used], rcond=None)[0]
        rest = np.abs(moment - design @ fit)
        used = rest <= _FAR * 1.4826 * np.median(rest) + 1e-9
    return float(fit[0])
