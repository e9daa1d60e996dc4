"""Functions compiled by numba, kept for the next run where there is a place to keep them.

Imports numba: import this module only from modules of kernels.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(**options: Any) -> Callable[[Function], Function]:
    """As :func:`numba.njit` with ``cache=True`` wherever that is possible.

    numba keeps what it compiled beside the source or in the user's cache. Where neither may be written (a read-only
    installation and no home, as in containers and batch jobs), it is kept in a folder of this user among the temporary
    files; and where there is none either, it is compiled in each run.
    """

    def compiled(function: Function) -> Function:
        # What numba returns is called as the function itself is.
        try:
            return cast("Function", _cached_dispatcher(function, options))
        except RuntimeError as error:
            if "cannot cache" not in str(error):
                raise
        folder = _own_folder()
        if folder is not None:
            numba.config.CACHE_DIR = str(folder)  # type: ignore[attr-defined]
            with suppress(RuntimeError):
                return cast("Function", _cached_dispatcher(function, options))
        return cast("Function", numba.njit(**options)(function))

    return compiled


def _cached_dispatcher(function: Callable[..., Any], options: dict[str, Any]) -> Any:
    dispatcher = numba.njit(cache=True, **options)(function)
    cache = dispatcher._cache
    save = cache.save_overload

    def save_where_there_is_room(*arguments: Any) -> None:
        # A full disk or quota is no reason not to compute.
        with suppress(OSError):
            save(*arguments)

    cache.save_overload = save_where_there_is_room
    return dispatcher


def _own_folder() -> Path | None:
    """Folder among the temporary files that no other user can have written to: what is kept there is run."""
    if not hasattr(os, "getuid"):
        return None
    try:
        folder = Path(tempfile.gettempdir()) / f"napari-crystalseg-{os.getuid()}"
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
    except OSError:
        return None
    private = stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o077
    return folder if private else None
