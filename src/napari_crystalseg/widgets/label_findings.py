"""What is to be known of the chosen labels before they are worked on, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from .label_layer import shape_of, spatial_of, voxel_size_um
from .orientation import orientation_of

if TYPE_CHECKING:
    from napari.layers import Image
    from napari.layers import Labels as LabelsLayer

# Of a voxel: further apart than this, another voxel lies there.
_APART = 0.5


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
        size = voxel_size_um(labels), voxel_size_um(image)
    except InputError as error:
        return str(error)
    if None in size:
        return ""  # said elsewhere
    if not np.allclose(size[0], size[1], rtol=1e-3):
        sizes = [" × ".join(f"{step:g}" for step in one or ()) for one in size]
        return f"The voxels of '{labels.name}' ({sizes[0]} µm) and '{image.name}' ({sizes[1]} µm) differ in size."
    places = [spatial_of(layer) for layer in (labels, image)]
    if any(str(one) != str(other) for one, other in zip(labels.units, image.units, strict=True)):
        return ""
    away = np.abs(np.subtract(places[0]["translate"], places[1]["translate"])) / np.abs(places[0]["scale"])
    if away.max() > _APART:
        return f"'{labels.name}' lies elsewhere than '{image.name}', by up to {away.max():.3g} voxels."
    return ""
