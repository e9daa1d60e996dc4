"""Values and headers of the formats of detectors that fabio reads."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError, lacks_memory, shortened
from .pixel_values import refuse_shape


def fabio_values(path: Path, number: int = 1) -> tuple[NDArray[np.generic], Mapping[str, Any], int]:
    """Read one image with its header.

    Parameters
    ----------
    path : Path
        A file that fabio knows by its content.
    number : int
        Which image, from 1.

    Returns
    -------
    values : ndarray, shape (slow, fast)
    header : mapping of str to str
    count : int
        How many images the file holds.

    Raises
    ------
    InputError
        The file is truncated, damaged, or of none of these formats.
    """
    import fabio

    with _quiet(), np.errstate(all="ignore"):
        try:
            image = fabio.open(str(path))
            count = max(int(image.nframes), 1)
            if number > count:
                raise InputError(f"{path.name} holds {count} image{'s' if count > 1 else ''}; there is no {number}.")
            frame = image if number == 1 else image.get_frame(number - 1)
            values, header = frame.data, dict(frame.header or {})
        except InputError:
            raise
        # fabio meets damage with any of these, some of them plain.
        except Exception as error:
            if lacks_memory(error):
                raise MemoryError(str(error)) from error
            raise InputError(
                f"{path.name} is truncated or damaged, or is no diffraction image ({shortened(error) or 'no reason'})."
            ) from error
    if values is None:
        raise InputError(f"{path.name} holds no image; it was perhaps not written to its end.")
    values = np.asarray(values)
    refuse_shape(values.shape, path.name)
    return values, header, count


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep to itself what fabio writes on standard error: what matters is told in a sentence."""
    log = logging.getLogger("fabio")
    before = log.disabled
    children = [logging.getLogger(name) for name in logging.root.manager.loggerDict if name.startswith("fabio")]
    were = [child.disabled for child in children]
    for child in (log, *children):
        child.disabled = True
    try:
        yield
    finally:
        log.disabled = before
        for child, was in zip(children, were, strict=True):
            child.disabled = was
