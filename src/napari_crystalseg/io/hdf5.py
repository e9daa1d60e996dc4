"""What the HDF5 readers and writers share: opening, links, units, groups."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError

if TYPE_CHECKING:
    import h5py


@contextmanager
def opened(path: str | Path) -> Iterator[h5py.File]:
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
    except (OSError, RuntimeError, KeyError, TypeError, ValueError) as error:  # h5py meets damage with all of these
        if "unable to lock" in str(error):
            raise InputError(f"{path.name} is being written by another program; open it when that is done.") from error
        if "filter" in str(error):
            raise InputError(
                f"{path.name} is compressed by a filter that is not installed ({error}); install hdf5plugin."
            ) from error
        raise InputError(f"{path.name} is truncated or damaged and cannot be read as HDF5 ({error}).") from error


def dataset_in(group: h5py.Group, name: str) -> h5py.Dataset | None:
    """Dataset of that name, or None when it is absent, not a dataset, or a link that leads nowhere."""
    import h5py

    try:
        found = group.get(name)
    except (KeyError, OSError, RuntimeError):
        return None
    return found if isinstance(found, h5py.Dataset) else None


def dangling(group: h5py.Group, name: str) -> str | None:
    """File that a link or a virtual dataset points to and that is not there; None when nothing is missing."""
    import h5py

    link = _link(group, name)
    dataset = dataset_in(group, name)
    if dataset is None:
        if isinstance(link, h5py.ExternalLink):
            return str(link.filename)
        return str(link.path) if isinstance(link, h5py.SoftLink) else None
    if dataset.is_virtual:
        # HDF5 fills the frames of a missing source with zeros and says nothing.
        folder = Path(dataset.file.filename).parent
        for source in dataset.virtual_sources():
            # %b stands for the numbers of files of one series.
            pattern = source.file_name.replace("%b", "*")
            if pattern != "." and not ((folder / pattern).exists() or glob(str(folder / pattern))):
                return str(source.file_name)
    return None


def _link(group: h5py.Group, name: str) -> Any:
    try:
        return group.get(name, getlink=True)
    except (KeyError, RuntimeError):
        return None


def linked_files(dataset: h5py.Dataset, path: Path) -> list[Path]:
    """Files beside ``path`` that a dataset's values come from: behind an external link or a virtual dataset."""
    own = Path(dataset.file.filename)
    found = [] if own.resolve() == path.resolve() else [own]
    if dataset.is_virtual:
        found += [own.parent / source.file_name for source in dataset.virtual_sources() if source.file_name != "."]
    return sorted({file for file in found if file.is_file()})


def files_linked_from(file: h5py.File) -> list[Path]:
    """Every file that a file refers to: by an external link, a virtual dataset, or values stored outside."""
    import h5py

    folder = Path(file.filename).parent
    found: list[str] = []

    def look(name: str, link: Any) -> None:
        if isinstance(link, h5py.ExternalLink):
            found.append(link.filename)
        elif isinstance(link, h5py.HardLink):
            dataset = dataset_in(file, name)
            if dataset is None:
                return
            if dataset.is_virtual:
                found.extend(source.file_name for source in dataset.virtual_sources() if source.file_name != ".")
            found.extend(str(one[0]) for one in dataset.external or ())

    file.visititems_links(look)
    names = dict.fromkeys(found)
    places = [folder / name for name in names]
    places += [Path(one) for name in names if "%b" in name for one in glob(str(folder / name.replace("%b", "*")))]
    return places


def text_of(value: Any) -> str:
    """Text of an HDF5 string, scalar or of one element."""
    item = np.asarray(value).reshape(-1)
    first = item[0] if item.size else ""
    return first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)


def number_with_unit(group: h5py.Group, name: str) -> tuple[float, str] | None:
    """First number of a dataset and its ``units``; None when absent, text, or not finite."""
    dataset = dataset_in(group, name)
    if dataset is None or dataset.size == 0 or not np.issubdtype(dataset.dtype, np.number):
        return None
    value = float(np.asarray(dataset[()], dtype=float).reshape(-1)[0])
    if not np.isfinite(value):
        return None
    return value, text_of(dataset.attrs.get("units", ""))


def new_group(parent: h5py.Group, name: str, nx_class: str, **attributes: str) -> h5py.Group:
    """Make a group of a NeXus class."""
    group = parent.create_group(name)
    group.attrs["NX_class"] = np.bytes_(nx_class.encode())
    for key, value in attributes.items():
        group.attrs[key] = np.bytes_(value.encode())
    return group


def put(group: h5py.Group, name: str, value: Any, units: str | None = None) -> None:
    """Write a value without a date, so that the same values give the same bytes."""
    dataset = group.create_dataset(name, data=value, track_times=False)
    if units is not None:
        dataset.attrs["units"] = np.bytes_(units.encode())
