"""Says that kernels are being compiled, which happens once on a machine and may take longer than the work itself.

Imported in a worker process, :func:`Worker.warm <.jobs.Worker.warm>` does it, this module lets every job there say so.
"""

from __future__ import annotations

from typing import Any

from numba.core import event

from ..jobs import tell

MESSAGE = "compiling, once on this machine"


class _Compilation(event.Listener):
    """Hears of functions that numba compiles; those that lie in its cache are loaded without a word."""

    def on_start(self, event: Any) -> None:
        tell(MESSAGE)

    def on_end(self, event: Any) -> None:
        pass


event.register("numba:compile", _Compilation())
