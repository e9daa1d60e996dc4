"""Sampling trial: a window round the steepest edge of a sample, in which other samplings are tried."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .passage import Passage
from .sampling import extrapolated
from .turning_sample import SamplePose, TurningSample
from .wave_intensity import field_intensities

# Rows and columns in which the error is estimated, voxels.
TRIAL_ROWS = 64
TRIAL_COLUMNS = 256

MakePassage = Callable[[tuple[int, int], int, int, bool], Passage]
"""``make(shape, refinement, slices, plain)`` prepares the way to the detector for a grid of voxels of this shape."""


class SamplingTrial:
    """Estimates of the error that a sampling of the wave leaves.

    Parameters
    ----------
    sample : TurningSample
        The whole sample.
    pose : Pose
        How it stands.
    middle : (int, int)
        Row and column of the edge, voxels.
    supersampling : int
        Voxels in a detector pixel, along each axis.
    passage : callable
        Prepares the way to the detector.
    averaged : bool
        Whether the transmission is averaged over each sample of the field.
    """

    def __init__(
        self,
        sample: TurningSample,
        pose: SamplePose,
        middle: tuple[int, int],
        supersampling: int,
        passage: MakePassage,
        averaged: bool,
    ) -> None:
        rows, columns = (
            _window(at, size, extent, supersampling)
            for at, size, extent in zip(middle, sample.shape, (TRIAL_ROWS, TRIAL_COLUMNS), strict=True)
        )
        self._pose, self._columns = pose, columns
        self._supersampling, self._passage, self._averaged = supersampling, passage, averaged
        self._sample = sample.rows(rows.start, rows.stop)
        # The window's slabs must be those of the whole sample.
        self._sample.depth_um = sample.depth_um

    def _intensity(self, refinement: int, slices: int, plain: bool) -> NDArray[np.float32]:
        slabs = ([maps[:, :, self._columns]] for maps in self._sample.slab_maps(self._pose, slices))
        shape = (self._sample.shape[0], self._columns.stop - self._columns.start)
        passage = self._passage(shape, refinement, slices, plain)
        found = field_intensities(np, slabs, passage, refinement, self._supersampling, averaged=self._averaged)
        return found[0]  # type: ignore[no-any-return]

    def sampling_error(self, refinement: int) -> float:
        """Estimated error of sampling the field, root mean square in parts of the beam."""
        coarse, fine = (self._intensity(n, 1, False) for n in (refinement, 2 * refinement))
        return extrapolated(coarse, fine, 2, 2)

    def slicing_error(self, refinement: int, slices: int, plain: bool) -> float:
        """Estimated error of the number of slices, root mean square in parts of the beam."""
        more = 2 * slices if plain else 2 * slices + 1
        coarse, fine = (self._intensity(refinement, n, plain) for n in (slices, more))
        return extrapolated(coarse, fine, more / slices, 1 if plain else 2)


def _window(at: int, size: int, extent: int, factor: int) -> slice:
    """Range of about ``extent`` voxels round one, of whole pixels and inside."""
    length = min(size, max(extent // factor, 1) * factor)
    start = int(np.clip((at - length // 2) // factor * factor, 0, size - length))
    return slice(start, start + length)
