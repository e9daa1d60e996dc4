"""What is to be known of the chosen labels before they are worked on, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...errors import InputError
from ..layers.label_counts import other_codes_text
from ..layers.layer_place import shape_of, spatial_of, voxel_size_um
from ..layers.orientation import orientation_of

if TYPE_CHECKING:
    from napari.layers import Image
    from napari.layers import Labels as LabelsLayer

    from .session import Session

_GO_TOGETHER = "choose those that go together in the stage Open, or 'none' as the volume."
# Of a voxel: further apart than this, another voxel lies there.
_APART = 0.5


def label_findings(session: Session) -> list[str]:
    """Say what stands in the way of the chosen labels, or makes their figures mean something else.

    Parameters
    ----------
    session : Session
        Labels and volume that are chosen.

    Returns
    -------
    list of str
        Sentences; empty where nothing is to be said.
    """
    labels = session.labels
    if labels is None:
        return []
    if labels.ndim != 3:
        return [f"'{labels.name}' has {labels.ndim} axes; absorption takes labels of three (z, y, x)."]
    found = []
    try:
        voxel_size_um(labels)
        orientation_of(labels)
    except InputError as error:
        found.append(str(error))
    if session.other_codes:
        found.append(other_codes_text(session.other_codes))
    if (problem := pair_problem(session)) and problem not in found:
        found.append(f"{problem.rstrip('.')}: {_GO_TOGETHER}")
    return found


def pair_problem(session: Session) -> str:
    """Say that the chosen labels are not those of the chosen volume; empty where they are, or one is not there."""
    labels, image = session.labels, session.image
    if labels is None or image is None or labels.ndim != 3 or image.ndim != 3:
        return ""
    if session.ties.belong_together(labels, image) is False:
        tied = session.ties.volume_of(labels)
        whose = f"belong to '{tied.name}'" if tied is not None and tied is not image else "were made of another volume"
        return f"'{labels.name}' {whose}, not to '{image.name}'."
    return place_problem(labels, image)


def place_problem(labels: LabelsLayer, image: Image) -> str:
    """Say that labels do not lie on a volume voxel by voxel; empty where they do.

    Parameters
    ----------
    labels, image : napari.layers.Labels and napari.layers.Image
        Both of three axes.
    """
    of, on = shape_of(labels), shape_of(image)
    if of != on:
        sizes = [" × ".join(map(str, shape)) for shape in (of, on)]
        return f"'{labels.name}' ({sizes[0]} voxels) and '{image.name}' ({sizes[1]}) have different shapes."
    try:
        orientation_of(labels), orientation_of(image)
        own, other = voxel_size_um(labels), voxel_size_um(image)
    except InputError as error:
        return str(error)
    if own is None or other is None:
        return ""  # said elsewhere
    if not np.allclose(own, other, rtol=1e-3):
        sizes = [" × ".join(f"{step:g}" for step in one) for one in (own, other)]
        return f"The voxels of '{labels.name}' ({sizes[0]} µm) and '{image.name}' ({sizes[1]} µm) differ in size."
    places = [spatial_of(layer) for layer in (labels, image)]
    if any(str(one) != str(other) for one, other in zip(labels.units, image.units, strict=True)):
        return ""
    away = np.abs(np.subtract(places[0]["translate"], places[1]["translate"])) / np.abs(places[0]["scale"])
    if away.max() > _APART:
        return f"'{labels.name}' lies elsewhere than '{image.name}', by up to {away.max():.3g} voxels."
    return ""
