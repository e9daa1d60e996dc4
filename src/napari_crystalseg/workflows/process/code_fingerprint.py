"""Code fingerprint: what results depend on besides what was asked, the code of this package and its libraries."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2]

FACES = ("cli", "widgets", "_reader.py", "_sample_data.py", "_writer.py", "napari.yaml")
"""What calls and shows, and is imported by nothing that computes: contracts of the imports hold it so."""

DATA = ("models", "sample_data")
"""What is an input: a model is known by the hash of its weights, a sample by that of its file."""

LIBRARIES = (
    "algotom",
    "dynamic-network-architectures",
    "finufft",
    "gemmi",
    "h5py",
    "jinja2",
    "matplotlib",
    "nnunetv2",
    "numba",
    "numpy",
    "openvino",
    "pillow",
    "scikit-image",
    "scipy",
    "tifffile",
    "torch",
    "xraylib",
)
"""Libraries that results may depend on, to the last bit."""


@lru_cache
def code_fingerprint(package: Path = PACKAGE) -> str:
    """Return the hash of all code that a result could depend on, and of the versions of its libraries.

    Nothing has to be listed for a result to be computed again after its code has changed: every file of the package
    counts, but for the faces and what is an input.

    Parameters
    ----------
    package : Path
        Folder of the package.
    """
    digest = hashlib.sha256()
    for file in code_files(package):
        digest.update(file.relative_to(package).as_posix().encode())
        digest.update(file.read_bytes())
    for library in LIBRARIES:
        digest.update(f"{library} {_version(library)}\n".encode())
    return digest.hexdigest()


def code_files(package: Path = PACKAGE) -> Iterator[Path]:
    """Yield the files that count, in the order of their names."""
    for place in sorted(package.iterdir()):
        if place.name in (*FACES, *DATA, "__pycache__"):
            continue
        files = sorted(place.rglob("*")) if place.is_dir() else [place]
        yield from (file for file in files if file.is_file() and "__pycache__" not in file.parts)


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "absent"
