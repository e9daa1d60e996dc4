"""Plausibility: what in a segmentation a physicist would doubt."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from ..box import box_of
from ..labels import Labels, Material
from ..review.places.candidates.shapes import enclosed
from ..segmentation.postprocessing.physics import Correction
from ..uncertainty import NOT_CALIBRATED
from .finding import Finding
from .lamp import Lamp
from .lamps.lit_lamps import lit_lamps
from .lamps.value_lamps import MUCH_UNCERTAINTY
from .mean_uncertainty import MeanUncertainty

MUCH_HOLES = 0.02
"""Volume of the holes in a crystal, as part of the crystal, above which they are worth a look; of simulated samples
with inclusions it is below 0.01."""

LITTLE_CRYSTAL = 0.05
"""Crystal that is a smaller part of the loop's volume than this, beside more loop than crystal and liquor together, may
have been taken for loop. Of simulated samples with so much loop it is above 0.1."""

FEWEST_CRYSTAL_VOXELS = 100
"""A crystal of fewer voxels is worth a look: most of it may have been missed."""


def findings(
    labels: Labels, uncertainty: MeanUncertainty | None = None, lamps: Sequence[Lamp] | None = None
) -> list[Finding]:
    """Look at labels as a physicist would.

    Parameters
    ----------
    labels : Labels
        Labels to judge.
    uncertainty : MeanUncertainty, optional
        How unsure the network was.
    lamps : sequence of Lamp, optional
        What :func:`.lit_lamps` says of them, where it is known; else the lamps are lit here, without voxel values.

    Returns
    -------
    list of Finding
        Problems, warnings, and what is as it should be: what the lamps say, and what is no lamp's.
    """
    if lamps is None:
        lamps = lit_lamps(labels, uncertainty=uncertainty)
    found = [finding for lamp in lamps if (finding := lamp.finding()) is not None]
    counts = {material: int(np.count_nonzero(labels.data == material)) for material in Material}
    if counts[Material.CRYSTAL]:
        found += _crystal_findings(labels, counts[Material.CRYSTAL])
    if labels.shape[0] == 1:
        text = (
            "The labels are a single slice: what lies above and below it is not known, so no absorption factors follow."
        )
        found.append(Finding("problem", text))
    loop, crystal = counts[Material.LOOP], counts[Material.CRYSTAL]
    if loop > crystal + counts[Material.LIQUOR] and crystal < LITTLE_CRYSTAL * loop:
        text = (
            "There is more loop than crystal and liquor together, and hardly any crystal: look whether crystal or "
            "liquor was taken for loop."
        )
        found.append(Finding("problem", text))
    for material in (Material.LIQUOR, Material.LOOP):
        if not counts[material]:
            found.append(Finding("warning", f"No {material.title} was found: look whether there is none."))
    if uncertainty is not None:
        found += _uncertainty_findings(uncertainty, _is_calibrated(labels))
    return found + _corrections(labels)


def _corrections(labels: Labels) -> list[Finding]:
    """What was put right by rules after the network, as the labels' own record says it."""
    steps = [step for step in labels.provenance.steps if step.get("step") == "segment"]
    stated = steps[-1].get("corrected") if steps else None
    found = []
    for one in stated if isinstance(stated, list | tuple) else ():
        # A record may be of another version, or damaged.
        with suppress(TypeError, KeyError, ValueError):
            found.append(Finding("good", Correction(**one).text(labels.voxel_size_um)))
    return found


def _is_calibrated(labels: Labels) -> bool:
    """Whether nothing says that the uncertainty of the network is not calibrated."""
    return all(step.get("uncertainty") != NOT_CALIBRATED for step in labels.provenance.steps)


def _uncertainty_findings(uncertainty: MeanUncertainty, calibrated: bool) -> list[Finding]:
    qualified = "" if calibrated else " This model is not calibrated: take it for an order of places, not as a number."
    if uncertainty.sample > MUCH_UNCERTAINTY:
        return []  # the lamp of the training range says it
    if uncertainty.crystal is not None and uncertainty.crystal > MUCH_UNCERTAINTY:
        text = (
            f"The network is unsure of the crystal (mean uncertainty {uncertainty.crystal:.2f}, the probability that a "
            f"label is wrong): look whether it is one.{qualified}"
        )
        return [Finding("warning", text)]
    text = (
        f"Mean uncertainty of the network over the sample: {uncertainty.sample:.2f} (the probability that a label is "
        f"wrong).{qualified}"
    )
    return [Finding("good", text)]


def _crystal_findings(labels: Labels, voxels: int) -> list[Finding]:
    found = []
    if voxels < FEWEST_CRYSTAL_VOXELS:
        found.append(Finding("warning", f"Only {voxels} voxels are crystal: look whether most of it was missed."))
    box = box_of(labels.data == Material.CRYSTAL)
    assert box is not None
    holes = sum(int(np.count_nonzero(hole)) for _, hole in enclosed(labels.data[box] == Material.CRYSTAL)) / voxels
    if holes > MUCH_HOLES:
        text = f"The crystal has holes: what it encloses is {100 * holes:.0f} % of its volume; look at them."
        found.append(Finding("warning", text))
    return found
