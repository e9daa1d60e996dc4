"""Composition of the liquor: gradients across it and a skin where it dries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...labels import Labels, Material


@dataclass(frozen=True)
class Composition:
    """How concentrated the liquor is from place to place, relative to its mean.

    A gradient runs evenly along a direction. A skin is richer (or poorer) by ``skin_excess`` at the surface to the
    air and fades as exp(-depth / thickness): the profile that steady drying leaves, with the thickness D/v of the
    solute's diffusivity over the surface's retreat.

    Parameters
    ----------
    gradient_per_um : (float, float, float)
        Relative change a micrometre along (z, y, x).
    skin_excess : float
        Relative excess at the surface, -1 or more.
    skin_um : float
        Thickness of the skin, µm.

    Raises
    ------
    InputError
        A number that is not finite, an excess below -1, or a thickness that is not positive.
    """

    gradient_per_um: tuple[float, float, float] = (0.0, 0.0, 0.0)
    skin_excess: float = 0.0
    skin_um: float = 5.0

    def __post_init__(self) -> None:
        if len(self.gradient_per_um) != 3 or not np.isfinite(self.gradient_per_um).all():
            raise InputError(f"A gradient is three finite numbers (z, y, x) a micrometre, not {self.gradient_per_um}.")
        if not -1 <= self.skin_excess < np.inf:
            raise InputError(f"A skin cannot lack more than everything: the excess is {self.skin_excess}.")
        if not 0 < self.skin_um < np.inf:
            raise InputError(f"A skin needs a positive thickness, not {self.skin_um} µm.")

    def relative(self, labels: Labels) -> NDArray[np.float32]:
        """Concentration relative to its mean over the liquor.

        Parameters
        ----------
        labels : Labels
            Sample; its voxels must be cubes.

        Returns
        -------
        ndarray of float32, shape (z, y, x)
            1 on average over the liquor, 0 elsewhere, never negative. The gradient turns about the field's middle.

        Raises
        ------
        InputError
            The voxels are not cubes, or the composition leaves nothing anywhere.
        """
        from scipy.ndimage import distance_transform_edt

        if len(set(labels.required_voxel_size_um)) > 1:
            raise InputError(f"The composition needs cubic voxels, not {labels.required_voxel_size_um} µm.")
        size = labels.required_voxel_size_um[0]
        liquor, air = labels.data == Material.LIQUOR, labels.data == Material.AIR
        amount = np.ones(labels.shape, dtype=np.float32)
        for axis, (slope, n) in enumerate(zip(self.gradient_per_um, labels.shape, strict=True)):
            along = (np.arange(n) - (n - 1) / 2) * size * slope
            amount += along.astype(np.float32).reshape([-1 if a == axis else 1 for a in range(3)])
        if self.skin_excess and air.any():
            # The surface lies half a voxel before the first voxel of air.
            depth = (distance_transform_edt(~air) - 0.5) * size
            amount += np.float32(self.skin_excess) * np.exp(-depth / self.skin_um).astype(np.float32)
        amount = np.where(liquor, np.maximum(amount, 0), 0)
        if not liquor.any():
            return amount
        mean = float(amount.sum(dtype=np.float64)) / np.count_nonzero(liquor)
        if mean <= 0:
            raise InputError("The gradient leaves no solute in the liquor; make it gentler.")
        return amount / np.float32(mean)
