"""Cases of an experiment, divided once and laid out as trainings read them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...io import open_labels, open_volume, replacing, save_labels, save_volume
from ..evaluate.cases import EvaluatedCase

TIFF = (".tif", ".tiff")


def divided(
    cases: Sequence[EvaluatedCase], test_cases: int | None, seed: int
) -> tuple[tuple[EvaluatedCase, ...], tuple[EvaluatedCase, ...]]:
    """Divide real cases at random into those that are learnt from and those that networks are judged by.

    Parameters
    ----------
    cases : sequence of EvaluatedCase
        All of them. Several volumes of one sample, with one file of labels, stay on one side.
    test_cases : int or None
        How many samples are kept apart; a third by default, one at least.
    seed : int
        Of the draw.

    Returns
    -------
    (tuple of EvaluatedCase, tuple of EvaluatedCase)
        To learn from, and to judge by, each in the order of the cases.

    Raises
    ------
    InputError
        Nothing would be left to learn from.
    """
    samples = list(dict.fromkeys(case.truth for case in cases))
    number = max(1, len(samples) // 3) if test_cases is None else test_cases
    if number >= len(samples):
        raise InputError(
            f"There are {len(samples)} real cases, of which {number} would be kept apart to judge by; nothing would be "
            "left to learn from. Add cases, or keep fewer apart."
        )
    kept = {samples[place] for place in np.random.default_rng(seed).permutation(len(samples))[:number]}
    sides: tuple[list[EvaluatedCase], list[EvaluatedCase]] = ([], [])
    for case in cases:
        sides[case.truth in kept].append(case)
    return tuple(sides[0]), tuple(sides[1])


def place(case: EvaluatedCase, folder: Path, voxel_size_um: float | None = None) -> None:
    """Lay a case out as a training reads it: ``volume.tif`` and ``labels.tif`` in a folder of its own.

    TIFF files that say all are linked, or copied where the disk has no links; others are written anew.

    Parameters
    ----------
    case : EvaluatedCase
        With its volume.
    folder : Path
        The case's folder; what is whole in it stays.
    voxel_size_um : float, optional
        Voxel size in place of what the files say, µm.

    Raises
    ------
    InputError
        A file that cannot be used, a voxel size that is not known, or labels of another shape.
    """
    there = folder / "volume.tif", folder / "labels.tif"
    if all(path.is_file() for path in there):
        return
    assert case.volume is not None
    volume = open_volume(case.volume, voxel_size_um=voxel_size_um)
    labels = open_labels(case.truth, voxel_size_um=voxel_size_um or volume.voxel_size_um)
    _ = volume.required_voxel_size_um
    if volume.shape != labels.shape:
        raise InputError(
            f"{case.group}/{case.name}: the volume is {volume.shape} (z, y, x) and the labels are {labels.shape}; they "
            "must lie on one grid."
        )
    folder.mkdir(parents=True, exist_ok=True)
    as_it_is = voxel_size_um is None and case.volume.suffix.lower() in TIFF and case.volume.is_file()
    # The volume last: trainings look for the labels, and take the volumes beside them.
    save_labels(replace(labels, voxel_size_um=volume.voxel_size_um), there[1])
    if as_it_is:
        _link(case.volume, there[0])
    else:
        save_volume(volume, there[0])


def placed_name(case: EvaluatedCase) -> str:
    """Return a name that trainings take: without ``~`` and without two underscores in a row."""
    name = f"{case.group}-{case.name}".replace("/", "-").replace("~", "-")
    while "__" in name:
        name = name.replace("__", "_")
    return name


def _link(source: Path, target: Path) -> None:
    with replacing(target) as partial:
        try:
            os.link(source.resolve(), partial)
        except OSError:
            shutil.copyfile(source, partial)
