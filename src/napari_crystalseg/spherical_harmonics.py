"""Real spherical harmonics in the frame of the labels, and directions over which they are summed exactly."""

from __future__ import annotations

from math import factorial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import InputError


def to_angles(directions: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return latitude and azimuth of unit vectors in array axes, with the rotation axis through the poles.

    The azimuth is counted from axis 1 (DIALS +Z, where the source is at angle zero) to axis 2 (DIALS +Y): as the sample
    turns by +phi about DIALS +X, the source wanders in the sample to the azimuth phi. So the equator is the path of
    the incident beam, and its azimuth is the scan angle.

    Parameters
    ----------
    directions : array_like, shape (..., 3)
        Unit vectors (z, y, x).

    Returns
    -------
    latitude_rad, azimuth_rad : ndarray of float64, shape (...)
        Angle from the equator, -pi/2 to pi/2, and azimuth, -pi to pi.
    """
    vectors = np.asarray(directions, dtype=float)
    return np.arcsin(np.clip(vectors[..., 0], -1, 1)), np.arctan2(vectors[..., 2], vectors[..., 1])


def from_angles(latitude_rad: ArrayLike, azimuth_rad: ArrayLike) -> NDArray[np.float64]:
    """Return unit vectors (z, y, x) from latitude and azimuth; the inverse of :func:`to_angles`."""
    latitude, azimuth = np.asarray(latitude_rad, dtype=float), np.asarray(azimuth_rad, dtype=float)
    across = np.cos(latitude)
    return np.stack(np.broadcast_arrays(np.sin(latitude), across * np.cos(azimuth), across * np.sin(azimuth)), axis=-1)


def harmonic_degrees(order: int) -> NDArray[np.int64]:
    """Return degree l and order m of each harmonic up to ``order``: (0, 0), (1, -1), (1, 0), (1, 1), ...

    Returns
    -------
    ndarray of int64, shape ((order + 1)**2, 2)
    """
    return np.array([(degree, m) for degree in range(order + 1) for m in range(-degree, degree + 1)], dtype=np.int64)


def real_spherical_harmonics(directions: ArrayLike, order: int) -> NDArray[np.float64]:
    """Return the real spherical harmonics of each direction, orthonormal over the sphere.

    With the normalised associated Legendre functions, without the phase of Condon and Shortley,

        N P_lm(sin latitude) times sqrt(2) cos(m azimuth), 1, sqrt(2) sin(|m| azimuth) for m > 0, m = 0, m < 0,
        N² = (2l + 1) (l - |m|)! / (4 pi (l + |m|)!)

    (Abramowitz and Stegun 1964, Handbook of Mathematical Functions, ch. 8; signs as in the absorption surface of DIALS,
    whose polar axis, too, is the rotation axis: Beilsten-Edmands et al. 2020, Acta Cryst. D76, 385-399).

    Parameters
    ----------
    directions : array_like, shape (n, 3)
        Unit vectors in array axes (z, y, x).
    order : int
        Highest degree l.

    Returns
    -------
    ndarray of float64, shape (n, (order + 1)**2)
        Columns in the order of :func:`harmonic_degrees`.

    Raises
    ------
    InputError
        The order is negative.
    """
    from scipy.special import lpmv

    if order < 0:
        raise InputError(f"Spherical harmonics begin at order 0, not {order}.")
    latitude, azimuth = to_angles(directions)
    height = np.sin(latitude)
    columns = []
    for degree, m in harmonic_degrees(order).tolist():
        k = abs(m)
        norm = np.sqrt((2 * degree + 1) / (4 * np.pi) * factorial(degree - k) / factorial(degree + k))
        legendre = (-1) ** k * norm * lpmv(k, degree, height)
        turn = np.sqrt(2) * (np.cos(k * azimuth) if m > 0 else np.sin(k * azimuth)) if m else np.ones_like(azimuth)
        columns.append(legendre * turn)
    return np.stack(columns, axis=-1)


def gauss_legendre_directions(rings: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return directions and weights over which every harmonic up to degree 2 ``rings`` - 1 is summed exactly.

    Rings of latitude at the nodes of Gauss and Legendre, each of 2 ``rings`` directions evenly in azimuth (the product
    rule; Atkinson and Han 2012, Spherical Harmonics and Approximations on the Unit Sphere, ch. 5). The product of two
    harmonics up to degree ``rings`` - 1 is summed exactly, so that these are orthonormal over the directions, too.

    Parameters
    ----------
    rings : int
        Rings of latitude; at least 1.

    Returns
    -------
    directions : ndarray of float64, shape (2 * rings**2, 3)
        Unit vectors in array axes (z, y, x), ring by ring from the pole at -axis 0, each from azimuth zero.
    weights : ndarray of float64, shape (2 * rings**2,)
        Part of the sphere that each stands for; they add up to 1.

    Raises
    ------
    InputError
        No ring.
    """
    if rings < 1:
        raise InputError(f"At least one ring of directions is needed, not {rings}.")
    height, part = np.polynomial.legendre.leggauss(rings)
    azimuth = np.arange(2 * rings) * np.pi / rings
    directions = from_angles(np.arcsin(height)[:, np.newaxis], azimuth[np.newaxis, :]).reshape(-1, 3)
    return directions, np.repeat(part / 2 / (2 * rings), 2 * rings)
