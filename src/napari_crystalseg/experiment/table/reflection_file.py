"""A DIALS ``.refl`` file: msgpack, read column by column and written again with one column more."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError
from ...io import check_input, replacing

HEADER = "dials::af::reflection_table"
VERSIONS = (1, 2)
"""Of the file format; they differ in what a shoebox holds."""

# Column type of DIALS -> (little-endian dtype, values a row). Columns of other types (shoeboxes) are left out.
COLUMN_TYPES: Mapping[str, tuple[str, int]] = {
    "bool": ("|b1", 1),
    "int": ("<i4", 1),
    "std::size_t": ("<u8", 1),
    "double": ("<f8", 1),
    "vec2<double>": ("<f8", 2),
    "vec3<double>": ("<f8", 3),
    "mat3<double>": ("<f8", 9),
    "int6": ("<i4", 6),
    "cctbx::miller_index<>": ("<i4", 3),
    "cctbx::miller::index<>": ("<i4", 3),
}
LARGEST_COLUMN_BYTES = 2**32 - 1  # of a msgpack binary
READ_BYTES = 1 << 20


@dataclass(frozen=True)
class ReflectionFile:
    """Where everything lies in a ``.refl`` file, with the columns that were asked for.

    Parameters
    ----------
    path : Path
        The file.
    rows : int
        Reflections.
    identifiers : mapping of int to str
        Name of the sweep for each ``id``.
    columns : mapping of str to ndarray
        Columns asked for; vectors have shape (reflection, components).
    names : tuple of str
        All columns, in the order of the file.
    """

    path: Path
    rows: int
    identifiers: Mapping[int, str]
    columns: Mapping[str, NDArray[Any]]
    names: tuple[str, ...]
    _data: tuple[int, int]  # bytes of the map header of the columns, and of their end
    _places: Mapping[str, tuple[int, int]]  # bytes of each column, with its name

    def column(self, name: str, components: int = 1, kinds: str = "iuf") -> NDArray[Any] | None:
        """Return a column, None where there is none.

        Raises
        ------
        InputError
            The column holds something else: another number of components, another kind of NumPy type, or a type that is
            not known here.
        """
        column = self.columns.get(name)
        if column is None and name not in self.names:
            return None
        shape = (self.rows,) if components == 1 else (self.rows, components)
        if column is None or column.shape != shape or column.dtype.kind not in kinds:
            raise InputError(
                f"The column '{name}' of {self.path.name} has the wrong type; write the table again with DIALS."
            )
        return column

    def write_with(self, columns: Mapping[str, ArrayLike], out: str | Path, *, without: Collection[str] = ()) -> None:
        """Write the file again with columns of doubles; everything else is copied byte by byte.

        Columns of these names are replaced. New ones go where DIALS would put them: columns are sorted.

        Parameters
        ----------
        columns : mapping of str to array_like, shape (reflection,)
            Values by the name of the column.
        out : str or Path
            File to write, another than the one read; replaced in one step.
        without : collection of str
            Columns to leave out.

        Raises
        ------
        InputError
            As many values as there are rows were not given, ``out`` is the file read, or it cannot be written.
        """
        import msgpack

        packer = msgpack.Packer(use_bin_type=True)
        new = {}
        for name, values in columns.items():
            array = np.ascontiguousarray(values, dtype="<f8")
            if array.shape != (self.rows,):
                raise InputError(
                    f"{self.path.name} has {self.rows} rows, but {array.shape} values were given for '{name}'."
                )
            new[name] = packer.pack(name) + packer.pack(["double", [self.rows, array.tobytes()]])
        out = Path(out)
        if out.resolve() == self.path.resolve() or (out.exists() and out.samefile(self.path)):
            raise InputError(f"{out} is the table that is read; name another file to write.")
        kept = {other: place for other, place in self._places.items() if other not in new and other not in without}
        left = sorted(new)
        start, end = self._data
        with self.path.open("rb") as source, replacing(out) as partial, partial.open("wb") as target:
            _copy(source, target, 0, start)
            target.write(packer.pack_map_header(len(kept) + len(new)))
            for other, place in kept.items():
                while left and left[0] < other:
                    target.write(new[left.pop(0)])
                _copy(source, target, *place)
            for name in left:
                target.write(new[name])
            _copy(source, target, end, self.path.stat().st_size)


def read_reflection_file(path: str | Path, wanted: Collection[str] | None = None) -> ReflectionFile:
    """Read a DIALS reflection table.

    Parameters
    ----------
    path : str or Path
        A ``.refl`` file (msgpack). Columns are read one by one, so a file with large shoeboxes needs little memory.
    wanted : collection of str, optional
        Columns to keep; by default every column of a known type.

    Returns
    -------
    ReflectionFile

    Raises
    ------
    InputError
        No such file, not a reflection table, or a truncated or damaged one.
    """
    path = Path(path)
    check_input(path)
    try:
        with path.open("rb") as stream:
            return _read(stream, path, wanted)
    except OSError as error:
        raise InputError(f"{path} cannot be read as a reflection table ({error.strerror}).") from None


def read_table(path: str | Path) -> tuple[dict[str, NDArray[Any]], dict[int, str]]:
    """Return every column whose type is known, and the identifiers, as :func:`read_reflection_file` reads them."""
    file = read_reflection_file(path)
    return dict(file.columns), dict(file.identifiers)


def _read(stream: BinaryIO, path: Path, wanted: Collection[str] | None) -> ReflectionFile:
    import msgpack

    if stream.read(4) == b"\x89HDF":
        raise InputError(f"{path.name} is a reflection table in HDF5; write it as msgpack (.refl) with DIALS.")
    stream.seek(0)
    unpacker = msgpack.Unpacker(
        stream, strict_map_key=False, raw=False, max_buffer_size=LARGEST_COLUMN_BYTES, read_size=READ_BYTES
    )
    try:
        reader = _Reader(unpacker, path.name, wanted)
        reader.read()
    except InputError:
        raise
    except msgpack.OutOfData:
        raise InputError(f"{path.name} is not a DIALS .refl file, or is truncated.") from None
    except Exception as error:  # msgpack has a family of unrelated exceptions for bad bytes
        raise InputError(f"{path.name} is not a DIALS .refl file, or is damaged ({type(error).__name__}).") from None
    if unpacker.tell() != path.stat().st_size:
        raise InputError(f"{path.name} goes on after the reflection table; the file is damaged.")
    rows = reader.rows
    if rows is None or reader.data is None:
        raise InputError(f"{path.name} is a reflection table without rows or columns.")
    columns = {name: _column(path.name, name, rows, *entry) for name, entry in reader.entries.items()}
    return ReflectionFile(
        path, rows, reader.identifiers, columns, tuple(reader.places), reader.data, dict(reader.places)
    )


class _Reader:
    """Goes once through the file."""

    def __init__(self, unpacker: Any, file: str, wanted: Collection[str] | None) -> None:
        self._unpacker = unpacker
        self._file = file
        self._wanted = wanted
        self.rows: int | None = None
        self.identifiers: dict[int, str] = {}
        self.data: tuple[int, int] | None = None
        self.places: dict[str, tuple[int, int]] = {}
        self.entries: dict[str, tuple[str, Any, Any]] = {}

    def read(self) -> None:
        try:
            parts = self._unpacker.read_array_header()
            header = self._unpacker.unpack() if parts == 3 else None
        except ValueError:  # some other thing than an array
            header = None
        if header != HEADER:
            raise InputError(f"{self._file} is not a DIALS reflection table.")
        version = self._unpacker.unpack()
        if version not in VERSIONS:
            raise InputError(f"{self._file} is a reflection table of version {version!r}, which is not known here.")
        for _ in range(self._unpacker.read_map_header()):
            key = self._unpacker.unpack()
            if key == "nrows":
                rows = self._unpacker.unpack()
                self.rows = rows if type(rows) is int and rows >= 0 else None
            elif key == "identifiers":
                self._read_identifiers(self._unpacker.unpack())
            elif key == "data":
                self._read_data()
            else:
                self._unpacker.skip()

    def _read_identifiers(self, found: Any) -> None:
        try:
            self.identifiers = {int(number): str(name) for number, name in (found or {}).items()}
        except (AttributeError, TypeError, ValueError):
            raise InputError(f"The identifiers of {self._file} cannot be read.") from None

    def _read_data(self) -> None:
        start = self._unpacker.tell()
        for _ in range(self._unpacker.read_map_header()):
            first = self._unpacker.tell()
            name = str(self._unpacker.unpack())
            if self._wanted is None or name in self._wanted:
                entry = self._unpacker.unpack()
                try:
                    kind, (length, values) = entry
                except (TypeError, ValueError):
                    raise InputError(f"The column '{name}' of {self._file} cannot be read.") from None
                if kind in COLUMN_TYPES:
                    self.entries[name] = (kind, length, values)
            else:
                self._unpacker.skip()
            self.places[name] = (first, self._unpacker.tell())
        self.data = (start, self._unpacker.tell())


def _column(file: str, name: str, rows: int, kind: str, length: Any, values: Any) -> NDArray[Any]:
    dtype, components = COLUMN_TYPES[kind]
    size = rows * components * np.dtype(dtype).itemsize
    if length != rows or not isinstance(values, bytes) or len(values) != size:
        raise InputError(f"The column '{name}' of {file} does not hold {rows} rows; the file is damaged.")
    column = np.frombuffer(values, dtype=dtype)
    return column.reshape(rows, components) if components > 1 else column


def _copy(source: BinaryIO, target: BinaryIO, start: int, end: int) -> None:
    source.seek(start)
    left = end - start
    while left > 0:
        block = source.read(min(left, READ_BYTES))
        if not block:
            raise InputError("The reflection table became shorter while it was copied; try again.")
        target.write(block)
        left -= len(block)
