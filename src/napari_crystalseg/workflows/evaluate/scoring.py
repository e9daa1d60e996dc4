"""Scores of one case: voxels, surfaces, volumes, and what the difference does to absorption factors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError, one_line
from ...io import open_labels, open_volume, save_labels
from ...judgement.evaluation import CaseScore
from ...labels import Labels, Material
from ...progress import Progress, part, silent
from ...volume import Volume
from .cases import EvaluatedCase
from .request import EvaluationRequest

OTHER_SIZE = "other_voxel_size_um"
"""Fact of a case whose volume or prediction says another voxel size than its true labels: that other one, µm."""


def score_case(
    case: EvaluatedCase,
    request: EvaluationRequest,
    picture: Path,
    segmented: Path,
    progress: Progress = silent,
) -> CaseScore:
    """Score a case, after segmenting its volume where no predicted labels are there.

    Parameters
    ----------
    case : EvaluatedCase
        The case.
    request : EvaluationRequest
        What holds for every case.
    picture : Path
        PNG to write: the worst slices.
    segmented : Path
        Labels to write, where the volume is segmented.
    progress : Progress
        Told what is being done; raises to cancel.

    Returns
    -------
    CaseScore

    Raises
    ------
    InputError
        A file that cannot be used, or labels on another grid.
    """
    from ...io import replacing
    from ...pictures.evaluation.worst_slices import worst_slices_png

    progress(0.0, "opening the labels")
    given = request.voxel_size_of(case)
    truth = open_labels(case.truth, voxel_size_um=given)
    volume = None if case.volume is None else open_volume(case.volume, voxel_size_um=given)
    assumed = [f"{case.truth.name}: {text}" for text in truth.provenance.assumptions]
    if case.predicted is not None:
        predicted = open_labels(case.predicted, voxel_size_um=given)
        assumed += [f"{case.predicted.name}: {text}" for text in predicted.provenance.assumptions]
        _check_grid(predicted, truth, case.predicted.name, case.truth.name)
        done = 0.05
    else:
        assert volume is not None
        assert case.volume is not None
        # Before the work: it would be for nothing.
        _check_grid(volume, truth, case.volume.name, case.truth.name)
        assumed += [f"{case.volume.name}: {text}" for text in volume.provenance.assumptions]
        predicted = _segmented(volume, request, part(progress, 0.02, 0.5))
        save_labels(predicted, segmented)
        done = 0.5
    differing = _other_size(truth, predicted)
    size = truth.voxel_size_um or predicted.voxel_size_um
    truth, predicted = replace(truth, voxel_size_um=size), replace(predicted, voxel_size_um=size)
    progress(done, "measuring the surfaces")
    score = _without_absorption(case, predicted, truth)
    progress(done + 0.1, "drawing the worst slices")
    with replacing(picture) as partial:
        partial.write_bytes(worst_slices_png(volume, truth, predicted))
    del volume
    found, why, facts = _absorption(case, predicted, truth, request, part(progress, done + 0.15, 1.0))
    progress(1.0, "scored")
    return replace(score, absorption=found, without_absorption=why, facts={**facts, **differing, "assumed": assumed})


def _segmented(volume: Volume, request: EvaluationRequest, progress: Progress) -> Labels:
    from ...segmentation import segment

    return segment(volume, model=request.model, progress=progress).labels


def _other_size(truth: Labels, predicted: Labels) -> dict[str, Any]:
    """The voxel size of the prediction, which its volume hands on, where it is not that of the true labels."""
    one, other = truth.voxel_size_um, predicted.voxel_size_um
    if one is None or other is None or np.allclose(one, other, rtol=1e-3):
        return {}
    return {OTHER_SIZE: list(other)}


def _check_grid(one: Labels | Volume, truth: Labels, name: str, true_name: str) -> None:
    if one.shape != truth.shape:
        raise InputError(
            f"{name} is {one.shape} (z, y, x) and {true_name} is {truth.shape}; compare labels of the same volume."
        )


def _without_absorption(case: EvaluatedCase, predicted: Labels, truth: Labels) -> CaseScore:
    from ...segmentation import scores
    from ...segmentation.scoring.surface_distance import surface_distances

    voxels, surfaces = scores(predicted, truth), surface_distances(predicted, truth)
    figures = {material.title: surface.to_dict() for material, surface in surfaces.items()}
    if truth.voxel_size_um is None:
        lengths = [name for name in next(iter(figures.values())) if name.endswith(("_um", "_um3"))]
        figures = {title: {**row, **dict.fromkeys(lengths)} for title, row in figures.items()}
    return CaseScore(
        name=case.name,
        group=case.group,
        classes={title: {**row, **figures[title]} for title, row in voxels["classes"].items()},
        mean=voxels["mean"],
        histograms={material.title: surface.histogram().tolist() for material, surface in surfaces.items()},
    )


def _absorption(
    case: EvaluatedCase, predicted: Labels, truth: Labels, request: EvaluationRequest, progress: Progress
) -> tuple[dict[str, Any] | None, str, dict[str, Any]]:
    """How A differs over directions, or why it was not computed, and with which coefficients."""
    if not request.directions:
        return None, "not asked for", {}
    try:
        coefficients, origin = request.coefficients_of(case)
    except InputError as error:
        return None, one_line(str(error)), {}
    if coefficients is None:
        return None, "no attenuation coefficients: give them, or an energy for those of typical materials", {}
    facts = {**coefficients.record(), "coefficients_from": origin}
    if truth.voxel_size_um is None:
        return None, "the voxel size is not known", facts
    for labels, what in ((truth, "true"), (predicted, "predicted")):
        if not (labels.data == Material.CRYSTAL).any():
            return None, f"the {what} labels hold no crystal", facts
    from ...absorption import Directions, FactorComparison, absorb

    directions = Directions.over_sphere(request.directions)
    try:
        made = [
            absorb(
                labels,
                coefficients,
                directions,
                tolerance=request.tolerance,
                seed=request.seed,
                progress=part(progress, 0.5 * i, 0.5 * (i + 1)),
            )
            for i, labels in enumerate((truth, predicted))
        ]
        return FactorComparison(*made).statistics(), "", facts
    except InputError as error:  # a single slice, no voxel size, class 4 without a coefficient: the scores stand
        return None, one_line(str(error)), facts
