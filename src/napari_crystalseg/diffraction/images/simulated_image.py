"""SimulatedImage: what was counted, beside what it was made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..rotation.predicted import PredictedReflections


@dataclass(frozen=True, eq=False)
class SimulatedImage:
    """One simulated image, panel by panel.

    Parameters
    ----------
    counts : tuple of ndarray of int32, shape (slow, fast)
        What was counted; -1 in gaps and -2 in dead pixels.
    signal, background : tuple of ndarray of float32, shape (slow, fast)
        Photons of the reflections and of everything else in each pixel on average.
    reflections : PredictedReflections
        Reflections that the image holds.
    photons : ndarray of float64, shape (reflection,)
        Photons of each on this image on average, those in the shadow of the beam stop too.
    """

    counts: tuple[NDArray[np.int32], ...]
    signal: tuple[NDArray[np.float32], ...]
    background: tuple[NDArray[np.float32], ...]
    reflections: PredictedReflections
    photons: NDArray[np.float64]
