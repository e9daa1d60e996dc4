"""Line integrals: what a scan says of the attenuation along each ray, after its artefacts have been removed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..frames import HeldRows, LazyFrames
from ..progress import Progress, part, silent
from ..scan import Scan
from .axis.centre import find_centre, seen_bands
from .axis.half_acquisition import HalfAcquisition, cut_off_sides, half_acquisition, is_in_middle
from .axis.roll import Roll, find_roll
from .preprocessing.flat_field import FlatField
from .preprocessing.phase_retrieval import paganin
from .preprocessing.preprocessing import Preprocessing
from .preprocessing.ring_removal import remove_stripes

# Rows and projections that the centre is looked for in: as many as carry information, few enough for memory.
_ROWS_FOR_CENTRE = 256
_FRAMES_FOR_CENTRE = 300
# Frames and columns that the roll of the axis is looked for in.
_FRAMES_FOR_ROLL = 60
_COLUMNS_FOR_ROLL = 512
_LEAST_TRANSMISSION = 1e-5


class LineIntegrals:
    """Minus the logarithm of the transmission of one scan, row by row.

    Parameters
    ----------
    scan : Scan
        The raw scan.
    preprocessing : Preprocessing
        What is mended.
    progress : Progress
        Told as artefacts are looked for; may raise to cancel.
    unmeasured : ndarray of bool, shape (row, column), optional
        Pixels that are known to hold no measurement; looked for by default.

    Attributes
    ----------
    flat_field : FlatField
        What turns counts into transmission.
    roll : Roll or None
        Roll of the rotation axis in the plane of the detector, where there is one.

    Raises
    ------
    InputError
        Unusable flats, or energy, distance or pixel size missing for phase retrieval.
    """

    def __init__(
        self,
        scan: Scan,
        preprocessing: Preprocessing,
        progress: Progress = silent,
        unmeasured: NDArray[np.bool_] | None = None,
    ) -> None:
        preprocessing.check_scan(scan)
        self.scan = scan
        self._preprocessing = preprocessing
        progress(0.0, "Normalising")
        self.flat_field = FlatField.of(
            scan,
            preprocessing.rescale_air,
            preprocessing.remove_zingers,
            preprocessing.correct_beam_drift,
            unmeasured,
        )
        self.roll: Roll | None = None
        if preprocessing.level_axis and len(scan.angles_deg) >= 3:
            progress(0.2, "Looking at the lean of the rotation axis")
            self.roll = self._find_roll(part(progress, 0.2, 0.8))
        self._retrieved: NDArray[np.float32] | None = None
        if preprocessing.delta_beta is not None:
            progress(0.8, "Retrieving the phase")
            assert scan.energy_kev is not None and scan.distance_mm is not None and scan.pixel_size_um is not None
            transmission = self.flat_field.rows(0, scan.shape[1])
            self._retrieved = np.maximum(
                paganin(transmission, preprocessing.delta_beta, scan.energy_kev, scan.distance_mm, scan.pixel_size_um),
                _LEAST_TRANSMISSION,
            )
        progress(1.0, "Normalised")

    def rows(self, first: int, last: int) -> NDArray[np.float32]:
        """Line integrals of rows ``first`` to ``last`` (exclusive), shape (angle, row, column)."""
        if self.roll is None:
            return self._upright(first, last)
        return self.roll.rows(self._upright, first, last)

    def hold_rows(self, at_once: int) -> None:
        """Read so many rows of the projections' file together, if it gives them so, and keep them for the next slabs.

        Parameters
        ----------
        at_once : int
            Rows that there is memory for.
        """
        frames = self.scan.projections
        if self._retrieved is None and isinstance(frames, LazyFrames) and frames.rows_together > 1:
            self.scan = replace(self.scan, projections=HeldRows(frames, at_once))
            self.flat_field = replace(self.flat_field, scan=self.scan)

    def find_centre(self, progress: Progress = silent) -> float:
        """Find the column of the rotation axis; see :func:`.centre.find_centre`."""
        if self.roll is not None:
            return self.roll.centre_px
        seen, angles = self._sampled()
        return find_centre(seen, angles, progress, self.scan.half_acquisition)

    def half_acquisition(self, centre_px: float) -> HalfAcquisition | None:
        """Tell whether this is a half acquisition with its axis at a column; see :mod:`.half_acquisition`.

        Raises
        ------
        InputError
            The sample goes on beyond the edge that the axis is near, and there is no full turn.
        """
        angles, columns = self.scan.angles_deg, self.scan.shape[2]
        if is_in_middle(centre_px, columns):
            return None
        seen, _ = self._sampled()
        sides = cut_off_sides(seen_bands(seen))
        return half_acquisition(angles, columns, centre_px, sides, self.scan.half_acquisition)

    def _sampled(self) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """Transmission of as many rows and projections as the axis is looked for in, and their angles."""
        rows = self.scan.shape[1]
        frames = slice(None, None, -(-len(self.scan.angles_deg) // _FRAMES_FOR_CENTRE))
        spans = [(0, rows)]
        if rows > _ROWS_FOR_CENTRE:
            at_once = _ROWS_FOR_CENTRE // 8
            starts = np.linspace(0, rows - at_once, 8).astype(int)
            spans = [(int(start), int(start) + at_once) for start in starts]
        seen = np.concatenate([self.flat_field.rows(*span, frames) for span in spans], axis=1)
        return seen, self.scan.angles_deg[frames]

    def to_dict(self) -> dict[str, Any]:
        """Return what was found and done, as JSON-ready values."""
        return {
            **self.flat_field.to_dict(),
            "roll": None if self.roll is None else self.roll.to_dict(),
            "stripes_removed": self._preprocessing.remove_stripes,
            "delta_beta": self._preprocessing.delta_beta,
        }

    def _upright(self, first: int, last: int) -> NDArray[np.float32]:
        """Rows as the detector saw them: stripes keep their columns there."""
        if self._retrieved is None:
            values = self.flat_field.rows(first, last)
        else:
            values = self._retrieved[:, first:last]
        return remove_stripes(-np.log(values), self._preprocessing.remove_stripes)

    def _find_roll(self, progress: Progress) -> Roll | None:
        count, rows, columns = self.scan.shape
        frames = slice(None, None, -(-count // _FRAMES_FOR_ROLL))
        bin_px = -(-columns // _COLUMNS_FOR_ROLL)
        height, width = rows // bin_px, columns // bin_px
        if height < 2 or width < 8:
            return None
        blocks = []
        at_once = max(64 // bin_px, 1) * bin_px
        for first in range(0, height * bin_px, at_once):
            seen = self.flat_field.rows(first, min(first + at_once, height * bin_px), frames)[..., : width * bin_px]
            blocks.append(seen.reshape(len(seen), -1, bin_px, width, bin_px).mean(axis=(2, 4)))
        found = find_roll(np.concatenate(blocks, axis=1), self.scan.angles_deg[frames], progress, bin_px)
        if found is None:
            return None
        # Between binned frames and the whole ones lie half a bin, and the rows that filled no bin.
        slope = np.tan(np.radians(found.roll_deg))
        middle = (rows - 1) / 2 - ((height - 1) / 2 * bin_px + (bin_px - 1) / 2)
        centre = found.centre_px * bin_px + (bin_px - 1) / 2 + slope * middle
        return Roll(found.roll_deg, found.standard_error_deg, float(centre), (rows, columns))
