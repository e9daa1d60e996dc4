"""Files beside an HDF5 file that its values come from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .links import dataset_in

if TYPE_CHECKING:
    import h5py


def with_files_beside(dataset: h5py.Dataset) -> h5py.Dataset:
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


def files_outside(files: Iterable[Path], path: Path) -> list[Path]:
    """Those of the files that are not in the folder of ``path``."""
    return [file for file in files if not file.resolve().is_relative_to(path.resolve().parent)]


def sentence_on_files(names: str, files: Sequence[Path]) -> str:
    """In words, that values come from files to which the one that was opened refers."""
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    return f"values of {names} are read from {files[0]}{more}, to which the file refers"


def sentence_on_source(dataset: h5py.Dataset, path: Path) -> str | None:
    """In words, that values come from files outside the folder of the one that was opened."""
    files = files_outside(linked_files(dataset, path), path)
    return sentence_on_files(dataset.name, files) if files else None


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
