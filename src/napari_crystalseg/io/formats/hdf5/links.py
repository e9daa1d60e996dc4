"""Datasets by name, and what keeps a link from leading to one."""

from __future__ import annotations

from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ....errors import InputError, one_line
from ...files.input_file import special_file_kind
from .unwritten import lacks_values

if TYPE_CHECKING:
    import h5py


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


def reason_not_followed(group: h5py.Group, name: str) -> str | None:
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
    return missing_source(dataset)


def missing_source(dataset: h5py.Dataset) -> str | None:
    """What a virtual dataset, or one whose bytes are in other files, lacks; as :func:`reason_not_followed` tells it.

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
                if (kind := special_file_kind(file)) is not None:
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
            kind = special_file_kind(file)
            return f"{name}, which {'cannot be found' if kind is None else f'is {kind}'}"
    return None


def checked_source(path: Path, dataset: h5py.Dataset) -> h5py.Dataset:
    """Return a dataset, or refuse it where its values are in other files that lack them: HDF5 gives zeros for them."""
    if (lacks := missing_source(dataset)) is not None:
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
            kind = special_file_kind(file) or ("a folder" if file.is_dir() else None)
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
