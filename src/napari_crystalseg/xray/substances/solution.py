"""Liquor whose solutes are not spread evenly.

Where solutes take up a volume in proportion to their amount, as :class:`~.liquor_recipe.LiquorRecipe` has it, the
number of atoms of each element in a volume of solution is linear in their concentration, and so is the refractive
index: at c times the concentration

    δ(c) = δ(water) + c (δ(liquor) − δ(water)),

and β likewise. Each concentration that occurs is a material of its own, so that projections stay exact for the voxel
model.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...checks import checked_finite
from ...errors import InputError
from ...labels import Labels, Material
from ...wavelength import wavelength_um
from ..optics import Optics
from .refractive_index import refractive_index
from .substance import water


def checked_concentration(concentration: ArrayLike, labels: Labels) -> NDArray[np.float32]:
    """Return the concentration in each voxel as float32, axes (z, y, x).

    Raises
    ------
    InputError
        Another shape than that of the labels, or a value that is negative or not finite.
    """
    relative = np.ascontiguousarray(concentration, dtype=np.float32)
    if relative.shape != labels.shape:
        raise InputError(f"The concentration is {relative.shape} (z, y, x), but the labels are {labels.shape} voxels.")
    checked_finite(relative, "The concentration")
    if relative.min() < 0:
        raise InputError(f"A concentration cannot be negative, but the least is {relative.min():g}.")
    return relative


def solvent_values(optics: Optics) -> NDArray[np.float64]:
    """What a µm of water counts in each channel; see :func:`.line_integral_values.line_integral_values`."""
    wavenumber = 2 * np.pi / wavelength_um(optics.energy_kev)
    index = refractive_index(water(), optics.energy_kev)
    values = [wavenumber * index.beta, wavenumber * index.delta]
    if optics.third_harmonic > 0:
        values.append(6 * wavenumber * refractive_index(water(), 3 * optics.energy_kev).beta)
    return np.array(values)


def with_concentrations(
    labels: Labels,
    values: NDArray[np.float64],
    solvent: NDArray[np.float64],
    relative: NDArray[np.float32],
) -> tuple[NDArray[np.float64], NDArray[np.int32] | None]:
    """Tell the liquor's concentrations apart as materials.

    Parameters
    ----------
    labels : Labels
        Sample.
    values : ndarray, shape (4, channel)
        What a µm of materials 1 to 4 counts.
    solvent : ndarray, shape (channel,)
        What a µm of solvent counts.
    relative : ndarray of float32, shape (z, y, x)
        Concentration in each voxel of liquor.

    Returns
    -------
    values : ndarray, shape (4 + concentration, channel)
    codes : ndarray of int32, shape (z, y, x), or None
        Which of the values counts in each voxel, 1 for the first and 0 for none. None where the concentration is 1
        everywhere: the labels then say it all.
    """
    there = labels.data == Material.LIQUOR
    levels, number = np.unique(relative[there], return_inverse=True)
    if (levels == 1).all():
        return values, None
    codes = labels.data.astype(np.int32)
    codes[there] = number.reshape(-1) + len(values) + 1
    liquor = values[Material.LIQUOR - 1]
    return np.concatenate([values, solvent + levels[:, np.newaxis].astype(np.float64) * (liquor - solvent)]), codes
