"""Long work in a process of its own, so that a window stays alive and a cancelled task gives its memory back.

A :class:`Worker` keeps one spawned Python process warm. It runs one function at a time and streams :class:`Progress`
and what is handed over on the way (:class:`Interim`), then one :class:`Result`, :class:`Failure` or
:class:`Cancelled`. Large arrays travel as memory-mapped files, which are removed as soon as they are mapped. The
process is started afresh rather than through :mod:`multiprocessing`, which would import the caller's main script, and
with it the whole of napari, into it.
"""

from .job import Job
from .server import hand_over, tell
from .updates import Cancelled, Failure, Interim, Outcome, Progress, Result, Update
from .worker import Worker

__all__ = [
    "Cancelled",
    "Failure",
    "Interim",
    "Job",
    "Outcome",
    "Progress",
    "Result",
    "Update",
    "Worker",
    "hand_over",
    "tell",
]
