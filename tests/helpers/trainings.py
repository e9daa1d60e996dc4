"""Trainings in one call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from napari_crystalseg.segmentation.training.training import train
from napari_crystalseg.segmentation.training.training_request import TrainingRequest


def trained(
    cases: Path | Sequence[Path],
    work: Path,
    *,
    resume: bool = False,
    report: Callable[[str], None] | None = None,
    **options: Any,
) -> Path:
    """Train on one folder of cases or several; options as of a request."""
    folders = [cases] if isinstance(cases, Path) else cases
    return train(TrainingRequest(folders, **options), work, resume=resume, report=report)
