"""The model that --model names, and where models are looked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from ..segmentation import ModelFolder
    from ..segmentation.model_folders.model_registry import ModelRegistry


def registry_of(place: Path | None) -> ModelRegistry:
    """Return the models in a folder, or those of the user."""
    from ..segmentation.model_folders.model_registry import ModelRegistry

    return ModelRegistry.of_user(place)


def model_folder_of(name_or_folder: Path | None) -> Path | None:
    """Return the folder of the model of a name, and say which was taken where there are two; None for none.

    Raises
    ------
    InputError
        There is none of that name, or its folder is none of a model.
    """
    found = _found(name_or_folder)
    return None if found is None else found.path


def chosen_model(name_or_folder: Path | None) -> ModelFolder | None:
    """Return the model of a name or folder, checked, and say which was taken where there are two; None for none.

    Raises
    ------
    InputError
        There is none of that name, or it cannot be used.
    """
    found = _found(name_or_folder)
    if found is not None:
        found.check()
    return found


def _found(name_or_folder: Path | None) -> ModelFolder | None:
    from ..segmentation.model_folders.model_registry import find_model

    if name_or_folder is None:
        return None
    found = find_model(name_or_folder)
    if found.told:
        typer.echo(found.told, err=True)
    return found.folder
