"""How long work tells what it is doing."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[float, str], None]
"""``progress(fraction, message)``: fraction of the work done, 0 to 1, and what is being done now.

A caller cancels by raising :class:`napari_crystalseg.errors.Cancelled` from it.
"""


def silent(fraction: float, message: str) -> None:
    """Ignore progress: the default where nobody watches."""


def part(progress: Progress, start: float, stop: float) -> Progress:
    """Map the progress of one step of a larger task onto ``start`` to ``stop`` of the whole.

    Parameters
    ----------
    progress : Progress
        Progress of the whole task.
    start, stop : float
        Fractions of the whole at which the step begins and ends.

    Returns
    -------
    Progress
        Progress to hand to the step.
    """

    def report(fraction: float, message: str) -> None:
        progress(start + (stop - start) * fraction, message)

    return report
