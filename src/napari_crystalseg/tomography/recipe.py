"""How a scan is to be reconstructed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from ..errors import InputError
from ..scan import Scan
from .axis.half_acquisition import is_full_turn
from .binning import BINNINGS
from .judged_scan import turned
from .methods.filtering import FILTERS
from .methods.methods import METHODS
from .preprocessing.preprocessing import Preprocessing

_LEAST_TURN_DEG = 1e-3


@dataclass(frozen=True)
class Recipe:
    """Choices for a reconstruction; the defaults suit nearly every scan.

    Parameters
    ----------
    centre_px : float, "recorded" or None
        Column of the rotation axis, in pixels of the detector even where they are binned; ``"recorded"`` takes the
        scan's own; None finds it (a recorded centre is often only nominal, and is kept only where it is found there).
    filter_name : {"ram-lak", "shepp-logan", "cosine", "hann"}
        Window on the ramp.
    preprocessing : Preprocessing
        Remedies for the artefacts of the scan.
    method : str
        One of :data:`~.methods.methods.METHODS`.
    rows : (int, int), optional
        First row of the detector and the one after the last; all by default.
    width : int, optional
        Side of the square about the rotation axis that is kept of each slice, in pixels of the detector; one more where
        the axis would not stay in the middle of it. All by default.
    binning : {1, 2, 4}
        Pixels averaged along rows and columns, as counts.
    axis : {"columns", "rows"}
        What the rotation axis lies along on the detector. With ``"rows"`` rows and columns are exchanged first; centre,
        rows and width are those of the frames so turned.
    force : bool
        Go on with a scan that does not fit its angles, or of which many frames are bad.
    extrapolation : {"circle", "hold"}
        How projections go on where the sample is wider than the field: as those of a cylinder about the axis, or with
        the value at the edge.
    """

    centre_px: float | Literal["recorded"] | None = None
    filter_name: str = "ram-lak"
    preprocessing: Preprocessing = field(default_factory=Preprocessing)
    method: str = "auto"
    rows: tuple[int, int] | None = None
    width: int | None = None
    binning: int = 1
    extrapolation: str = "circle"
    axis: str = "columns"
    force: bool = False

    def turned(self, scan: Scan) -> Scan:
        """Return the scan with its rotation axis along the columns.

        Returns
        -------
        Scan
            The scan itself where the axis lies along the columns already.

        Raises
        ------
        InputError
            An unknown direction.
        """
        return turned(scan, self.axis)

    def check(self, scan: Scan) -> None:
        """Refuse choices that do not suit a scan.

        Raises
        ------
        InputError
            Unknown filter, method or binning, no centre recorded, a centre or rows outside the detector, or a scan that
            does not say what phase retrieval takes.
        """
        scan = self.turned(scan)
        _, rows, columns = scan.shape
        self.preprocessing.check_scan(scan)
        if self.filter_name not in FILTERS:
            raise InputError(f"There is no filter {self.filter_name!r}; choose one of {', '.join(FILTERS)}.")
        if self.method not in METHODS:
            raise InputError(f"There is no method {self.method!r}; choose one of {', '.join(METHODS)}.")
        if self.binning not in BINNINGS:
            raise InputError(f"The binning must be 1, 2 or 4, not {self.binning!r}.")
        if min(rows, columns) < self.binning:
            raise InputError(f"A detector of {rows} × {columns} pixels cannot be binned by {self.binning}.")
        if len(scan.angles_deg) < 2:
            raise InputError("One projection is not enough for a reconstruction; open a scan of at least half a turn.")
        if float(np.ptp(np.mod(scan.angles_deg, 180.0))) < _LEAST_TURN_DEG:
            raise InputError(
                f"All {len(scan.angles_deg)} projections are at {scan.angles_deg[0]:g}° or half a turn from it; a "
                "reconstruction needs a turn: check the angles of the scan."
            )
        if self.centre_px == "recorded":
            if scan.rotation_centre_px is None:
                raise InputError("The scan has no recorded rotation centre; leave the centre out to have it found.")
        elif isinstance(self.centre_px, str):
            raise InputError(f'The centre is a column, "recorded" or left out, not {self.centre_px!r}.')
        centre = scan.rotation_centre_px if self.centre_px == "recorded" else self.centre_px
        if centre is not None and not 0 <= centre <= columns - 1:
            raise InputError(f"The rotation centre {centre} is outside the detector (columns 0 to {columns - 1}).")
        # A half acquisition, which only a full turn can be, makes slices of up to twice the width.
        widest = 2 * columns if is_full_turn(scan.angles_deg) else columns
        if self.width is not None and not self.binning <= self.width <= widest:
            raise InputError(f"The width {self.width} is not from {self.binning} to the detector's {columns} columns.")
        if self.rows is not None and not 0 <= self.rows[0] < self.rows[1] <= rows:
            raise InputError(
                f"The rows {self.rows[0]}:{self.rows[1]} are not on the detector; it has {rows} rows, 0:{rows} in all."
            )
        if self.rows is not None and self.rows[1] - self.rows[0] < self.binning:
            raise InputError(f"{self.rows[1] - self.rows[0]} row(s) cannot be binned by {self.binning}; take more.")

    def side(self, columns: int) -> int:
        """Return the side of the slices that are kept, of those of so many (binned) columns."""
        if self.width is None:
            return columns
        side = self.width // self.binning
        return min(side + (columns - side) % 2, columns)

    def given_centre_px(self, scan: Scan) -> tuple[float | None, str]:
        """Return the centre in pixels of the detector, None where it is to be found, and where it comes from."""
        if self.centre_px is None:
            return None, "found"
        if self.centre_px == "recorded":
            return scan.rotation_centre_px, "recorded"
        return float(self.centre_px), "given"
