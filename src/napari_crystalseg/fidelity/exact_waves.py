"""Exact solutions of the paraxial wave equation, to hold the simulation against."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..xray.substances.refractive_index import RefractiveIndex

# Points in a turn of the integrand's phase.
POINTS_PER_TURN = 16


def knife_edge(x_um: ArrayLike, wavelength_um: float, distance_um: float) -> NDArray[np.float64]:
    """Intensity behind an opaque half-plane x < 0, in parts of the beam (Born & Wolf, *Principles of Optics*, 8.7)."""
    from scipy.special import fresnel

    sine, cosine = fresnel(np.asarray(x_um) * np.sqrt(2 / (wavelength_um * distance_um)))
    intensity: NDArray[np.float64] = 0.5 * ((0.5 + cosine) ** 2 + (0.5 + sine) ** 2)
    return intensity


def gaussian_beam(r_um: ArrayLike, waist_um: float, wavelength_um: float, distance_um: float) -> NDArray[np.float64]:
    """Intensity of a Gaussian beam, 1 in the middle of its waist (Siegman, *Lasers*, ch. 17)."""
    widening = 1 + (distance_um * wavelength_um / (np.pi * waist_um**2)) ** 2
    return np.exp(-2 * np.asarray(r_um) ** 2 / (waist_um**2 * widening)) / widening


def cylinder(
    x_um: ArrayLike, radius_um: float, index: RefractiveIndex, wavelength_um: float, distance_um: float
) -> NDArray[np.float64]:
    """Intensity behind a thin-sheet cylinder along the rotation axis, at distances ``x_um`` from its middle.

    Fresnel's integral of T − 1, T = exp(−k(β + iδ)·2√(R² − x²)), by dense quadrature; the beam itself is added.
    """
    x = np.atleast_1d(np.asarray(x_um, dtype=np.float64))
    points = _points(radius_um, float(np.abs(x).max()), index, wavelength_um, distance_um)
    # x' = R sin θ takes the vertical tangent at the edge out of the integrand.
    theta = np.pi / 2 * ((2 * np.arange(points) + 1) / points - 1)
    source, weight = radius_um * np.sin(theta), radius_um * np.cos(theta) * np.pi / points
    missing = (_sheet(radius_um * np.cos(theta), index, wavelength_um) - 1) * weight
    scale = 1 / np.sqrt(1j * wavelength_um * distance_um)
    field = np.array(
        [1 + scale * np.sum(missing * _spherical(at - source, wavelength_um, distance_um)) for at in x.ravel()]
    )
    intensity: NDArray[np.float64] = (np.abs(field) ** 2).reshape(x.shape)
    return intensity


def sphere(
    r_um: ArrayLike, radius_um: float, index: RefractiveIndex, wavelength_um: float, distance_um: float
) -> NDArray[np.float64]:
    """Intensity behind a thin-sheet sphere, at distances ``r_um`` from its middle.

    As :func:`cylinder`, by Hankel's integral with the Bessel function J0.
    """
    from scipy.special import j0

    r = np.atleast_1d(np.asarray(r_um, dtype=np.float64))
    points = _points(radius_um, float(r.max()), index, wavelength_um, distance_um)
    theta = np.pi / 2 * (np.arange(points) + 0.5) / points
    source, weight = radius_um * np.sin(theta), radius_um * np.cos(theta) * np.pi / (2 * points)
    missing = (_sheet(radius_um * np.cos(theta), index, wavelength_um) - 1) * source * weight
    missing = missing * _spherical(source, wavelength_um, distance_um)
    scale = 2 * np.pi / (wavelength_um * distance_um)
    field = np.array([np.sum(missing * j0(scale * at * source)) for at in r.ravel()]).reshape(r.shape)
    intensity: NDArray[np.float64] = np.abs(1 - 1j * scale * _spherical(r, wavelength_um, distance_um) * field) ** 2
    return intensity


def _points(
    radius_um: float, farthest_um: float, index: RefractiveIndex, wavelength_um: float, distance_um: float
) -> int:
    """Enough points for the phase of the quadratic kernel and of the sample."""
    turns = radius_um * (radius_um + farthest_um) / (wavelength_um * distance_um)
    turns += 2 * radius_um * index.delta / wavelength_um
    return int(np.ceil(POINTS_PER_TURN * (turns + 10) * np.pi))


def _sheet(half_chord_um: NDArray[np.float64], index: RefractiveIndex, wavelength_um: float) -> NDArray[np.complex128]:
    transmission: NDArray[np.complex128] = np.exp(
        -4 * np.pi / wavelength_um * (index.beta + 1j * index.delta) * half_chord_um
    )
    return transmission


def _spherical(x_um: NDArray[np.float64], wavelength_um: float, distance_um: float) -> NDArray[np.complex128]:
    wave: NDArray[np.complex128] = np.exp(1j * np.pi * x_um**2 / (wavelength_um * distance_um))
    return wave
