"""Which part of a reflection each image of a rotation scan holds."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...experiment import Sweep
from ..beam import DiffractionBeam
from ..crystal import DiffractingCrystal
from .predicted import PredictedReflections


def reflecting_range_rad(
    predicted: PredictedReflections, crystal: DiffractingCrystal, beam: DiffractionBeam
) -> NDArray[np.float64]:
    """Return the standard deviation, in scan angle, over which each reflection is seen, radians.

    A turn of d phi takes a point d phi |m.(s1 x s0)| / lambda (unit vectors) through the Ewald sphere, so this is the
    width of the point over that: for mosaicity alone, eta / |zeta| (Kabsch 2010).
    """
    width = crystal.point_width(predicted.d_spacing, beam)
    result: NDArray[np.float64] = width * predicted.wavelength_angstrom * predicted.lorentz
    return result


def partialities(
    predicted: PredictedReflections, range_rad: NDArray[np.float64], sweep: Sweep, image: ArrayLike
) -> NDArray[np.float64]:
    """Return which part of each reflection an image holds.

    Parameters
    ----------
    predicted : PredictedReflections
        Reflections, shape (n,).
    range_rad : ndarray, shape (n,)
        Of :func:`reflecting_range_rad`.
    sweep : Sweep
        The scan.
    image : array_like of int, shape (m,) or ()
        Images, counted from 0 as in ``xyzcal.px``.

    Returns
    -------
    ndarray of float64, shape (n, m) or (n,)
        p = [erf(z(end)) - erf(z(start))] / 2, z = (phi - phi_h) / (sqrt(2) sigma).
    """
    from scipy.special import ndtr

    first = np.asarray(image, dtype=float)
    edges = sweep.scan_angle_rad(np.stack([first, first + 1]))
    phi = predicted.phi_rad.reshape(-1, *[1] * first.ndim)
    sigma = range_rad.reshape(phi.shape)
    low, high = (ndtr((edge - phi) / sigma) for edge in edges)
    part: NDArray[np.float64] = np.abs(high - low)
    return part
