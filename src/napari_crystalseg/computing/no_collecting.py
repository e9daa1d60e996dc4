"""Work in a thread during which Python does not look for garbage."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_inside = 0
_was_enabled = False


@contextmanager
def no_collecting() -> Iterator[None]:
    """Let no garbage be collected for as long as the block takes, in any thread.

    Python collects in whatever thread happens to make objects. Garbage of a window that was closed must not be
    collected in another thread than the window's: Qt would crash.
    """
    global _inside, _was_enabled
    with _lock:
        if not _inside:
            _was_enabled = gc.isenabled()
            gc.disable()
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside and _was_enabled:
                gc.enable()
