"""Evaluate: how well labels agree with a reference."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import InputError
from ..io import open_labels, save_json


def evaluate(
    predicted: str | Path,
    truth: str | Path,
    json_path: str | Path | None = None,
    voxel_size_um: float | None = None,
) -> dict[str, Any]:
    """Compare two label files.

    Parameters
    ----------
    predicted, truth : path
        Label files on the same grid.
    json_path : path, optional
        File to write the scores to.
    voxel_size_um : float, optional
        Voxel size for files that do not say it, µm; it does not change the scores.

    Returns
    -------
    dict
        ``{"classes": {"liquor": {"recall", "precision", "iou", "f1", "f2", "dice"}, ...}, "mean": {...}}``; None for
        a class that is in neither file.

    Raises
    ------
    InputError
        Not labels, or another shape.
    """
    from ..segmentation import scores

    # Scores count voxels, so their size need not be known.
    first, second = (open_labels(path, voxel_size_um=voxel_size_um) for path in (predicted, truth))
    if first.shape != second.shape:
        raise InputError(
            f"{Path(predicted).name} is {first.shape} (z, y, x) and {Path(truth).name} is {second.shape}; "
            "compare labels of the same volume."
        )
    result = scores(first, second)
    if json_path is not None:
        save_json(result, json_path)
    return result
