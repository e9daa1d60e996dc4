"""Take labels back from the automatic segmentation, in a box or a mask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from ...box import Box, whole
from ...errors import InputError
from ..edits.change import Change
from .need import Need
from .proposed_change import proposed
from .scene import Scene
from .strokes.ball import ball_stroke


def copy_automatic(
    labels: NDArray[np.uint8],
    automatic: NDArray[np.uint8],
    box: Box | None = None,
    mask: NDArray[np.bool_] | None = None,
) -> Change | None:
    """Return to the automatic labels.

    Parameters
    ----------
    labels, automatic : ndarray of uint8, shape (z, y, x)
        Labels as they are, and those of the automatic segmentation.
    box : (slice, slice, slice), optional
        Where; everywhere when not given.
    mask : ndarray of bool, shape of the box, optional
        Which voxels of the box.

    Returns
    -------
    Change or None

    Raises
    ------
    InputError
        Labels of different shapes.
    """
    if labels.shape != automatic.shape:
        raise InputError(
            f"The automatic result has {automatic.shape} voxels and the labels {labels.shape}; open its own."
        )
    z, y, x = labels.shape
    box = whole((z, y, x)) if box is None else box
    after = automatic[box] if mask is None else np.where(mask, automatic[box], labels[box])
    return proposed(labels, box, after)


@dataclass(frozen=True)
class CopyAutomatic:
    """Copy from the automatic result.

    Parameters
    ----------
    radius_um : float
        Within that distance of the cursor, µm; 0 for the box that is drawn, or all where none is.
    """

    radius_um: Annotated[float, {"min": 0.0, "max": 100000.0, "label": "within, µm (0: box or all)"}] = 20.0

    title: ClassVar[str] = "Copy automatic"
    key: ClassVar[str] = "Shift-A"
    hint: ClassVar[str] = "Take back what the automatic segmentation said here."
    needs: ClassVar[Need] = Need.POINT

    def propose(self, scene: Scene) -> Change | None:
        """Return the automatic labels about the cursor, or in the box.

        Raises
        ------
        InputError
            There is no automatic result.
        """
        if scene.automatic is None:
            raise InputError("There is no automatic result of these labels; run Segment first.")
        if self.radius_um <= 0:
            return copy_automatic(scene.labels, scene.automatic, scene.box)
        z, y, x = scene.labels.shape
        ball = ball_stroke(scene.required_voxel, self.radius_um, 0, (z, y, x), scene.voxel_size_um)
        return None if ball is None else copy_automatic(scene.labels, scene.automatic, ball.box, ball.mask)
