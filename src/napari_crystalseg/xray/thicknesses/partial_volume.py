"""Voxels that several materials share.

A mixed voxel is taken for an even mixture: it counts the mean of its materials, each by its share, so that projections
stay exact for the voxel model. What such voxels smear is undone to second order in :mod:`.wave_arrays`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...checks import checked_finite
from ...errors import InputError
from ...labels import Labels, Material
from ..substances.solution import with_concentrations

# Shares are counted or computed in float32, whose sums of five miss 1 by far less.
_ROUNDING = 1e-4


def checked_fractions(fractions: ArrayLike, labels: Labels) -> NDArray[np.float32]:
    """Return the shares of materials 1 to 4 in each voxel, shape (4, z, y, x).

    Parameters
    ----------
    fractions : array_like, shape (4 or 5, z, y, x)
        Share of each voxel that each material fills, with air first or without.
    labels : Labels
        What gives the number of voxels.

    Raises
    ------
    InputError
        Another shape, a share that is not finite or outside 0 to 1, or shares that sum to more than 1.
    """
    shares = np.asarray(fractions, dtype=np.float32)
    if shares.ndim != 4 or len(shares) not in (4, 5) or shares.shape[1:] != labels.shape:
        raise InputError(
            f"The fractions are {shares.shape}, but the labels are {labels.shape} voxels: give a volume for each of "
            "the materials 1 to 4, or 0 to 4, of shape (material, z, y, x)."
        )
    shares = shares[-4:]
    checked_finite(shares, "The fractions")
    if shares.min() < -_ROUNDING or max(float(slab.sum(axis=0).max()) for slab in np.moveaxis(shares, 1, 0)) > (
        1 + _ROUNDING
    ):
        raise InputError("Fractions lie between 0 and 1, and those of a voxel sum to 1 at most.")
    return shares


def with_fractions(
    labels: Labels,
    values: NDArray[np.float64],
    shares: NDArray[np.float32],
    solvent: NDArray[np.float64] | None = None,
    relative: NDArray[np.float32] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Give each mixed voxel a value of its own.

    Parameters
    ----------
    labels : Labels
        What gives the grid.
    values : ndarray, shape (4, channel)
        What a µm of materials 1 to 4 counts.
    shares : ndarray of float32, shape (4, z, y, x)
        Share of each voxel that each of them fills; the rest is air.
    solvent, relative
        What a µm of solvent counts, and the concentration in each voxel that holds liquor, as in
        :func:`.solution.with_concentrations`; by default it is 1 everywhere.

    Returns
    -------
    values : ndarray, shape (4 + concentration + mixed voxel, channel)
    codes : ndarray of int32, shape (z, y, x)
        Which of the values counts in each voxel, 1 for the first and 0 for none.
    """
    pure = np.zeros(labels.shape, dtype=np.uint8)
    mixed = np.zeros(labels.shape, dtype=bool)
    for number, share in enumerate(shares, 1):
        pure[share == 1] = number
        mixed |= share > 0
    mixed &= pure == 0
    materials = values
    codes = None
    if relative is not None and solvent is not None:
        values, codes = with_concentrations(replace(labels, data=pure), values, solvent, relative)
    if codes is None:
        codes = pure.astype(np.int32)
    within = shares[:, mixed].astype(np.float64)
    mixtures = within.T @ materials
    if relative is not None and solvent is not None:
        liquor = Material.LIQUOR - 1
        excess = within[liquor] * (relative[mixed].astype(np.float64) - 1)
        mixtures += excess[:, np.newaxis] * (materials[liquor] - solvent)
    codes[mixed] = np.arange(len(mixtures), dtype=np.int32) + len(values) + 1
    return np.concatenate([values, mixtures]), codes
