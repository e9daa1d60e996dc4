"""Errors of a disk in sentences: what keeps a place from being written."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...errors import InputError

# Errors of the disk or of permissions, which the user can mend; any other OSError is ours and keeps its type.
_USERS_FAULTS = {
    errno.EACCES,
    errno.EDQUOT,
    errno.EEXIST,
    errno.EFBIG,
    errno.EISDIR,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.ENOSPC,
    errno.ENOTDIR,
    errno.EPERM,
    errno.EROFS,
}


@contextmanager
def explaining_disk_errors(path: Path) -> Iterator[None]:
    """Tell a full disk and the like by the place that was to be written.

    Raises
    ------
    InputError
        The disk is full, the place may not be written to, or another error that the user can mend.
    """
    try:
        yield
    except OSError as error:
        number = error.errno
        if number is None and "requested and" in str(error):
            # NumPy's own: it gives no number where less was written than was asked for.
            number = errno.ENOSPC
        if number in _USERS_FAULTS:
            raise InputError(f"{path} cannot be written ({os.strerror(number)}); choose another place.") from error
        raise
