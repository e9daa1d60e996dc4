"""Budget: how long a training lasts, and the learning rate that falls to zero at its end."""

from __future__ import annotations

from dataclasses import dataclass

_WARM_UP_STEPS = 200
_LEVEL_SHARE = 0.7  # of the budget, over which the rate stays


@dataclass(frozen=True)
class Budget:
    """How long a training lasts.

    Parameters
    ----------
    minutes, steps : float or int, optional
        Wall-clock time over all runs, or steps. Exactly one.
    """

    minutes: float | None = None
    steps: int | None = None

    def spent(self, step: int, seconds: float) -> float:
        """Share spent before a step, 0 to 1; of a budget in minutes, the share spent after so many seconds."""
        if self.steps is not None:
            return min(step / self.steps, 1.0)
        assert self.minutes is not None
        return min(seconds / (60 * self.minutes), 1.0)

    def learning_rate(self, first: float, step: int, seconds: float) -> float:
        """Linear warm-up to the ``first`` rate, level for most of the budget, then linearly down to zero."""
        falling = (1 - self.spent(step, seconds)) / (1 - _LEVEL_SHARE)
        return first * min(1.0, (step + 1) / _WARM_UP_STEPS, falling)
