"""Calibrate: what a model's confidence is worth, and how volumes look that it knows, measured and put on its card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from ..io import open_labels, open_volume, save_json
from ..io.files.atomic import check_place, replacing
from ..progress import Progress, part, silent
from ..volume import Volume
from .evaluate.cases import EvaluatedCase, labelled_cases

if TYPE_CHECKING:
    from ..segmentation import ModelFolder
    from ..segmentation.doubt.confidence_curve import ConfidenceCurve
    from ..segmentation.doubt.counted_case import CountedCase
    from ..segmentation.doubt.reliability import Reliability
    from ..segmentation.doubt.training_range import TrainingRange
    from ..segmentation.doubt.volume_statistics import VolumeStatistics

OWN = "own"
"""Name of the half of the cases that was not fitted."""


@dataclass(frozen=True, eq=False)
class Measured:
    """One case as the model sees it.

    Parameters
    ----------
    group, name : str
        Its folder, and what it is called there.
    statistics : VolumeStatistics
        How its volume looks.
    counted : CountedCase or None
        How often the network was wrong; None for further volumes of a sample, which are looked at alone.
    refined : CountedCase or None
        How often it was after the second stage; None, too, for a model without one.
    """

    group: str
    name: str
    statistics: VolumeStatistics
    counted: CountedCase | None
    refined: CountedCase | None = None


def calibrate(
    model_folder: str | Path,
    cases: Sequence[str | Path],
    *,
    judged_by: Sequence[str | Path] = (),
    trained_on: Sequence[str | Path] = (),
    picture: str | Path | None = None,
    write: bool = True,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Fit what a model's confidence is worth on samples with known labels, and keep it on the model's card.

    Every second sample is fitted; the others judge what was fitted, and so do further folders, each by itself. The
    offset of the curve is kept where the samples that were not fitted are then likelier. Of samples with several
    volumes the network sees the plain one and one of the others, in turn; the training range is of all volumes of the
    samples that it was trained on, where they are given, else of those that were fitted. A model with a second stage
    gets a curve for each. The same call gives the same numbers on the same machine.

    Parameters
    ----------
    model_folder : path
        Model whose ``card.json`` gets ``calibration`` and ``training_range``.
    cases : sequence of path
        Folders of samples like those that the model was trained on, of which none was.
    judged_by : sequence of path
        Folders of other samples, never fitted.
    trained_on : sequence of path
        Folders of samples of the training, or of ones drawn as they were, which are looked at and not segmented.
    picture : path, optional
        PNG of the reliability diagram to write.
    write : bool
        Whether the card is written; else it is only told.
    progress : Progress
        Told of every sample; raises :class:`~napari_crystalseg.errors.Cancelled` to stop, and the card stays as it was.

    Returns
    -------
    dict
        ``{"calibration": ..., "training_range": ...}`` as on the card.

    Raises
    ------
    InputError
        No model, a model of slices, fewer than four samples, or labels that are not of their volume.
    """
    from ..segmentation import ModelFolder
    from ..segmentation.doubt.calibration import Calibration
    from ..segmentation.doubt.training_range import TrainingRange

    model = ModelFolder(Path(model_folder))
    if model.sees_slices:
        raise InputError("Only models of volumes are calibrated; this one sees slices.")
    model.check()
    for path in (picture, model.path / "card.json" if write else None):
        if path is not None:
            check_place(path)
    own, others, seen = (_samples(folders) for folders in (cases, judged_by, trained_on))
    if len(own) < 4:
        raise InputError(f"A calibration needs four samples or more, of which half are fitted, not {len(own)}.")
    measured = _measured(model, [*own.values(), *others.values()], part(progress, 0.0, 0.85 if seen else 1.0))
    looks = _looks(model, [case for volumes in seen.values() for case in volumes], part(progress, 0.85, 1.0))
    fitted = [one for number, name in enumerate(own) if number % 2 == 0 for one in measured[name]]
    sets = {OWN: [one for number, name in enumerate(own) if number % 2 for one in measured[name]]}
    for name in others:
        sets.setdefault(name[0], []).extend(measured[name])
    curve = _curve(_together(fitted), _together(sets[OWN]))
    refined = None
    if model.refiner is not None:
        refined = _curve(_together(fitted, refined=True), _together(sets[OWN], refined=True))
    training_range = TrainingRange.of(looks or [one.statistics for one in fitted])
    figures = {
        "expected_calibration_error": _errors(sets, curve),
        "taken_at_its_word": _errors(sets, None),
        **({} if refined is None else {"refined_calibration_error": _errors(sets, refined, refined=True)}),
        "cases": {"fitted": _told(fitted), **{name: _told(ones) for name, ones in sets.items()}},
        "model_sha256": model.sha256,
    }
    found = {
        "calibration": Calibration(curve, refined, figures).record(),
        "training_range": {**training_range.record(), "warned": _warned(sets, training_range)},
    }
    if picture is not None:
        from ..pictures.reliability import reliability_png

        # Of what is used: the second stage where there is one.
        last = {name: _together(ones, refined=refined is not None) for name, ones in sets.items()}
        with replacing(Path(picture)) as temporary:
            temporary.write_bytes(reliability_png(last, refined or curve))
    if write:
        save_json({**model.card, **found}, model.path / "card.json")
    return found


def _samples(folders: Sequence[str | Path]) -> dict[tuple[str, str], list[EvaluatedCase]]:
    """Samples of some folders, each with its volumes, the plain one first, by folder and name."""
    found: dict[tuple[str, str], list[EvaluatedCase]] = {}
    if not folders:
        return found
    for case in labelled_cases(folders, only_complete=True).cases:
        if case.volume is not None:
            found.setdefault((case.group, case.name.partition("~")[0]), []).append(case)
    return found


def _measured(
    model: ModelFolder, samples: Sequence[Sequence[EvaluatedCase]], progress: Progress
) -> dict[tuple[str, str], list[Measured]]:
    """Look at every volume, and at the plain one and one other of each sample with the network."""
    found: dict[tuple[str, str], list[Measured]] = {}
    for number, volumes in enumerate(samples):
        asked = {0} if len(volumes) == 1 else {0, 1 + number % (len(volumes) - 1)}
        key = volumes[0].group, volumes[0].name.partition("~")[0]
        told = part(progress, number / len(samples), (number + 1) / len(samples))
        told(0.0, f"sample {number + 1} of {len(samples)}")
        for at, case in enumerate(volumes):
            assert case.volume is not None
            volume = open_volume(case.volume)
            statistics, counted, refined = _look(model, volume), None, None
            if at in asked:
                within = part(told, at / len(volumes), (at + 1) / len(volumes))
                counted = _counted(model, case, volume, False, within)
                refined = None if model.refiner is None else _counted(model, case, volume, True, within)
            found.setdefault(key, []).append(Measured(case.group, case.name, statistics, counted, refined))
    return found


def _looks(model: ModelFolder, cases: Sequence[EvaluatedCase], progress: Progress) -> list[VolumeStatistics]:
    """Look at volumes without segmenting them."""
    found = []
    for number, case in enumerate(cases):
        progress(number / len(cases), f"volume {number + 1} of {len(cases)} of the training")
        assert case.volume is not None
        found.append(_look(model, open_volume(case.volume)))
    return found


def _look(model: ModelFolder, volume: Volume) -> VolumeStatistics:
    from ..segmentation.doubt.unlike_training import statistics_on_finest
    from ..segmentation.prediction.coarse_prediction import seen_on_grids, working_grids

    grids = working_grids(volume, model)
    return statistics_on_finest(volume, grids, seen_on_grids(volume, grids))


def _counted(model: ModelFolder, case: EvaluatedCase, volume: Volume, refine: bool, progress: Progress) -> CountedCase:
    from ..segmentation import segment
    from ..segmentation.doubt.counted_case import CountedCase
    from ..segmentation.postprocessing.physics import Physics

    # Labels as the network means them.
    untouched = Physics.none()
    made = segment(volume, model, physics=untouched, refine=refine, calibrated=False, progress=progress)
    return CountedCase.of(case.name, made.labels.data, open_labels(case.truth).data, 255 - made.uncertainty)


def _together(ones: Sequence[Measured], refined: bool = False) -> dict[str, Reliability]:
    """Add up the voxels of some samples, for each region, after one stage or after both."""
    from ..segmentation.doubt.counted_case import counted_together

    each = [one.refined if refined else one.counted for one in ones]
    return counted_together([one for one in each if one is not None])


def _curve(fitted: Mapping[str, Reliability], judged: Mapping[str, Reliability]) -> ConfidenceCurve:
    """Fit a temperature alone and one with an offset, and keep what makes the other samples likelier."""
    from ..segmentation.doubt.confidence_curve import ConfidenceCurve
    from ..segmentation.doubt.counted_case import REGIONS

    curves = [ConfidenceCurve.fitted(fitted[REGIONS[0]], with_offset) for with_offset in (False, True)]
    return min(curves, key=lambda curve: judged[REGIONS[0]].log_loss(curve.doubts))


def _errors(
    sets: dict[str, list[Measured]], curve: ConfidenceCurve | None, refined: bool = False
) -> dict[str, dict[str, Any]]:
    """Figures of each set and region under a curve; None takes the network at its word."""
    import numpy as np

    doubts = np.linspace(1, 0, 256) if curve is None else curve.table / 255
    found: dict[str, dict[str, Any]] = {}
    for name, ones in sets.items():
        for region, reliability in _together(ones, refined).items():
            figures = reliability.record(doubts)
            if curve is None:
                figures.pop("bins")
            found.setdefault(name, {})[region] = figures
    return found


def _told(ones: Sequence[Measured]) -> str:
    seen = sum(one.counted is not None for one in ones)
    groups = ", ".join(dict.fromkeys(one.group for one in ones))
    return f"{len({(one.group, one.name.partition('~')[0]) for one in ones})} samples of {groups}, {seen} volumes"


def _warned(sets: dict[str, list[Measured]], training_range: TrainingRange) -> dict[str, str]:
    """How many volumes of each set lie outside the training range."""
    return {
        name: f"{sum(bool(training_range.doubts(one.statistics)) for one in ones)} of {len(ones)}"
        for name, ones in sets.items()
    }
