"""A model that can be asked for by its name, and what is to be known of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from ...errors import InputError
from ...labels import Material
from ...provenance import hash_file
from .model_folder import REFINER, WEIGHTS, ModelFolder

RECORD = "installed.json"
"""In the folder of an installed model: which files were installed, with their SHA-256."""


@dataclass(frozen=True)
class RegisteredModel:
    """A model in one of the places where models are looked for by name.

    Parameters
    ----------
    path : Path
        Its folder, whose name is that of the model.
    origin : {"bundled", "installed", "by hand"}
        Whether it came with the package, was installed by it, or was put there otherwise.
    """

    path: Path
    origin: Literal["bundled", "installed", "by hand"]

    @property
    def name(self) -> str:
        """What it is asked for by."""
        return self.path.name

    @cached_property
    def folder(self) -> ModelFolder:
        """Its model folder.

        Raises
        ------
        InputError
            It cannot be used.
        """
        return ModelFolder(self.path)

    @property
    def problem(self) -> str:
        """Why it cannot be used, as far as its descriptions tell; empty where it can."""
        try:
            _ = self.folder.card
        except InputError as error:
            return str(error)
        return ""

    def installed_files(self) -> dict[str, str]:
        """SHA-256 of each file that was installed, by its place; empty where the model was not installed.

        Raises
        ------
        InputError
            The record is damaged.
        """
        return installed_files(self.path)

    def size_bytes(self) -> int:
        """Bytes that its files take."""
        return sum(file.stat().st_size for file in self.path.rglob("*") if file.is_file())

    def to_dict(self) -> dict[str, Any]:
        """Return what is to be known of it as JSON has it: hashes are of the files as they are now.

        Raises
        ------
        InputError
            It cannot be used.
        """
        model = self.folder
        voxels = model.voxel_range_um
        stages = [{"stage": "network", "file": WEIGHTS.as_posix(), "sha256": model.sha256}]
        if (self.path / REFINER).is_file():
            stages.append({"stage": "refiner", "file": REFINER.as_posix(), "sha256": hash_file(self.path / REFINER)})
        return {
            "name": self.name,
            "origin": self.origin,
            "folder": str(self.path),
            "size_bytes": self.size_bytes(),
            "sees": self.sees,
            "configuration": model.configuration,
            "classes": [Material(code).title for code in model.codes],
            "voxel_range_um": None if voxels is None else list(voxels),
            "working_sizes": list(model.working_sizes),
            "stages": stages,
            "card": model.card,
        }

    @property
    def sees(self) -> str:
        """What its network is shown: ``volumes``, ``slices``, or ``volumes and clicks``."""
        model = self.folder
        return "slices" if model.sees_slices else "volumes and clicks" if model.is_guided else "volumes"

    @property
    def stages(self) -> str:
        """Its stages in words."""
        return "network, refiner" if (self.path / REFINER).is_file() else "network"


def installed_files(path: Path) -> dict[str, str]:
    """SHA-256 of each file that was installed into a folder, by its place; empty where nothing was.

    Raises
    ------
    InputError
        The record is damaged.
    """
    record = path / RECORD
    if path.is_symlink() or not record.is_file():
        return {}
    try:
        files = json.loads(record.read_bytes())["files"]
        return {str(place): str(digest) for place, digest in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{record} is damaged: what was installed there is not known, and stays as it is.") from error
