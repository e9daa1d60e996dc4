"""What the dock asks of a worker process about the plausibility of labels; without Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...labels import Labels
from ...progress import Progress, silent

if TYPE_CHECKING:
    from ...judgement.finding import Finding
    from ...judgement.mean_uncertainty import MeanUncertainty


def judge_labels(
    labels: Labels,
    uncertainty: NDArray[np.float32] | None,
    known: MeanUncertainty | None,
    progress: Progress = silent,
) -> tuple[tuple[Finding, ...], MeanUncertainty | None]:
    """Look at labels as a physicist would.

    Parameters
    ----------
    labels : Labels
        Labels to judge.
    uncertainty : ndarray of float32, shape (z, y, x), or None
        How unsure the network was, where its means are still to be taken.
    known : MeanUncertainty or None
        Its means, where they are known.
    progress : Progress
        Takes none: it is a matter of a moment.

    Returns
    -------
    found : tuple of Finding
    means : MeanUncertainty or None
    """
    from ...judgement.mean_uncertainty import MeanUncertainty
    from ...judgement.plausibility import findings

    means = known
    if uncertainty is not None and uncertainty.shape == labels.shape:
        means = MeanUncertainty.of(labels, uncertainty)
    return tuple(findings(labels, means)), means
