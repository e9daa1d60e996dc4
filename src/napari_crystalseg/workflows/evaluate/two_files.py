"""Two files: how well the labels of one agree with a reference."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...errors import InputError
from ...io import open_labels, save_json


def evaluate_files(
    predicted: str | Path,
    truth: str | Path,
    json_path: str | Path | None = None,
    voxel_size_um: float | None = None,
    axes: tuple[str | None, str | None] = (None, None),
    datasets: tuple[str | None, str | None] = (None, None),
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
    axes, datasets : (str, str), optional
        How the axes of each file lie, and which of several in it is meant, as
        :func:`~napari_crystalseg.io.open_labels` takes them.

    Returns
    -------
    dict
        ``{"classes": {"liquor": {"recall", "precision", "iou", "f1", "f2", "dice"}, ...}, "mean": {...},
        "assumed": [...]}``; None for a class that is in neither file.

    Raises
    ------
    InputError
        Not labels, or another shape.
    """
    from ...segmentation import scores

    # Scores count voxels, so their size need not be known.
    first, second = (
        open_labels(path, voxel_size_um=voxel_size_um, axes=axis, dataset=dataset)
        for path, axis, dataset in zip((predicted, truth), axes, datasets, strict=True)
    )
    if first.shape != second.shape:
        raise InputError(
            f"{Path(predicted).name} is {first.shape} (z, y, x) and {Path(truth).name} is {second.shape}; "
            "compare labels of the same volume."
        )
    result: dict[str, Any] = scores(first, second)
    result["assumed"] = [
        f"{Path(path).name}: {text}"
        for path, labels in ((predicted, first), (truth, second))
        for text in labels.provenance.assumptions
    ]
    if json_path is not None:
        save_json(result, json_path)
    return result
