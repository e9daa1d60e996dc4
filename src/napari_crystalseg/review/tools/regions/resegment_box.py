"""The network once more, in a box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ....box import Box, grown, shape_of
from ....errors import InputError
from ....progress import Progress, silent
from ....segmentation.inference import segment
from ....segmentation.model_folders.model_folder import ModelFolder
from ....segmentation.postprocessing.physics import Physics
from ....volume import Volume
from ...edits.change import Change
from ..need import Need
from ..proposed_change import proposed
from ..scene import Scene

_LEAST_VOXELS = 8


def resegment_box(
    volume: Volume,
    labels: NDArray[np.uint8],
    box: Box,
    *,
    model: ModelFolder | None = None,
    margin_um: float | None = None,
    mirror: bool = True,
    progress: Progress = silent,
) -> Change | None:
    """Run the network over a box of a volume, which it then sees larger, and propose what it finds there.

    Parameters
    ----------
    volume : Volume
        The whole volume. Voxels of unknown size are taken for cubes of 1 µm.
    labels : ndarray of uint8, shape (z, y, x)
        Labels so far, which the change is against.
    box : (slice, slice, slice)
        Where labels may change.
    model : ModelFolder, optional
        Network; a bundled one by default.
    margin_um : float, optional
        What the network sees about the box, µm; by default half of the box's longest side. It needs some air to tell
        what is air.
    mirror : bool
        Average over mirror images.
    progress : Progress
        Told of every tile.

    Returns
    -------
    Change or None
        None where the network finds what the labels are.

    Raises
    ------
    InputError
        An empty box, labels of another shape, a constant part of the volume, or a model that cannot be used.
    """
    if np.shape(labels) != volume.shape:
        raise InputError(f"The labels have shape {np.shape(labels)}, the volume {volume.shape}; they must be the same.")
    box = grown(box, (0, 0, 0), volume.shape)
    if min(shape_of(box)) < 1:
        raise InputError("The box holds no voxel of the volume; choose a larger one within it.")
    voxel = volume.voxel_size_um or (1.0, 1.0, 1.0)
    if margin_um is None:
        margin_um = max(length * size for length, size in zip(shape_of(box), voxel, strict=True)) / 2
    z, y, x = (max(_LEAST_VOXELS, round(margin_um / size)) for size in voxel)
    seen = grown(box, (z, y, x), volume.shape)
    part = Volume(np.ascontiguousarray(volume.data[seen]), volume.voxel_size_um, volume.quantity, volume.provenance)
    # The largest piece of a box is not that of the sample.
    found = segment(part, model, physics=Physics.none(), mirror=mirror, progress=progress).labels.data
    inner = tuple(
        slice(side.start - outer.start, side.stop - outer.start) for side, outer in zip(box, seen, strict=True)
    )
    return proposed(labels, box, found[inner])


@dataclass(frozen=True)
class ResegmentBox:
    """Run the bundled network again in the box that is drawn."""

    title: ClassVar[str] = "Segment the box"
    key: ClassVar[str] = "Shift-E"
    hint: ClassVar[str] = "Run the network again in the box that is drawn, which it then sees larger."
    needs: ClassVar[Need] = Need.BOX

    def propose(self, scene: Scene) -> Change | None:
        """Return what the network finds in the box.

        Raises
        ------
        InputError
            There is no volume, or no box.
        """
        if scene.values is None:
            raise InputError("Segmenting needs the volume that the labels were made from; open it first.")
        if scene.box is None:
            raise InputError("Draw a box first; the network looks at that and what lies about it.")
        volume = Volume(scene.values, scene.voxel_size_um)
        return resegment_box(volume, scene.labels, scene.box, progress=scene.progress)
