"""How finely a wave field must be sampled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FINEST = 4


def largest_phase_step(phase: NDArray[np.floating]) -> float:
    """Largest difference of phase between neighbours of a map (row, column), radians."""
    steps = [np.abs(np.diff(phase, axis=axis)).max(initial=0.0) for axis in (0, 1)]
    return float(max(steps))


def supersampling_needed(phase_step: float, finest: int = FINEST) -> int:
    """Return how many times finer the field must be sampled so that its phase step stays below π.

    A steeper phase is aliased: the transfer function then bends it the wrong way. Interpolation between the samples
    divides the step.

    Parameters
    ----------
    phase_step : float
        Largest step of phase between neighbouring samples, radians.
    finest : int
        Bound on the answer.

    Returns
    -------
    int
        1, 2 or 4, at most ``finest``.
    """
    needed = 1
    while phase_step / needed >= np.pi and 2 * needed <= finest:
        needed *= 2
    return needed
