"""What the stage Review asks of the worker process: a plain function, without Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...labels import Labels
from ...progress import Progress, part, silent
from ...volume import Volume
from .factors import directions_of
from .reflection_files import ReflectionFiles

if TYPE_CHECKING:
    from ...review.places.place import Place
    from ...review.places.place_list import PlaceList
    from ...segmentation import ClassProbabilities


@dataclass(frozen=True, eq=False)
class FoundPlaces:
    """Places, worst first, and what the network gave each class of the volume, where it was asked."""

    places: PlaceList
    probabilities: ClassProbabilities | None


def find_places(
    labels: Labels,
    coefficients_per_um: Mapping[str, Any],
    reflection_files: ReflectionFiles | None = None,
    sphere: int | None = None,
    offset_deg: float = 0.0,
    volume: Volume | None = None,
    uncertainty: NDArray[np.uint8] | None = None,
    probabilities: ClassProbabilities | None = None,
    model_folder: str | None = None,
    reviewed: tuple[Place, ...] = (),
    progress: Progress = silent,
) -> FoundPlaces:
    """Rank the places where labels may be wrong.

    A network that has not seen the volume yet is asked first: labels that were opened say nothing of how sure they are.

    Parameters
    ----------
    labels : Labels
        Labels to review.
    coefficients_per_um : mapping of str to value
        Linear attenuation coefficients, 1/µm, and the other fields of :class:`~..absorption.Coefficients`.
    reflection_files : ReflectionFiles or None
        DIALS ``.expt`` and ``.refl``.
    sphere : int or None
        Number of directions over a sphere, where there are no reflection files.
    offset_deg : float
        Degrees added to the scan angles of the experiment.
    model_folder : str or None
        Folder of the network to ask, where there are a volume and no probabilities; the bundled one where it is None.
    volume, uncertainty, probabilities, reviewed
        As :func:`~napari_crystalseg.review.places.ranking.rank_places` takes them.
    progress : Progress
        Told how far it is.
    """
    from ...absorption import Coefficients
    from ...review.places.ranking import rank_places

    begin = 0.0
    if probabilities is None and volume is not None and volume.shape[0] > 1:
        from .segmentation import segment

        begin = 0.8
        probabilities = segment(volume, model_folder, refine=False, progress=part(progress, 0.0, begin)).probabilities
    places = rank_places(
        labels,
        Coefficients(**coefficients_per_um),
        directions_of(reflection_files, sphere, offset_deg),
        volume=volume,
        uncertainty=uncertainty,
        probabilities=probabilities,
        reviewed=reviewed,
        progress=part(progress, begin, 1.0),
    )
    return FoundPlaces(places, probabilities)
