"""Lamps of what the voxel values say: against the coefficients, and against what the network was trained on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...labels import Labels, Material
from ...segmentation.doubt.unlike_training import UNLIKE_TRAINING
from ...volume import Quantity
from ...wavelength import same_energy
from ..lamp import Lamp, LampPlace
from ..mean_uncertainty import MeanUncertainty
from .sample_box import SampleBox
from .value_sample import ValueSample

if TYPE_CHECKING:
    from ...absorption.coefficients import Coefficients

MUCH_OFF = 0.3
"""Difference of voxel values and coefficient, as part of the coefficient, above which it is worth a look. Chosen by
hand: fringes, beam hardening and typical materials make differences of some 10 %, labels of another class larger ones.
"""

MUCH_UNCERTAINTY = 0.2
"""Mean uncertainty over the sample, or over the crystal, above which the labels deserve a look. Over the sample,
calibrated, it is 0.07 to 0.19 of simulated cases, and mostly above where more than a fifth of the labels is wrong."""

_TOLERANCE = 1e-6
_THIN = "no class is thick enough to be clear of its surface"


def voxel_values(
    sample: SampleBox,
    values: ValueSample | None,
    levels: NDArray[np.float64] | None,
    coefficients: Coefficients | None,
) -> Lamp:
    """Hold the median voxel value of each class against its coefficient; the place is the middle of the worst class."""
    name = "values"
    if reason := _not_comparable(values, coefficients):
        return Lamp(name, "unknown", f"Voxel values cannot be held against coefficients: {reason}")
    assert levels is not None and coefficients is not None
    mu = coefficients.array()
    least = min((value for value in mu if value > 0), default=0.0)
    known = [material for material in Material if np.isfinite(levels[material])]
    if coefficients.other is None:
        known = [material for material in known if material is not Material.OTHER]
    solids = [material for material in known if material is not Material.AIR]
    if not solids or least == 0:
        return Lamp(name, "unknown", f"Voxel values cannot be held against coefficients: {_THIN}.")
    off = {one: float(levels[one] - mu[one]) / (mu[one] or least) for one in known}
    worst = max(known, key=lambda one: abs(off[one]))
    own = coefficients.energy_kev
    unit = "(1/µm)" if own is None else f"at {own:.4g} keV (1/µm)"
    if abs(off[worst]) <= MUCH_OFF:
        parts = [f"{one.title} {levels[one]:.3g} for {mu[one]:.3g}" for one in solids]
        return Lamp(name, "good", f"Voxel values are those of the coefficients {unit}: {', '.join(parts)}.")
    if values is not None and values.energy_kev is None and own is not None and coefficients.origin != "measured":
        # Those of another energy differ as much. Air is as dark at each. Where the coefficients
        # state no energy either, nothing says that there are two.
        off = {Material.AIR: off.get(Material.AIR, 0.0)}
        worst = Material.AIR
        if abs(off[worst]) <= MUCH_OFF:
            parts = [f"{one.title} {levels[one]:.3g} for {mu[one]:.3g}" for one in solids]
            return Lamp(
                name,
                "unknown",
                f"Voxel values are not those of the coefficients {unit}: {', '.join(parts)}. But nothing says at which "
                "energy the tomogram was taken, so whether that is wrong cannot be told.",
            )
    wrong = [f"{one.title} {levels[one]:.3g} instead of {mu[one]:.3g}" for one in off if abs(off[one]) > MUCH_OFF]
    text = (
        f"Voxel values are not those of the coefficients {unit}: {', '.join(wrong)}. Look whether the labels are "
        "right, and whether volume and coefficients are of one sample and one energy."
    )
    return Lamp(name, "warning", text, None if worst is Material.AIR else _middle(sample, worst))


def _not_comparable(values: ValueSample | None, coefficients: Coefficients | None) -> str:
    if values is None:
        return "there is no volume in memory."
    if values.quantity is not Quantity.LINEAR_ATTENUATION:
        return "nothing says that the volume is in 1/µm."
    if coefficients is None:
        return "there are none."
    if coefficients.origin == "example":
        return "those that are set are an example, not of this sample."
    own, theirs = coefficients.energy_kev, values.energy_kev
    if own is not None and theirs is not None and not same_energy(own, theirs):
        return f"they hold at {own:.4g} keV, and the tomogram was taken at {theirs:.4g} keV."
    return ""


def _middle(sample: SampleBox, material: Material) -> LampPlace | None:
    return LampPlace.of_mask(sample.data == material, sample.origin)


def training_range(
    labels: Labels,
    levels: NDArray[np.float64] | None,
    uncertainty: MeanUncertainty | None,
) -> Lamp:
    """Say whether the volume is like those that the network was trained on.

    Its voxel size is held against the range that the model's card states, its voxel values against what they are
    clipped to, its look against that of the volumes of the training (the record says in what it differs), and the
    network's own uncertainty is asked.
    """
    name = "training"
    step = next((one for one in reversed(labels.provenance.steps) if one.get("step") == "segment"), None)
    said = []
    range_um = None if step is None else _range_um(step.get("model_voxel_range_um"))
    if step is not None and range_um and labels.voxel_size_um is not None:
        said += _size_doubts(labels, range_um, step.get("working_shapes"))
    if step is not None and levels is not None:
        said += _value_doubts(levels)
    if step is not None:
        said += _stated_doubts(step)
    if uncertainty is not None and uncertainty.sample > MUCH_UNCERTAINTY:
        said.append(
            f"Mean uncertainty of the network over the sample: {uncertainty.sample:.2f} (the probability that a label "
            "is wrong); the sample may be unlike what the model was trained on: look at all of it."
        )
    if said:
        return Lamp(name, "warning", " ".join(said))
    if step is None:
        text = "Nothing says that a network made these labels, so there is nothing to hold the volume against."
        return Lamp(name, "unknown", text)
    if not range_um:
        return Lamp(name, "unknown", "The record of these labels does not say what the model was trained on.")
    if labels.voxel_size_um is None:
        return Lamp(name, "unknown", "Without a voxel size nobody can tell whether the model was trained on such.")
    within = f"within what the model was trained on ({range_um[0]:g} to {range_um[1]:g} µm)"
    if UNLIKE_TRAINING in step:
        return Lamp(name, "good", f"The volume looks like those of the training, and its voxel size is {within}.")
    return Lamp(name, "good", f"The voxel size is {within}.")


def _range_um(stated: Any) -> tuple[float, float] | None:
    """Two numbers of a record, which may be damaged."""
    if not isinstance(stated, list | tuple) or len(stated) != 2:
        return None
    if not all(isinstance(one, int | float) and one > 0 for one in stated):
        return None
    return float(stated[0]), float(stated[1])


def _size_doubts(labels: Labels, range_um: tuple[float, float], working_shapes: Any) -> list[str]:
    """Say what is odd about the voxel size; where the network saw finer voxels averaged, that of the means counts."""
    wide = [axis for axis in range(3) if labels.shape[axis] > 1] or [0, 1, 2]
    size = [labels.required_voxel_size_um[axis] for axis in wide]
    low, high = range_um[0] * (1 - _TOLERANCE), range_um[1] * (1 + _TOLERANCE)
    seen = min(size)
    for shape in working_shapes if isinstance(working_shapes, list | tuple) else ():
        for axis, own in zip(wide, size, strict=True):
            count, working = labels.shape[axis], int(shape[axis])
            seen = max(seen, own * count / working if working < count else seen)
    if seen >= low and max(size) <= high:
        return []
    shown = " × ".join(f"{one:.3g}" for one in labels.required_voxel_size_um)
    return [
        f"Voxels of {shown} µm are outside what the model was trained on ({range_um[0]:g} to {range_um[1]:g} µm): look "
        "at all of the labels, or give another model."
    ]


def _stated_doubts(step: Mapping[str, Any]) -> list[str]:
    """What the record says that the volume differs in from those of the training; it may be damaged."""
    stated = step.get(UNLIKE_TRAINING)
    return [one for one in stated if isinstance(one, str)] if isinstance(stated, list | tuple) else []


def _value_doubts(levels: NDArray[np.float64]) -> list[str]:
    """Say what is odd about the voxel values: a sample darker than air, or a class beyond what they are clipped to."""
    from ...segmentation.grids.normalisation import CLIP

    air = levels[Material.AIR]
    solids = levels[1:][np.isfinite(levels[1:])]
    if not np.isfinite(air) or not solids.size:
        return []
    middle = float(np.median(solids))
    if middle <= air:
        return ["The sample is darker than air, and the model was trained on brighter ones: is the contrast inverted?"]
    clipped = [
        one.title
        for one in Material
        if np.isfinite(levels[one]) and not CLIP[0] <= (levels[one] - air) / (middle - air) <= CLIP[1]
    ]
    if not clipped:
        return []
    return [f"Voxel values of {' and '.join(clipped)} are far outside what the model was trained on, and were clipped."]
