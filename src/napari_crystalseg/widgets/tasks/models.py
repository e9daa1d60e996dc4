"""What the dock asks of the worker process about models: plain functions, without Qt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...progress import Progress, silent

if TYPE_CHECKING:
    from ...segmentation.model_folders.model_verification import ModelCheck


def install_model(
    source: str, place: str, name: str | None = None, progress: Progress = silent
) -> tuple[str, tuple[str, ...]]:
    """Install a model into a folder of models; return its folder, and what is to be known of it."""
    from ...segmentation.model_folders.model_registry import ModelRegistry

    model, told = ModelRegistry((Path(place),)).install(Path(source), name, progress=progress)
    return str(model.path), told


def verify_model(folder: str, progress: Progress = silent) -> tuple[ModelCheck, ...]:
    """Verify a model folder."""
    from ...segmentation.model_folders.model_verification import verify

    progress(0.0, "reading the weights")
    return verify(Path(folder))
