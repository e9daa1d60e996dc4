"""An HDF5 file, opened for reading."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ....errors import InputError, lacks_memory, shortened
from ...files.input_file import check_input

if TYPE_CHECKING:
    import h5py


@contextmanager
def open_hdf5(path: str | Path) -> Iterator[h5py.File]:
    """Open a file for reading, with the compression filters of beamlines at hand.

    Raises
    ------
    InputError
        The file, or a dataset read inside the block, is truncated or damaged.
    """
    import h5py

    try:
        # Registers bitshuffle, blosc, lz4 and others with the HDF5 library, by being imported.
        import hdf5plugin  # noqa: F401
    except ImportError:
        pass
    path = Path(path)
    check_input(path)
    try:
        # Beamlines' read-only file systems cannot lock; where one can, a file that is being written is refused.
        with h5py.File(path, "r", locking="best-effort") as file:
            yield file
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(f"There is no file {path}; check the path.") from None
    except PermissionError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); ask for permission to read it.") from error
    # h5py meets damage with all of these.
    except (OSError, RuntimeError, KeyError, TypeError, ValueError, ArithmeticError) as error:
        if lacks_memory(error):
            raise MemoryError(str(error)) from error
        if "unable to lock" in str(error):
            raise InputError(f"{path.name} is being written by another program; open it when that is done.") from error
        # HDF5 looks for a filter in a folder of plugins, and may say no more than that there is none.
        if "filter" in str(error) or "plugin" in str(error):
            raise InputError(
                f"{path.name} is compressed by a filter that is not installed ({shortened(error)}); "
                "install hdf5plugin, or the program that has the filter."
            ) from error
        raise InputError(
            f"{path.name} is truncated or damaged and cannot be read as HDF5 ({shortened(error)})."
        ) from error
