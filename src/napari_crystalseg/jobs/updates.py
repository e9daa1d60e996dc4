"""Updates: what a job says while it runs, and its outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Progress:
    """How far the work is.

    Parameters
    ----------
    fraction : float
        Part done, 0 to 1.
    message : str
        What is being done.
    seconds_left : float or None
        Estimate from the pace so far; None while it is too early to say.
    """

    fraction: float
    message: str
    seconds_left: float | None = None


@dataclass(frozen=True, eq=False)
class Interim:
    """Something that the work has made on its way; large arrays in ``value`` are mapped as those of a result."""

    value: Any


@dataclass(frozen=True, eq=False)
class Result:
    """The work is done; large arrays in ``value`` are mapped, read-only where they were so in the worker."""

    value: Any


@dataclass(frozen=True, eq=False)
class Failure:
    """The work failed.

    Parameters
    ----------
    cause : str
        A sentence for the user.
    traceback : str
        Where it failed, for a report; empty when the process died.
    error : Exception or None
        The exception itself, where it could be sent.
    """

    cause: str
    traceback: str = ""
    error: BaseException | None = None


@dataclass(frozen=True)
class Cancelled:
    """The user cancelled the work; its process is gone."""


Outcome = Result | Failure | Cancelled
Update = Progress | Interim | Outcome
