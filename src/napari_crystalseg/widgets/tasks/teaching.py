"""What *Teach by strokes* asks of the worker process: a plain function, without Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...progress import Progress, silent
from ...volume import Volume

if TYPE_CHECKING:
    from ...review.teaching.strokes import Strokes
    from ...review.teaching.teach import Taught
    from ...segmentation.grids.class_probabilities import ClassProbabilities


def teach_volume(
    volume: Volume,
    strokes: Strokes,
    labels: NDArray[np.uint8] | None = None,
    probabilities: ClassProbabilities | None = None,
    progress: Progress = silent,
) -> Taught:
    """Label a volume as strokes show it, with what a network gave each class mixed in as far as they bear it out.

    Parameters
    ----------
    volume, strokes, labels
        As :func:`~napari_crystalseg.review.teaching.teach.teach` takes them.
    probabilities : ClassProbabilities, optional
        What the network gave each class of the volume.
    progress : Progress
        Told how far it is.
    """
    from ...review.teaching.teach import teach

    known = None if probabilities is None else probabilities.on_one_grid()
    return teach(volume, strokes, labels, probabilities=known, progress=progress)
