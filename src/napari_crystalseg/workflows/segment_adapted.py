"""Segment with a network that is first adapted to the sample, where that does no harm that can be seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..progress import Progress, part, silent
from ..volume import Volume

if TYPE_CHECKING:
    from ..judgement.lamp import Lamp
    from ..segmentation import ModelFolder, Segmentation
    from ..segmentation.adaptation.adapt import Adaptation

ADAPT = "adapt"
"""Name of the step in the record of the labels."""
_RANKS = {"good": 0, "unknown": 0, "warning": 1, "problem": 2}


def segment_adapted(
    volume: Volume,
    model: ModelFolder | None = None,
    *,
    seed: int = 0,
    progress: Progress = silent,
    **options: Any,
) -> Segmentation:
    """Segment a volume twice, with the network as it is and adapted to this sample, and return the better.

    The adapted network's labels are taken where two varied views of the sample, which it was not adapted on, agree
    better than before, and no plausibility lamp is worse; else those of the network as it is. The record of the labels
    says which, and why. The model's folder stays as it is.

    Parameters
    ----------
    volume : Volume
        Voxel values.
    model : ModelFolder, optional
        Network to use; the bundled one by default.
    seed : int
        Seed of the views.
    progress : Progress
        Told of every step; raises :class:`~napari_crystalseg.errors.Cancelled` to stop.
    **options
        Further options of :func:`~napari_crystalseg.segmentation.segment`.

    Returns
    -------
    Segmentation

    Raises
    ------
    InputError
        As :func:`~napari_crystalseg.segmentation.segment`, and for models of slices or of clicks.
    """
    from ..segmentation import bundled_model, segment
    from ..segmentation.adaptation.adapt import adapt, check_adaptable

    model = model or bundled_model(len(volume.data))
    check_adaptable(model)
    plain = segment(volume, model, progress=part(progress, 0.0, 0.3), **options)
    adaptation = adapt(model, volume, seed=seed, progress=part(progress, 0.3, 0.68))
    refusal = _disagreement(adaptation)
    if refusal is None:
        # PyTorch: other engines convert a network and keep it, and this one is used once.
        adapted = segment(
            volume, adaptation.model, progress=part(progress, 0.68, 0.98), **{**options, "engine": "torch"}
        )
        refusal = _worse_lamps(_lamps(volume, plain), _lamps(volume, adapted))
    progress(1.0, "segmented")
    if refusal is None:
        said = "The network was adapted to this sample: varied views of it agree better, and no lamp is worse."
        return _recorded(adapted, adaptation.model.adaptation, True, said)
    said = f"The network was not adapted to this sample: {refusal}. These labels are of the network as it is."
    return _recorded(plain, adaptation.model.adaptation, False, said)


def adaptation_told(provenance_steps: Sequence[Mapping[str, Any]]) -> str | None:
    """Return what the record of labels says of an adaptation; None where there was none."""
    step = next((one for one in reversed(provenance_steps) if one.get("step") == ADAPT), None)
    return None if step is None else str(step.get("told", ""))


def _disagreement(adaptation: Adaptation) -> str | None:
    if adaptation.agrees_better:
        return None
    return f"its answers to varied views agree no better ({adaptation.after:.3f}, {adaptation.before:.3f} before)"


def _lamps(volume: Volume, made: Segmentation) -> tuple[Lamp, ...]:
    from ..judgement.lamps.lit_lamps import lit_lamps
    from ..judgement.lamps.value_sample import ValueSample
    from ..judgement.mean_uncertainty import MeanUncertainty

    means = MeanUncertainty.of(made.labels, made.uncertainty)
    return lit_lamps(made.labels, ValueSample.of_volume(volume), uncertainty=means)


def _worse_lamps(before: Sequence[Lamp], after: Sequence[Lamp]) -> str | None:
    """Name the lamps that are worse; None where there is none."""
    worse = [one.name for one, other in zip(after, before, strict=True) if _RANKS[one.level] > _RANKS[other.level]]
    return f"labels would be less plausible ({', '.join(worse)})" if worse else None


def _recorded(made: Segmentation, record: Mapping[str, Any], accepted: bool, told: str) -> Segmentation:
    provenance = made.labels.provenance.then(ADAPT, accepted=accepted, told=told, **record)
    return replace(made, labels=replace(made.labels, provenance=provenance))
