"""Supply: how batches come to a training."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import InputError


@dataclass(frozen=True)
class Supply:
    """Who draws batches, how many of them a step takes, and how often each is shown.

    A graphics card takes steps faster than one processor core draws and paints samples: there, processes draw ahead,
    a step takes several batches, and each is shown again in other orientations.

    Parameters
    ----------
    workers : int
        Processes that draw and paint, each with one thread; none, and it is done between the steps. A script that
        trains with some needs its ``if __name__ == "__main__":`` where processes are not forked (macOS, Windows).
    batches_a_step : int
        Batches that make one step: joined to one on a graphics card, else one after the other, their gradients added.
    repeats : int
        How often each batch is shown: once as it is drawn, and later, mirrored, turned about the rotation axis, with
        other voxel values, and with other contrast channels left out.

    Raises
    ------
    InputError
        A number out of range.
    """

    workers: int = 0
    batches_a_step: int = 1
    repeats: int = 1

    def __post_init__(self) -> None:
        if self.workers < 0 or self.batches_a_step < 1 or self.repeats < 1:
            raise InputError(
                "A training has no or some worker processes, and one or more batches a step and showings of each, not "
                f"{self.workers}, {self.batches_a_step} and {self.repeats}."
            )

    def number_of(self, step: int) -> int:
        """Number of the first batch that is drawn for a step."""
        return step * self.batches_a_step // self.repeats

    def step_of(self, number: int) -> int:
        """Step that a batch of a number is drawn for."""
        return number * self.repeats // self.batches_a_step
