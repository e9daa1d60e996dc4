"""How well labels agree with a reference."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...labels import Labels, Material

SCORED = (Material.LIQUOR, Material.LOOP, Material.CRYSTAL)
_NAMES = ("recall", "precision", "iou", "f1", "f2", "dice")


def scores(predicted: Labels, truth: Labels) -> dict[str, Any]:
    """Score labels against a reference, class by class, over all voxels.

    With true positives TP, false positives FP and false negatives FN: recall TP / (TP + FN), precision TP / (TP + FP),
    IoU TP / (TP + FP + FN), F_b (1 + b²) TP / ((1 + b²) TP + b² FN + FP); Dice is F1 under its other name.

    Parameters
    ----------
    predicted, truth : Labels
        Labels of the same shape.

    Returns
    -------
    dict
        ``{"classes": {"liquor": {"recall", "precision", "iou", "f1", "f2", "dice"}, "loop": …, "crystal": …},
        "mean": {…}}``. A class that is in neither has None for every score and does not count in the means. A class
        that is in only one of the two has zeros, also where the ratio is 0 / 0. A mean over no class is None.

    Raises
    ------
    InputError
        The shapes differ.
    """
    if predicted.shape != truth.shape:
        raise InputError(
            f"The prediction has shape {predicted.shape} and the reference {truth.shape} (z, y, x); "
            "scores need the same grid."
        )
    confusion = _confusion(predicted.data, truth.data)
    classes = {material.title: _scores_of(confusion, material) for material in SCORED}
    mean: dict[str, float | None] = {}
    for name in _NAMES:
        values = [value for by_name in classes.values() if (value := by_name[name]) is not None]
        mean[name] = float(np.mean(values)) if values else None
    return {"classes": classes, "mean": mean}


def class_dice(predicted: NDArray[np.uint8], truth: NDArray[np.uint8]) -> dict[Material, float | None]:
    """Dice of liquor, loop and crystal, as of :func:`scores`, of class codes of shape (z, y, x)."""
    confusion = _confusion(predicted, truth)
    return {material: _scores_of(confusion, material)["dice"] for material in SCORED}


def _confusion(predicted: NDArray[np.uint8], truth: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Count voxels by (true, predicted) class, slice by slice."""
    size = len(Material)
    counts = np.zeros(size * size, dtype=np.int64)
    for found, true in zip(predicted, truth, strict=True):
        counts += np.bincount((true * np.uint8(size) + found).reshape(-1), minlength=size * size)
    return counts.reshape(size, size)


def _scores_of(confusion: NDArray[np.int64], material: Material) -> dict[str, float | None]:
    hits = int(confusion[material, material])
    missed, wrong = int(confusion[material].sum()) - hits, int(confusion[:, material].sum()) - hits
    if hits + missed + wrong == 0:
        return dict.fromkeys(_NAMES)

    def f(beta: float) -> float:
        return (1 + beta**2) * hits / ((1 + beta**2) * hits + beta**2 * missed + wrong)

    return {
        "recall": hits / (hits + missed) if hits else 0.0,
        "precision": hits / (hits + wrong) if hits else 0.0,
        "iou": hits / (hits + missed + wrong),
        "f1": f(1),
        "f2": f(2),
        "dice": f(1),
    }
