"""Mean uncertainty: how unsure the network is over the sample, and over what it calls crystal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..labels import Labels, Material


@dataclass(frozen=True)
class MeanUncertainty:
    """Means of the network's uncertainty, 0 sure to 1 a guess.

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
    def of(cls, labels: Labels, uncertainty: NDArray[np.float32]) -> MeanUncertainty:
        """Take the means of an uncertainty, shape (z, y, x), over the classes of its labels."""
        sums = np.bincount(labels.data.reshape(-1), weights=uncertainty.reshape(-1), minlength=len(Material))
        counts = np.bincount(labels.data.reshape(-1), minlength=len(Material))
        solid = slice(Material.LIQUOR, None) if counts[Material.LIQUOR :].any() else slice(None)
        crystal = counts[Material.CRYSTAL]
        return cls(
            float(sums[solid].sum() / counts[solid].sum()),
            float(sums[Material.CRYSTAL] / crystal) if crystal else None,
        )
