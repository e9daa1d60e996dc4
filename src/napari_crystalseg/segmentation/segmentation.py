"""What the network made of a volume."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..checks import read_only
from ..labels import Labels
from ..uncertainty import checked_uncertainty
from .grids.class_probabilities import ClassProbabilities
from .postprocessing.physics import Correction


@dataclass(frozen=True, eq=False)
class Segmentation:
    """What the network made of a volume.

    Parameters
    ----------
    labels : Labels
        Class of each voxel, on the volume's grid.
    uncertainty : ndarray of uint8, shape (z, y, x)
        255 times the probability that the label is wrong.
    probabilities : ClassProbabilities or None
        Probability of each class, and how far the mirror images disagree; None where they were not asked for.
    corrections : tuple of Correction
        What the rules of physics changed.
    """

    labels: Labels
    uncertainty: NDArray[np.uint8]
    probabilities: ClassProbabilities | None = None
    corrections: tuple[Correction, ...] = ()

    def __post_init__(self) -> None:
        uncertainty = checked_uncertainty(self.uncertainty, self.labels.shape)
        object.__setattr__(self, "uncertainty", read_only(uncertainty))
