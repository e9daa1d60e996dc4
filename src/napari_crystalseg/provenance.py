"""Where a result came from: inputs, parameters, model, seed and version."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

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


def hash_array(array: NDArray[Any]) -> str:
    """SHA-256 of an array's dtype, shape and bytes in C order, as hexadecimal digits."""
    digest = hashlib.sha256(f"{array.dtype.str}{array.shape}".encode())
    digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


@dataclass(frozen=True)
class Provenance:
    """Record of how a result was made.

    Parameters
    ----------
    inputs : mapping of str to str
        Name of each input (a file name, not a path) and its SHA-256.
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
    def of_file(cls, path: str | Path) -> Provenance:
        """Begin the record of something read from ``path``."""
        return cls(inputs={Path(path).name: hash_file(path)})

    def then(self, step: str, *, model_sha256: str | None = None, **parameters: Any) -> Provenance:
        """Return this record with one more step at its end."""
        return replace(
            self,
            steps=(*self.steps, {"step": step, **parameters}),
            model_sha256=model_sha256 or self.model_sha256,
        )

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
        """Rebuild a record from :meth:`to_dict`; unknown keys are ignored."""
        return cls(
            inputs=dict(record.get("inputs") or {}),
            steps=tuple(dict(step) for step in record.get("steps") or ()),
            model_sha256=record.get("model_sha256"),
            seed=record.get("seed"),
        )
