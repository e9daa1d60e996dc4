"""What the dock asks of a worker process about the plausibility of labels; without Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...labels import Labels
from ...progress import Progress, silent

if TYPE_CHECKING:
    from ...absorption.coefficients import Coefficients
    from ...judgement.finding import Finding
    from ...judgement.lamp import Lamp
    from ...judgement.lamps.value_sample import ValueSample
    from ...judgement.mean_uncertainty import MeanUncertainty


def judge_labels(
    labels: Labels,
    uncertainty: NDArray[np.uint8] | None,
    known: MeanUncertainty | None,
    values: ValueSample | None = None,
    coefficients: Coefficients | None = None,
    progress: Progress = silent,
) -> tuple[tuple[Finding, ...], MeanUncertainty | None, tuple[Lamp, ...]]:
    """Look at labels as a physicist would.

    Parameters
    ----------
    labels : Labels
        Labels to judge.
    uncertainty : ndarray of uint8, shape (z, y, x), or None
        How unsure the network was, where its means are still to be taken.
    known : MeanUncertainty or None
        Its means, where they are known.
    values : ValueSample or None
        Voxel values of their volume.
    coefficients : Coefficients or None
        Attenuation coefficients that are chosen.
    progress : Progress
        Takes none: it is a matter of a moment.

    Returns
    -------
    found : tuple of Finding
    means : MeanUncertainty or None
    lamps : tuple of Lamp
    """
    from ...judgement.lamps.lit_lamps import lit_lamps
    from ...judgement.mean_uncertainty import MeanUncertainty
    from ...judgement.plausibility import findings
    from ...workflows.coefficient_energy import coefficients_of_tomogram

    coefficients = coefficients_of_tomogram(coefficients, None if values is None else values.energy_kev)
    means = known
    if uncertainty is not None and uncertainty.shape == labels.shape:
        means = MeanUncertainty.of(labels, uncertainty)
    lamps = lit_lamps(labels, values, coefficients, means)
    return tuple(findings(labels, means, lamps)), means, lamps
