"""Mean uncertainty: how unsure the network is over the sample, and over what it calls crystal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..labels import Labels, Material
from ..uncertainty import checked_uncertainty


@dataclass(frozen=True)
class MeanUncertainty:
    """Mean probability that the network's labels are wrong, 0 to 1.

    Parameters
    ----------
    sample : float
        Over all that is not air; over everything where all is.
    crystal : float or None
        Over the crystal; None where there is none.
    """

    sample: float
    crystal: float | None

    @classmethod
    def of(cls, labels: Labels, uncertainty: NDArray[np.uint8]) -> MeanUncertainty:
        """Take the means of an uncertainty, uint8 of shape (z, y, x), over the classes of its labels."""
        sums, counts = np.zeros(len(Material)), np.zeros(len(Material), dtype=np.int64)
        # One slice at a time: counting takes sixteen bytes a voxel.
        for section, unsure in zip(labels.data, checked_uncertainty(uncertainty, labels.shape), strict=True):
            codes = section.reshape(-1)
            sums += np.bincount(codes, weights=unsure.reshape(-1), minlength=len(Material)) / 255
            counts += np.bincount(codes, minlength=len(Material))
        solid = slice(Material.LIQUOR, None) if counts[Material.LIQUOR :].any() else slice(None)
        crystal = counts[Material.CRYSTAL]
        return cls(
            float(sums[solid].sum() / counts[solid].sum()),
            float(sums[Material.CRYSTAL] / crystal) if crystal else None,
        )
