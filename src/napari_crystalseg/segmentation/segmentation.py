"""What the network made of a volume."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..checks import checked_shape, read_only
from ..errors import InputError
from ..labels import Labels
from .grids.class_probabilities import ClassProbabilities


@dataclass(frozen=True, eq=False)
class Segmentation:
    """What the network made of a volume.

    Parameters
    ----------
    labels : Labels
        Class of each voxel, on the volume's grid.
    uncertainty : ndarray of float32, shape (z, y, x)
        Entropy of the class probabilities over its greatest possible value: 0 sure, 1 no idea.
    probabilities : ClassProbabilities or None
        Probability of each class, and how far the mirror images disagree; None where they were not asked for.
    """

    labels: Labels
    uncertainty: NDArray[np.float32]
    probabilities: ClassProbabilities | None = None

    def __post_init__(self) -> None:
        uncertainty = np.asarray(self.uncertainty, dtype=np.float32)
        checked_shape(uncertainty, "The uncertainty", ("z", "y", "x"))
        if uncertainty.shape != self.labels.shape:
            raise InputError(f"The uncertainty has shape {uncertainty.shape}, the labels {self.labels.shape}.")
        object.__setattr__(self, "uncertainty", read_only(uncertainty))
