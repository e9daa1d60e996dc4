"""How a worker process makes room for others; without Qt."""

from __future__ import annotations

import os

_NICER = 5


def lower_priority() -> None:
    """Leave the processor to the window and to jobs that were asked for by a button."""
    if hasattr(os, "getpriority"):
        wanted = os.getpriority(os.PRIO_PROCESS, os.getppid()) + _NICER
        os.nice(max(0, wanted - os.getpriority(os.PRIO_PROCESS, 0)))
