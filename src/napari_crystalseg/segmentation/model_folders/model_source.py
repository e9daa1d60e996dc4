"""What a model is installed from: a folder, or an archive that is read member by member and never unpacked as it says.

Nothing of an archive decides where something is written: its members are listed, all are refused where one is no plain
file in a place below, and those that belong to a model are copied under names of ours.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from ...errors import CrystalSegError, InputError, lacks_memory, shortened
from ...texts.printable import printable
from .tar_members import tar_members, too_large, unpacked_gzip

MOST_BYTES = 4 * 2**30
"""What unpacks to more is no model of a network."""
MOST_FILES = 10_000
MOST_UNPACKED = 20
"""Weights are hardly smaller packed: an archive that unpacks to this many times its size is made to fill a disk."""
_SLACK_BYTES = 2**26
_MOST_DEEP = 5
_CHUNK_BYTES = 2**20
_ENCRYPTED = 1


@dataclass(frozen=True)
class ModelSource:
    """Files that are offered for a model.

    Parameters
    ----------
    path : Path
        The folder or archive.
    sizes : dict of PurePosixPath to int
        Bytes of each file, by its place in there.
    open : callable
        Opens the file at a place.
    """

    path: Path
    sizes: dict[PurePosixPath, int]
    open: Callable[[PurePosixPath], IO[bytes]]

    def chunks(self, place: PurePosixPath) -> Iterator[bytes]:
        """Yield the bytes of a file.

        Raises
        ------
        InputError
            It cannot be read, is damaged, or has another length than is stated.
        """
        left = self.sizes[place]
        with _readable(self.path):
            file = self.open(place)
        with file:
            while True:
                with _readable(self.path):
                    chunk = file.read(min(_CHUNK_BYTES, left + 1))
                left -= len(chunk)
                if left < 0 or (left and not chunk):
                    raise InputError(f"{printable(str(place))} in {self.path} has another length than is stated there.")
                if not chunk:
                    return
                yield chunk

    def read(self, place: PurePosixPath, most_bytes: int) -> bytes:
        """Return a small file.

        Raises
        ------
        InputError
            It has more bytes, or as :meth:`chunks`.
        """
        if self.sizes[place] > most_bytes:
            raise InputError(
                f"{printable(str(place))} in {self.path} has {self.sizes[place]:,} bytes, which is too many."
            )
        return b"".join(self.chunks(place))


@contextmanager
def opened_source(path: Path, scratch: Path) -> Iterator[ModelSource]:
    """Open a folder, a ``.zip``, a ``.tar`` or a ``.tar.gz``; which it is, is told by what it holds.

    Parameters
    ----------
    path : Path
        Folder or archive.
    scratch : Path
        Folder in which a ``.tar.gz`` may be unpacked into a file without a name.

    Raises
    ------
    InputError
        It is not there, is none of these, is damaged, unpacks to more than 4 GiB or 20 times its size, holds more than
        10,000 files, or one whose name leads elsewhere, a link, a device, or two files that some systems take for one.
    """
    with ExitStack() as stack:
        if path.is_dir():
            yield _folder(path)
            return
        if not path.exists():
            raise InputError(f"There is no file or folder {path} to install a model from.")
        if not path.is_file():
            raise InputError(f"{path} is neither a folder nor an archive, but a device or a pipe.")
        with _readable(path):
            file = stack.enter_context(path.open("rb"))
            head = file.read(4)
            file.seek(0)
        if head[:2] == b"PK":
            with _readable(path):
                source = _zip(path, stack.enter_context(zipfile.ZipFile(file)))
        else:
            if head[:2] == b"\x1f\x8b":
                unpacked = stack.enter_context(tempfile.TemporaryFile(dir=scratch))
                unpacked_gzip(path, file, unpacked, _most_bytes(path))
                file = unpacked  # type: ignore[assignment]
            source = _tar(path, file)
        yield source


def _folder(path: Path) -> ModelSource:
    sizes: dict[PurePosixPath, int] = {}
    with _readable(path):
        for folder, folders, names in os.walk(path):
            inside = Path(folder).relative_to(path)
            if len(inside.parts) >= _MOST_DEEP:
                folders.clear()
            for name in names:
                file = Path(folder) / name
                if not file.is_file():
                    continue
                # A link may lead to the same folder, as nnU-Net's users have it, and nowhere else.
                if file.is_symlink() and not file.resolve().is_relative_to(path.resolve()):
                    continue
                sizes[PurePosixPath(*inside.parts, name)] = file.stat().st_size
            if len(sizes) > MOST_FILES:
                raise InputError(f"{path} holds more than {MOST_FILES:,} files; name the folder of the model itself.")
    return ModelSource(path, sizes, lambda place: (path / place).open("rb"))


def _zip(path: Path, archive: zipfile.ZipFile) -> ModelSource:
    members = archive.infolist()
    _check_number(path, len(members))
    files = {}
    for member in members:
        kind = stat.S_IFMT(member.external_attr >> 16)
        place = _checked_place(path, member.orig_filename)
        if member.is_dir() and kind in (0, stat.S_IFDIR):
            continue
        if kind not in (0, stat.S_IFREG):
            raise _no_plain_file(path, member.orig_filename)
        if member.flag_bits & _ENCRYPTED:
            raise InputError(f"{path} is locked with a password; unpack it, and install the folder.")
        files[place] = member
    sizes = {place: member.file_size for place, member in files.items()}
    _check_sizes(path, sizes.values())
    _check_alike(path, [one.orig_filename for one in members if not one.is_dir()])
    return ModelSource(path, sizes, lambda place: archive.open(files[place]))


def _tar(path: Path, file: IO[bytes]) -> ModelSource:
    with _readable(path):
        members = tar_members(path, file, MOST_FILES)
    _check_number(path, len(members))
    files = {}
    for member in members:
        place = _checked_place(path, member.name)
        if member.kind == "folder":
            continue
        if member.kind != "file":
            raise _no_plain_file(path, member.name)
        files[place] = member
    sizes = {place: member.size for place, member in files.items()}
    _check_sizes(path, sizes.values())
    _check_alike(path, [one.name for one in members if one.kind == "file"])
    return ModelSource(path, sizes, lambda place: files[place].opened(file))


def _checked_place(path: Path, name: str) -> PurePosixPath:
    """Refuse a name that leads elsewhere on any system."""
    place = PurePosixPath(name)
    elsewhere = name.startswith("/") or "\\" in name or re.match("[A-Za-z]:", name) or ".." in place.parts
    if elsewhere or "\0" in name or not name:
        raise InputError(
            f"{path} holds '{printable(name[:80])}', which would not lie in the folder of the model; nothing of it is "
            "installed."
        )
    return place


def _no_plain_file(path: Path, name: str) -> InputError:
    return InputError(
        f"{path} holds '{printable(name[:80])}', which is a link or a device and no plain file; nothing of it is "
        "installed."
    )


def _check_number(path: Path, count: int) -> None:
    if count > MOST_FILES:
        raise InputError(f"{path} holds more than {MOST_FILES:,} files, and is not taken for a model.")


def _check_alike(path: Path, names: Iterable[str]) -> None:
    seen: dict[str, str] = {}
    for name in names:
        folded = unicodedata.normalize("NFC", str(PurePosixPath(name))).casefold()
        if folded in seen:
            both = f"'{printable(seen[folded][:80])}' and '{printable(name[:80])}'"
            raise InputError(f"{path} holds {both}, which are one file on some systems; nothing of it is installed.")
        seen[folded] = name


def _check_sizes(path: Path, sizes: Iterable[int]) -> None:
    most, found = _most_bytes(path), sum(sizes)
    if found > most:
        raise too_large(path, most)


def _most_bytes(path: Path) -> int:
    return min(MOST_BYTES, MOST_UNPACKED * path.stat().st_size + _SLACK_BYTES)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Tell by its path what cannot be read: damaged archives fail in many ways."""
    try:
        yield
    except CrystalSegError:
        raise
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror or shortened(error)}).") from error
    except Exception as error:
        if lacks_memory(error):
            raise
        raise InputError(f"{path} is no archive that can be read, or is damaged ({shortened(error)}).") from error
