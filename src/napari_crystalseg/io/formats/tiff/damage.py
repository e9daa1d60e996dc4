"""What is wrong with a damaged TIFF file, which tifffile may read regardless."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import walk_tb
from typing import Any

import numpy as np

from ....errors import InputError, lacks_memory, shortened
from ...files.input_file import special_file_kind


@contextmanager
def explaining_damage(path: Path) -> Iterator[None]:
    """Say in a sentence what tifffile says about a damaged file.

    Raises
    ------
    InputError
        The file may not be read, or is truncated or damaged.
    """
    try:
        yield
    except (InputError, MemoryError):
        raise
    except PermissionError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); ask for permission to read it.") from error
    except Exception as error:  # tifffile meets damaged bytes with many types of error
        if lacks_memory(error) or _asks_in_vain(error):
            raise
        raise InputError(
            f"{path.name} is truncated or damaged and cannot be read as TIFF ({shortened(error)})."
        ) from error


def _asks_in_vain(error: Exception) -> bool:
    """Whether this package asked tifffile for what it does not have, which is no damage of the file."""
    if not isinstance(error, AttributeError) or type(error.obj).__module__.partition(".")[0] != "tifffile":
        return False
    frames = [frame for frame, _ in walk_tb(error.__traceback__) if frame.f_code.co_name != "__getattr__"]
    return str(frames[-1].f_globals.get("__name__", "")).partition(".")[0] != "tifffile"


@contextmanager
def collected_messages() -> Iterator[list[str]]:
    """Collect what tifffile logs about a damaged file, for it reads on regardless."""
    found: list[str] = []

    class Collector(logging.Handler):
        def emit(self, entry: logging.LogRecord) -> None:
            found.append(entry.getMessage())

    logger = logging.getLogger("tifffile")
    collector = Collector(level=logging.ERROR)
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(collector)
    try:
        yield found
    finally:
        logger.removeHandler(collector)
        logger.propagate = propagate


def check_parts(path: Path, tiff: Any) -> None:
    """Refuse OME metadata that takes slices from files outside the folder, which tifffile would open."""
    if not tiff.is_ome:
        return
    for name in re.findall(r"FileName\s*=\s*[\"']([^\"']*)", tiff.ome_metadata or ""):
        if Path(name).name != name or "&" in name or special_file_kind(path.parent / name) is not None:
            raise InputError(
                f"{path.name} takes slices from {shortened(name)}, which is no file beside it; put it there."
            )


def check_whole(path: Path, tiff: Any, complaints: list[str]) -> None:
    """Refuse a file that ends before its pixels do: tifffile may give fewer slices instead."""
    end = path.stat().st_size
    needed = 0
    for series in tiff.series:
        if series.dataoffset is not None:
            needed = max(needed, series.dataoffset + series.nbytes)
            continue
        for page in series.pages:
            if page is None:
                complaints.append("a slice is missing")
                continue
            extents = zip(page.dataoffsets, page.databytecounts, strict=False)
            needed = max([needed, *(offset + count for offset, count in extents)])
    if needed > end:
        raise InputError(f"{path.name} is truncated: it has {end} bytes but its pixels need {needed}.")
    if complaints:
        raise InputError(f"{path.name} is truncated or damaged ({shortened(complaints[0])}).")
    if tiff.is_imagej:
        said = (tiff.imagej_metadata or {}).get("images", 1)
        found = sum(int(np.prod(s.shape)) // int(np.prod(s.pages[0].shape)) for s in tiff.series)
        if said > found:
            raise InputError(f"{path.name} is truncated: it should have {said} slices but has {found}.")
