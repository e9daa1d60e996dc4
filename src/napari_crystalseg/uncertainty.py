"""Uncertainty: how probable it is, in each voxel, that its label is wrong.

It is kept in one byte a voxel: 255 times that probability.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .checks import checked_shape
from .errors import InputError

MEANING = "255 × probability that the label of the voxel is wrong"
"""What the numbers are, as files and records say it."""
NOT_CALIBRATED = f"{MEANING}, as the network says: not calibrated"
"""What they are of a model whose confidence was not held against known labels."""

_CLASSES = 5  # of the entropy that earlier versions wrote


def checked_uncertainty(values: NDArray[Any], shape: tuple[int, ...] | None = None) -> NDArray[np.uint8]:
    """Return an uncertainty, or refuse what is none.

    Parameters
    ----------
    values : ndarray of uint8, shape (z, y, x)
        255 times the probability that the label is wrong.
    shape : tuple of int, optional
        Of the labels that it belongs to.

    Returns
    -------
    ndarray of uint8, shape (z, y, x)
        The same array.

    Raises
    ------
    InputError
        Not uint8, not three axes, or another shape.
    """
    values = np.asarray(values)
    if values.dtype != np.uint8:
        raise InputError(
            f"The uncertainty must be uint8, {MEANING}, not {values.dtype}; 'open_uncertainty' reads files of earlier "
            "versions so."
        )
    checked_shape(values, "The uncertainty", ("z", "y", "x"))
    if shape is not None and values.shape != tuple(shape):
        raise InputError(f"The uncertainty has shape {values.shape}, the labels {tuple(shape)}.")
    return values


def probability_wrong(uncertainty: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the probability, 0 to 1, that labels are wrong, in the shape of the uncertainty."""
    return uncertainty * np.float32(1 / 255)


def uncertainty_of_numbers(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Take numbers of a file for an uncertainty.

    Parameters
    ----------
    values : ndarray, shape (z, y, x)
        uint8, or whole numbers 0 to 255 of another type, as programs make them that only write float32; or decimals 0
        to 1, the normalised entropy that versions before 0.1 wrote.

    Returns
    -------
    ndarray of uint8, shape (z, y, x)

    Raises
    ------
    InputError
        NaN, or numbers that are neither.
    """
    if values.dtype == np.uint8:
        return values
    low, high = float(np.min(values)), float(np.max(values))
    if np.issubdtype(values.dtype, np.floating) and low >= -1e-6 and high <= 1 + 1e-6:
        return _of_entropy(values)
    if not (low >= 0 and high <= 255 and all((slab == np.rint(slab)).all() for slab in values)):
        raise InputError(
            f"The uncertainty runs from {low:g} to {high:g}; it must be whole numbers from 0 to 255, as "
            "'crystalseg segment --uncertainty' writes it."
        )
    return values.astype(np.uint8)


def _of_entropy(entropy: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Uncertainty of a normalised entropy that two classes share, slab by slab.

    The probability is the inverse of h(p) = -p ln p - (1 - p) ln(1 - p) for p up to 1/2; beyond ln 2 more than two
    classes share it.
    """
    p = np.linspace(0, 0.5, 257)
    shared = np.zeros_like(p)
    shared[1:] = -(p[1:] * np.log(p[1:]) + (1 - p[1:]) * np.log1p(-p[1:]))
    limit = float(np.log(2) / np.log(_CLASSES))
    found = np.empty(entropy.shape, dtype=np.uint8)
    for slab, made in zip(entropy, found, strict=True):
        low = np.interp(slab, shared / np.log(_CLASSES), p)
        beyond = 0.5 + 0.3 * np.clip((slab - limit) / (1 - limit), 0, 1)
        made[...] = np.rint(255 * np.where(slab > limit, beyond, low))
    return found
