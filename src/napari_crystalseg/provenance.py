"""Where a result came from: inputs, parameters, model, seed and version."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import InputError, one_line
from .texts.printable import printable

SCHEMA_VERSION = 1


def package_version() -> str:
    """Version of the installed package, ``"unknown"`` in a bare checkout."""
    try:
        return version("napari-crystalseg")
    except PackageNotFoundError:
        return "unknown"


def hash_file(path: str | Path) -> str:
    """SHA-256 of a file's bytes, as hexadecimal digits."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def hash_folder(path: str | Path) -> str:
    """SHA-256 over the names and hashes of all files in a folder, in the order of their names."""
    folder = Path(path)
    digest = hashlib.sha256()
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        digest.update(os.fsencode(f"{file.relative_to(folder).as_posix()}\0{hash_file(file)}\n"))
    return digest.hexdigest()


def hash_path(path: str | Path) -> str:
    """SHA-256 of a file, or over the files of a folder."""
    return hash_folder(path) if Path(path).is_dir() else hash_file(path)


def hash_array(array: NDArray[Any]) -> str:
    """SHA-256 of an array's dtype, shape and bytes in C order, as hexadecimal digits."""
    digest = hashlib.sha256(f"{array.dtype.str}{array.shape}".encode())
    digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


# Hashing more than this takes longer than opening the file.
_HASHED_AT_ONCE_BYTES = 64 * 2**20


class InputHashes(Mapping[str, str]):
    """Names and SHA-256 of input files and folders, each read when its hash is first asked for.

    Parameters
    ----------
    known : mapping of str to str
        Hashes that are known.
    files : sequence of Path
        Files or folders to hash. One that changes before it is hashed is said to have changed.
    """

    def __init__(self, known: Mapping[str, str], files: Sequence[Path] = ()) -> None:
        self._known = dict(known)
        self._files = {printable(path.name): (path, _stamp(path)) for path in files}

    def __getitem__(self, name: str) -> str:
        if name in self._files:
            path, stamp = self._files[name]
            try:
                found = hash_path(path) if _stamp(path) == stamp else None
            except OSError:
                found = None
            self._known[name] = found or "not known: the file changed after it was opened"
            del self._files[name]
        return self._known[name]

    @property
    def known(self) -> Mapping[str, str]:
        """Those hashes that need not be read first."""
        return {name: found for name, found in self._known.items() if name not in self._files}

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self._known, *self._files]))

    def __len__(self) -> int:
        return len(self._known.keys() | self._files.keys())

    def __repr__(self) -> str:
        return repr(dict.fromkeys(self._files, "not read yet") | self._known)

    def after(self, earlier: Mapping[str, str]) -> InputHashes:
        """Return these hashes after those of ``earlier`` inputs, without asking for any."""
        both = InputHashes({**earlier, **self._known})
        both._files = dict(self._files)
        return both


def _stamp(path: Path) -> tuple[int, int]:
    """Bytes and last change of a file, or of all files in a folder."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    stats = [file.stat() for file in files]
    return sum(stat.st_size for stat in stats), max((stat.st_mtime_ns for stat in stats), default=0)


@dataclass(frozen=True)
class Provenance:
    """Record of how a result was made.

    Parameters
    ----------
    inputs : mapping of str to str
        Name of each input (a file name, not a path, as :func:`printable` gives it) and its SHA-256.
    steps : tuple of mapping
        What was done, oldest first: ``{"step": "reconstruct", <parameter>: <value>, ...}``, JSON values only.
    model_sha256 : str or None
        Hash of the network's weights, where one was used.
    seed : int or None
        Seed of everything random.
    """

    inputs: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[Mapping[str, Any], ...] = ()
    model_sha256: str | None = None
    seed: int | None = None

    @classmethod
    def of_file(cls, path: str | Path, *others: str | Path) -> Provenance:
        """Begin the record of something read from ``path``, a file or a folder, and from ``others`` that it refers to.

        Large files are hashed when their hash is asked for.
        """
        files = [Path(path), *map(Path, others)]
        if sum(_stamp(file)[0] for file in files) > _HASHED_AT_ONCE_BYTES:
            return cls(inputs=InputHashes({}, files))
        return cls(inputs={printable(file.name): hash_path(file) for file in files})

    def following(self, earlier: Provenance) -> Provenance:
        """Return the record that a file holds, ``earlier``, with this record of its reading after it."""
        inputs: Mapping[str, str]
        if isinstance(self.inputs, InputHashes):
            inputs = self.inputs.after(earlier.inputs)
        else:
            inputs = {**earlier.inputs, **self.inputs}
        return replace(earlier, inputs=inputs, steps=(*earlier.steps, *self.steps))

    def then(self, step: str, *, model_sha256: str | None = None, **parameters: Any) -> Provenance:
        """Return this record with one more step at its end."""
        return replace(
            self,
            steps=(*self.steps, {"step": step, **parameters}),
            model_sha256=model_sha256 or self.model_sha256,
        )

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What had to be assumed when files were opened, oldest first."""
        texts = (step.get("assumed") for step in self.steps if step.get("step") == "open")
        return tuple(dict.fromkeys(one_line(text) for text in texts if text))

    @property
    def findings(self) -> tuple[str, ...]:
        """What was found wrong with the scan when it was reconstructed, and gone on in spite of, oldest first."""
        steps = (step for step in self.steps if step.get("step") == "reconstruct")
        said = (step["said"] for step in steps if isinstance(step.get("said"), list | tuple))
        return tuple(dict.fromkeys(str(text) for texts in said for text in texts))

    def to_dict(self) -> dict[str, Any]:
        """Return the record as JSON-ready values, with schema and package version."""
        return {
            "schema_version": SCHEMA_VERSION,
            "software": "napari-crystalseg",
            "software_version": package_version(),
            "inputs": dict(self.inputs),
            "steps": [dict(step) for step in self.steps],
            "model_sha256": self.model_sha256,
            "seed": self.seed,
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Provenance:
        """Rebuild a record from :meth:`to_dict`; unknown keys are ignored.

        Raises
        ------
        InputError
            Not such a record, or one that was damaged.
        """
        if not _is_named(record):
            raise InputError("The record of how it was made is damaged.")
        inputs, steps = record.get("inputs") or {}, record.get("steps") or ()
        model_sha256, seed = record.get("model_sha256"), record.get("seed")
        whole = (
            _is_named(inputs)
            and all(isinstance(digest, str) for digest in inputs.values())
            and isinstance(steps, list | tuple)
            and all(_is_named(step) and isinstance(step.get("assumed") or "", str) for step in steps)
            and isinstance(model_sha256, str | None)
            and isinstance(seed, int | None)
        )
        if not whole:
            raise InputError("The record of how it was made is damaged.")
        return cls(dict(inputs), tuple(dict(step) for step in steps), model_sha256, seed)


def _is_named(record: Any) -> bool:
    return isinstance(record, Mapping) and all(isinstance(name, str) for name in record)
