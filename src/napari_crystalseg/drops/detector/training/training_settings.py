"""TrainingSettings: how long and how a detector is trained."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ....errors import InputError


@dataclass(frozen=True)
class TrainingSettings:
    """Budget and course of a training.

    Parameters
    ----------
    minutes : float or None
        Minutes of training over all runs after which it ends.
    steps : int or None
        Steps after which it ends; with both, what comes first. One of them is needed. A number of steps gives the same
        weights again on the same machine with the same threads.
    batch : int
        Images in a step.
    new : int
        Of them, those not seen before; the others are variants of earlier ones.
    learning_rate : float
        Highest rate of AdamW; it rises over the first tenth of the budget and falls to nothing at its end.
    longest_side_px : int
        Longer side of the images as the network sees them.
    seed : int
        Of weights, variants and order.
    threads : int or None
        Processor threads of torch; None leaves them as they are.

    Raises
    ------
    InputError
        No budget, or a number that cannot be.
    """

    minutes: float | None = None
    steps: int | None = None
    batch: int = 4
    new: int = 2
    learning_rate: float = 1e-3
    longest_side_px: int = 256
    seed: int = 0
    threads: int | None = None

    def __post_init__(self) -> None:
        if self.minutes is None and self.steps is None:
            raise InputError("A training needs a budget: say how many minutes or how many steps.")
        if self.minutes is not None and not (math.isfinite(self.minutes) and self.minutes > 0):
            raise InputError(f"The minutes of a training must be a positive number, not {self.minutes}.")
        if self.steps is not None and self.steps < 1:
            raise InputError(f"A training has at least one step, not {self.steps}.")
        if not 1 <= self.new <= self.batch:
            raise InputError(f"Of {self.batch} images in a step, 1 to {self.batch} can be new, not {self.new}.")
        if not (math.isfinite(self.learning_rate) and self.learning_rate > 0):
            raise InputError(f"The learning rate must be a positive number, not {self.learning_rate}.")
        if not 32 <= self.longest_side_px <= 4096:
            raise InputError(f"A detector sees images of 32 to 4096 pixels, not {self.longest_side_px}.")
        if self.seed < 0:
            raise InputError(f"The seed of a training is 0 or more, not {self.seed}.")
        if self.threads is not None and self.threads < 1:
            raise InputError(f"A training needs at least one thread, not {self.threads}.")

    def spent(self, step: int, seconds: float) -> float:
        """Return the part of the budget that is spent, from 0; the training ends at 1."""
        parts = [0.0]
        if self.steps is not None:
            parts.append(step / self.steps)
        if self.minutes is not None:
            parts.append(seconds / (60 * self.minutes))
        return max(parts)

    def rate(self, spent: float) -> float:
        """Return the learning rate where a part of the budget is spent: one cycle, along cosines."""
        rising = 0.1
        if spent < rising:
            return self.learning_rate * (0.04 + 0.96 * (1 - math.cos(math.pi * spent / rising)) / 2)
        falling = min((spent - rising) / (1 - rising), 1.0)
        return self.learning_rate * (1e-3 + (1 - 1e-3) * (1 + math.cos(math.pi * falling)) / 2)
