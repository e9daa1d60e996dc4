"""RingCheck: whether the ring of water lies where the header's energy and distance put it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ....experiment import Panel
from ....wavelength import KEV_ANGSTROM
from ...background.curves import air, polymer, water
from ..spots.examined_image import ExaminedImage
from .radial_profile import RadialProfile

WIDEST, STEP = 0.8, 0.05
"""By how much wavelength and distance are tried away from the header's, as natural logarithms, and in what steps."""

TOLERANCE = 0.06
"""Disagreement (natural logarithm) below which nothing is said: what the curve of water and the centre are good for."""

RING_Q = (1.7, 1.65)
"""Where the ring of water is, 1/Å: rings begin below the first and go on above the second, its inner flank."""

CLEAR, POOR_FIT = 30.0, 8.0
"""Least gain in chi-squared by the ring, and largest chi-squared a ring of a fit that is believed."""

SEPARATE = 0.08
"""Standard deviation of a logarithm below which wavelength and distance are told each by itself."""

_PLASTIC = ((1.35, 60.0, 0.15), (2.9, 12.0, 0.4))


@dataclass(frozen=True)
class RingCheck:
    """What the ring of water says of a header.

    Parameters
    ----------
    verdict : str
        ``agrees``, ``disagrees`` or ``cannot tell``.
    sentence : str
        The same for the user, with numbers.
    energy_kev : float
        Photon energy that the ring asks for where the distance is right, keV; NaN where it cannot tell.
    distance_mm : float
        Distance that it asks for where the energy is right, mm; NaN likewise.
    sigma : float
        Standard deviation of both, a part.
    separate : bool
        Whether the image tells energy and distance apart: rings at large angles, with many counts. Otherwise it tells
        their product with the wavelength alone.
    """

    verdict: str
    sentence: str
    energy_kev: float = float("nan")
    distance_mm: float = float("nan")
    sigma: float = float("nan")
    separate: bool = False


def check_ring(
    image: ExaminedImage, panel: Panel, wavelength_a: float, source_direction: ArrayLike = (0.0, 0.0, 1.0)
) -> RingCheck:
    """Hold the ring of water of one image against its header.

    One ring has one radius, R = L tan(2 theta) with sin(theta) = lambda q / (4 pi), at small angles the product of
    wavelength and distance. So one image tells that product, and not each of the two: an energy, if the distance is
    right, or a distance, if the energy is. Only where rings go out to large angles, at which R is no longer in
    proportion, or where the fall of the solid angle is seen, does it tell more; whether it does is reckoned.

    The profile over rings is held against water, air and plastic, each in whatever amount fits best, at wavelengths and
    distances about those of the header.

    Parameters
    ----------
    image : ExaminedImage
        An image that the spot finder has been through.
    panel : Panel
        The detector as the header has it.
    wavelength_a : float
        The header's wavelength, Å.
    source_direction : array_like, shape (3,)
        From the sample to the source, DIALS axes.

    Returns
    -------
    RingCheck
    """
    profile = RadialProfile.of(image, panel, source_direction)
    distance = float(abs(panel.origin_mm @ np.cross(panel.fast, panel.slow)))
    energy = KEV_ANGSTROM / wavelength_a
    if len(profile.mean) < 20 or profile.mean.max() <= 0:
        return RingCheck("cannot tell", "The image has too little background to show a ring of water.")
    steps = np.arange(-WIDEST, WIDEST + STEP / 2, STEP)
    # The ratio of lengths 1 / s is tried as a shift of its logarithm; likewise the wavelength.
    chi = np.array([[_chi_squared(profile, wavelength_a * np.exp(w), -d)[0] for d in steps] for w in steps])
    middle = len(steps) // 2
    shift_wave, sigma_wave, _ = _lowest(steps, chi[:, middle])
    shift_distance, sigma_distance, best = _lowest(steps, chi[middle])
    without = min(_chi_squared(profile, wavelength_a, -d, ring=False)[0] for d in steps)
    scale = max(best / max(len(profile.mean) - 5, 1), 1.0)
    seen = _ring_is_inside(profile, wavelength_a, -shift_distance)
    seen &= max(abs(shift_wave), abs(shift_distance)) < WIDEST - STEP / 2
    if (without - best) / scale < CLEAR or best > POOR_FIT * len(profile.mean) or not seen:
        return RingCheck("cannot tell", "No ring of water is seen in this image that its header could be held against.")
    spread = float(np.hypot(max(sigma_wave, sigma_distance) * np.sqrt(scale), TOLERANCE / 3))
    found_energy, found_distance = energy * np.exp(-shift_wave), distance * np.exp(shift_distance)
    separate = _separately(steps, chi / scale)
    each = (
        f"an energy of {found_energy:.2f} keV at this distance, or a distance of {found_distance:.0f} mm at this energy"
    )
    if abs(shift_distance) < max(TOLERANCE, 3 * spread):
        verdict = "agrees"
        sentence = (
            f"The ring of water lies where {energy:.2f} keV and {distance:.0f} mm put it, to {100 * spread:.0f} %."
        )
    else:
        verdict = "disagrees"
        sentence = (
            f"The ring of water does not lie where {energy:.2f} keV and {distance:.0f} mm put it: it asks for {each}."
        )
    return RingCheck(verdict, sentence, float(found_energy), float(found_distance), spread, separate)


def _chi_squared(
    profile: RadialProfile, wavelength_a: float, log_shrink: float, ring: bool = True
) -> tuple[float, NDArray[np.float64]]:
    """Chi-squared of the best mixture, and its parts, were the tangents of angles larger by exp(log_shrink)."""
    from scipy.optimize import nnls

    angle = np.arctan(np.tan(profile.two_theta_rad) * np.exp(log_shrink))
    q = 4 * np.pi / wavelength_a * np.sin(angle / 2)
    cosine = np.cos(angle)
    curves = [air(q), polymer(q, _PLASTIC), 1 / (1 + q**2)]
    if ring:
        curves.append(water(q))
    # Whole rings have half of either polarisation, parts of rings any mixture, from 1 to the squared cosine.
    seen = (cosine**3, cosine**5)
    matrix = np.stack([curve * one for curve in curves for one in seen], axis=1)
    sizes = np.maximum(np.abs(matrix).max(axis=0), 1e-300)
    amounts, rest = nnls(matrix / sizes / profile.sigma[:, np.newaxis], profile.mean / profile.sigma)
    return float(rest**2), amounts


def _lowest(steps: NDArray[np.float64], chi: NDArray[np.float64]) -> tuple[float, float, float]:
    """Where a curve of chi-squared is lowest, by a parabola, with its standard deviation and the lowest value."""
    at = int(np.clip(chi.argmin(), 1, len(chi) - 2))
    below, here, above = chi[at - 1 : at + 2]
    bend = below - 2 * here + above
    if bend <= 0:
        return float(steps[chi.argmin()]), WIDEST, float(chi.min())
    offset = float(np.clip((below - above) / (2 * bend), -1, 1))
    width = float(STEP * np.sqrt(2 / bend))
    return float(steps[at] + STEP * offset), width, float(here - (below - above) * offset / 4)


def _separately(steps: NDArray[np.float64], chi: NDArray[np.float64]) -> bool:
    """Whether both are told: the spread of the wavelength over all distances, each as probable as chi-squared says."""
    weight = np.exp(-(chi - chi.min()) / 2)
    share = weight.sum(axis=1) / weight.sum()
    mean = (share * steps).sum()
    return bool(np.sqrt((share * (steps - mean) ** 2).sum()) < SEPARATE)


def _ring_is_inside(profile: RadialProfile, wavelength_a: float, log_shrink: float) -> bool:
    angle = np.arctan(np.tan(profile.two_theta_rad) * np.exp(log_shrink))
    q = 4 * np.pi / wavelength_a * np.sin(angle / 2)
    return bool(q.min() < RING_Q[0] and q.max() > RING_Q[1])
