"""Members of a tar archive, listed without unpacking it."""

from __future__ import annotations

import io
import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ...errors import InputError, shortened

_CHUNK_BYTES = 2**20
_MOST_HEADER_BYTES = 2**20


@dataclass(frozen=True)
class TarMember:
    """Where a member of a tar archive lies in it.

    Parameters
    ----------
    name : str
        As the archive has it.
    kind : {"file", "folder", "other"}
        Whether it is a plain file; links, devices and files with holes are other.
    start, size : int
        Its bytes in the archive.
    """

    name: str
    kind: str
    start: int
    size: int

    def opened(self, archive: IO[bytes]) -> IO[bytes]:
        """Return a file of its bytes; closing it leaves the archive open."""
        return io.BufferedReader(_Span(archive, self.start, self.size))


class _Span(io.RawIOBase):
    """Part of a file."""

    def __init__(self, file: IO[bytes], start: int, size: int) -> None:
        self._file, self._at, self._stop = file, start, start + size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        self._file.seek(self._at)
        found = self._file.read(min(len(view), self._stop - self._at))
        view[: len(found)] = found
        self._at += len(found)
        return len(found)


class _HeaderReader:
    """Lets a library read headers alone: one that states a length of gigabytes would be read whole into the memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int) -> bytes:
        if not 0 <= size <= _MOST_HEADER_BYTES:
            raise ValueError("a header has an impossible length")
        return self._file.read(size)


def tar_members(path: Path, file: IO[bytes], most: int) -> list[TarMember]:
    """List the members of a tar archive, one more than ``most`` where there are more.

    Parameters
    ----------
    path : Path
        Where it is from, for refusals.
    file : file
        The archive, not packed, that can be sought in.
    most : int
        Members that are wanted.

    Raises
    ------
    InputError
        A member lies outside the file, or before the one before it.
    """
    import tarfile

    length = file.seek(0, os.SEEK_END)
    file.seek(0)
    found: list[TarMember] = []
    last = -1
    with tarfile.open(fileobj=_HeaderReader(file), mode="r:") as archive:  # type: ignore[call-overload]
        while len(found) <= most:
            # Its own list would grow with the archive.
            archive.members = []
            member = archive.next()
            if member is None:
                break
            if member.size < 0 or member.offset <= last:
                raise InputError(f"{path} is damaged: its members overlap.")
            last = member.offset
            plain = member.isreg() and not member.issparse()
            if plain and member.offset_data + member.size > length:
                raise InputError(f"{path} is cut off, or damaged.")
            kind = "folder" if member.isdir() else "file" if plain else "other"
            found.append(TarMember(member.name, kind, member.offset_data, member.size))
    return found


def unpacked_gzip(path: Path, packed: IO[bytes], unpacked: IO[bytes], most_bytes: int) -> None:
    """Unpack a gzip file into another, up to a number of bytes.

    Raises
    ------
    InputError
        There are more, or it is damaged.
    """
    written, inflate = 0, zlib.decompressobj(wbits=31)
    try:
        while chunk := packed.read(_CHUNK_BYTES):
            while chunk:
                if inflate.eof:
                    # Zeros may fill up the last block of a tape; anything else is a further part.
                    if not (chunk := chunk.lstrip(b"\0")):
                        break
                    inflate = zlib.decompressobj(wbits=31)
                out = inflate.decompress(chunk, _CHUNK_BYTES)
                chunk = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
                written += len(out)
                if written > most_bytes:
                    raise too_large(path, most_bytes)
                unpacked.write(out)
    except zlib.error as error:
        raise InputError(f"{path} is no archive that can be read, or is damaged ({shortened(error)}).") from error
    if not inflate.eof:
        raise InputError(f"{path} is cut off, or damaged.")


def too_large(path: Path, most_bytes: int) -> InputError:
    """Return the refusal of an archive that unpacks to too much."""
    return InputError(
        f"{path} unpacks to more than {most_bytes / 2**20:,.0f} MiB, which is no model; if you trust it, unpack it and "
        "install the folder of the model."
    )
