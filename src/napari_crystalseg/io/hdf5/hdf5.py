"""What the HDF5 readers and writers share: opening, links, units, groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError, brief, lacks_memory, one_line
from ..files.input_file import check_input, odd_kind
from .unwritten import lacks_values

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
                f"{path.name} is compressed by a filter that is not installed ({brief(error)}); install hdf5plugin, or "
                "the program that has the filter."
            ) from error
        raise InputError(f"{path.name} is truncated or damaged and cannot be read as HDF5 ({brief(error)}).") from error


def dataset_in(group: h5py.Group, name: str) -> h5py.Dataset | None:
    """Dataset of that name, or None when it is absent, not a dataset, or a link that leads nowhere."""
    import h5py

    if _broken_link(group, name) is not None:
        return None
    try:
        found = group.get(name)
    except (KeyError, OSError, RuntimeError, ValueError):
        return None
    return found if isinstance(found, h5py.Dataset) else None


def dangling(group: h5py.Group, name: str) -> str | None:
    """What keeps a link or a virtual dataset from being followed, as "images.h5, which cannot be found".

    None when nothing does: there is no such link, or it leads to its data.
    """
    import h5py

    broken = _broken_link(group, name)
    if broken is not None:
        return broken
    dataset = dataset_in(group, name)
    if dataset is None:
        link = _link(group, name)
        return f"{link.path}, which is not in it" if isinstance(link, h5py.SoftLink) else None
    return lacking_source(dataset)


def lacking_source(dataset: h5py.Dataset) -> str | None:
    """What a virtual dataset, or one whose bytes are in other files, lacks; as :func:`dangling` tells it.

    Raises
    ------
    InputError
        Bytes of a file outside the folder of the dataset are passed off as its values.
    """
    folder = Path(dataset.file.filename).absolute().parent
    if dataset.is_virtual:
        # HDF5 fills the frames of a missing source with zeros and says nothing.
        for source in dataset.virtual_sources():
            # %b stands for the numbers of files of one series.
            pattern = source.file_name.replace("%b", "*")
            if pattern == ".":
                if dataset_in(dataset.file, source.dset_name) is None and "%b" not in source.dset_name:
                    return f"{source.dset_name}, which is not in it"
                continue
            files = (
                [folder / pattern]
                if (folder / pattern).exists()
                else [Path(one) for one in glob(str(folder / pattern))]
            )
            if not files:
                return f"{source.file_name}, which cannot be found"
            for file in files:
                if (kind := odd_kind(file)) is not None:
                    return f"{source.file_name}, which is {kind}"
                if lacks_values(file, source.dset_name):
                    return f"{source.file_name}, in which there is no {source.dset_name}"
    for name, _, _ in dataset.external or ():
        file = folder / name
        # Any file of the machine could be shown as voxels so, and be given away with the results.
        if not file.resolve().is_relative_to(folder.resolve()):
            raise InputError(
                f"The values of {dataset.name} in {Path(dataset.file.filename).name} are taken from {one_line(name)}, "
                "outside its folder; this is not read. Put the files together, or copy the values into one."
            )
        if not file.is_file():
            kind = odd_kind(file)
            return f"{name}, which {'cannot be found' if kind is None else f'is {kind}'}"
    return None


def checked_source(path: Path, dataset: h5py.Dataset) -> h5py.Dataset:
    """Return a dataset, or refuse it where its values are in other files that lack them: HDF5 gives zeros for them."""
    if (lacks := lacking_source(dataset)) is not None:
        raise InputError(f"The values of {dataset.name} in {path.name} are in another file, {lacks}.")
    return dataset


def _broken_link(group: h5py.Group, name: str) -> str | None:
    """What is wrong with the first external link on a way through a file; None where nothing is.

    Looked at before HDF5 follows it, since opening a pipe waits for ever.
    """
    import h5py

    here: Any = group
    steps = [step for step in name.split("/") if step]
    for number, step in enumerate(steps):
        if not isinstance(here, h5py.Group):
            return None
        link = _link(here, step)
        if isinstance(link, h5py.ExternalLink):
            file = Path(here.file.filename).absolute().parent / link.filename
            if not file.exists():
                return f"{link.filename}, which cannot be found"
            kind = odd_kind(file) or ("a folder" if file.is_dir() else None)
            if kind is None and not h5py.is_hdf5(file):
                kind = "no HDF5 file, or is damaged"
            if kind is not None:
                return f"{link.filename}, which is {kind}"
        try:
            here = here.get(step)
        except (KeyError, OSError, RuntimeError, ValueError):
            here = None
        if here is None and isinstance(link, h5py.ExternalLink):
            return f"{link.filename}, in which there is no {link.path}"
        if here is None and number < len(steps) - 1:
            return None
    return None


def _link(group: h5py.Group, name: str) -> Any:
    try:
        return group.get(name, getlink=True)
    except (KeyError, OSError, RuntimeError, ValueError):
        return None


def found_beside(dataset: h5py.Dataset) -> h5py.Dataset:
    """Return a dataset whose bytes are in other files, looked for beside its file and not where Python was started."""
    import h5py

    if not dataset.external:
        return dataset
    access = h5py.h5p.create(h5py.h5p.DATASET_ACCESS)
    access.set_efile_prefix(b"${ORIGIN}")
    # HDF5 keeps the way in which a dataset was opened first, for as long as it is open.
    place, name = dataset.file, dataset.name.encode()
    dataset.id.close()
    return h5py.Dataset(h5py.h5d.open(place.id, name, access))


def linked_files(dataset: h5py.Dataset, path: Path) -> list[Path]:
    """Files beside ``path`` that a dataset's values come from: behind an external link or a virtual dataset."""
    own = Path(dataset.file.filename)
    found = [] if own.resolve() == path.resolve() else [own]
    if dataset.is_virtual:
        for source in dataset.virtual_sources():
            if source.file_name != ".":
                found += files_of_source(own.parent, source.file_name)
    found += [own.parent / name for name, _, _ in dataset.external or ()]
    return sorted({file for file in found if file.is_file()})


def files_of_source(folder: Path, pattern: str) -> list[Path]:
    """Files that a source of a virtual dataset names, in which %b stands for the numbers of a series."""
    if "%b" in pattern and not (folder / pattern).exists():
        return [Path(one) for one in glob(str(folder / pattern.replace("%b", "*")))]
    return [folder / pattern]


def outside_of(files: Iterable[Path], path: Path) -> list[Path]:
    """Those of the files that are not in the folder of ``path``."""
    return [file for file in files if not file.resolve().is_relative_to(path.resolve().parent)]


def said_of_files(names: str, files: Sequence[Path]) -> str:
    """In words, that values come from files to which the one that was opened refers."""
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    return f"values of {names} are read from {files[0]}{more}, to which the file refers"


def source_said(dataset: h5py.Dataset, path: Path) -> str | None:
    """In words, that values come from files outside the folder of the one that was opened."""
    files = outside_of(linked_files(dataset, path), path)
    return said_of_files(dataset.name, files) if files else None


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
    return [file for name in dict.fromkeys(found) for file in files_of_source(folder, name)]


def text_of(value: Any) -> str:
    """Text of an HDF5 string, scalar or of one element."""
    # A dataset gives its first value alone: it may have any number of them.
    if hasattr(value, "id") and getattr(value, "shape", None):
        value = value[(0,) * len(value.shape)] if value.size else ""
    elif hasattr(value, "id"):
        value = value[()]
    item = np.asarray(value).reshape(-1)
    first = item[0] if item.size else ""
    return first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)


def whole_numbers(path: Path, dataset: h5py.Dataset) -> NDArray[np.int64]:
    """Values of a list of whole numbers, such as keys of images.

    Raises
    ------
    InputError
        Text, NaN, or fractions.
    """
    if np.issubdtype(dataset.dtype, np.integer) or np.issubdtype(dataset.dtype, np.bool_):
        return np.asarray(dataset[()]).astype(np.int64).reshape(-1)
    values = np.asarray(dataset[()]).reshape(-1) if np.issubdtype(dataset.dtype, np.floating) else np.array([np.nan])
    if not (np.isfinite(values).all() and (values == np.rint(values)).all() and (np.abs(values) < 2**31).all()):
        raise InputError(f"{path.name} has {dataset.name} that are not whole numbers; the file is damaged.")
    return values.astype(np.int64)


def number_with_unit(group: h5py.Group, name: str) -> tuple[float, str] | None:
    """First number of a dataset and its ``units``; None when absent, text, or not finite."""
    dataset = dataset_in(group, name)
    if dataset is None or dataset.size == 0 or not np.issubdtype(dataset.dtype, np.number):
        return None
    first = dataset[()] if dataset.shape == () else dataset[(0,) * dataset.ndim]
    if np.iscomplexobj(first):
        return None
    value = float(first)
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
