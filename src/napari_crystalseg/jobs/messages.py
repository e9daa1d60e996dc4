"""Messages between two processes: a pickle with its length before it, large arrays in files of their own."""

from __future__ import annotations

import io
import os
import pickle
import secrets
import struct
import threading
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Cancelled

# Below this an array is pickled with the rest: a file of its own costs more than it saves.
SMALLEST_MAPPED_BYTES = 1_000_000
# Number of the job and length of the pickle that follows.
_HEADER = struct.Struct("<QQ")
NO_JOB = 0


def write(stream: IO[bytes], number: int, packed: bytes) -> None:
    """Write one message: number of the job, length, pickle."""
    stream.write(_HEADER.pack(number, len(packed)))
    stream.write(packed)
    stream.flush()


def read(stream: IO[bytes]) -> tuple[int, bytes] | None:
    """Next message, or None when the other side is gone."""
    header = stream.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return None
    number, length = _HEADER.unpack(header)
    packed = stream.read(length)
    return (number, packed) if len(packed) == length else None


class _Pickler(pickle.Pickler):
    def __init__(self, stream: IO[bytes], folder: Path, stopped: threading.Event | None) -> None:
        super().__init__(stream, protocol=5)
        self._folder = folder
        self._stopped = stopped

    def reducer_override(self, value: Any) -> Any:
        if not isinstance(value, np.ndarray) or value.dtype.hasobject or type(value) not in (np.ndarray, np.memmap):
            return NotImplemented
        writeable = value.flags.writeable
        if value.nbytes < SMALLEST_MAPPED_BYTES:
            # Pickling forgets that an array is read-only; a frozen noun must stay frozen.
            return NotImplemented if writeable else (_frozen, (np.array(value),))
        path = self._folder / secrets.token_hex(8)
        with path.open("xb") as file:
            # A slab at a time: the whole of an array that is not contiguous would be copied.
            for slab in value.reshape(1, -1) if value.ndim < 2 else value:
                if self._stopped is not None and self._stopped.is_set():
                    raise Cancelled("The process is gone.")
                file.write(np.ascontiguousarray(slab).data)
        return _mapped, (str(path), value.dtype, value.shape, writeable)


def packed(message: Any, folder: Path, stopped: threading.Event | None = None) -> bytes:
    """Return the pickle of a message; its large arrays go into files of the folder.

    Parameters
    ----------
    message : Any
        What is sent.
    folder : Path
        Holds the files of the arrays; where the message cannot be packed, none of them is left.
    stopped : threading.Event, optional
        Set when nobody waits for the message any more.

    Raises
    ------
    Cancelled
        ``stopped`` was set before the arrays were written.
    """
    stream = io.BytesIO()
    before = set(os.listdir(folder))
    try:
        _Pickler(stream, folder, stopped).dump(message)
    except BaseException:
        for name in set(os.listdir(folder)) - before:
            (folder / name).unlink(missing_ok=True)
        raise
    return stream.getvalue()


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array


def _mapped(path: str, dtype: np.dtype[Any], shape: tuple[int, ...], writeable: bool) -> NDArray[Any]:
    array = np.asarray(np.memmap(path, dtype, "c" if writeable else "r", shape=shape))
    try:
        # The mapping keeps the bytes; without a name they go when it goes.
        os.unlink(path)
    except PermissionError:
        pass  # Windows keeps the name while it is mapped; the folder is removed with the process
    return array
