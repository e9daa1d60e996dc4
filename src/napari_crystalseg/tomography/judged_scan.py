"""The door that every scan passes before it is used: frames are judged, and the scan is held against its angles."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..progress import Progress, part, silent
from ..scan import Scan
from .line_integrals import LineIntegrals
from .preprocessing.flat_field import FlatField
from .preprocessing.preprocessing import PLAIN
from .rotation_axis import RotationAxis, rotation_axis
from .scan_checks.consistency import Consistency, check_consistency, refuse_or_say, without_advice
from .scan_checks.frame_check import check_frames

AXES = ("columns", "rows")
"""What a rotation axis may lie along."""


@dataclass(frozen=True, eq=False)
class JudgedScan:
    """A scan with what was found in it; made by :func:`judge_scan`.

    Parameters
    ----------
    scan : Scan
        Its rotation axis along the columns, without the frames that are left out.
    unmeasured : ndarray of bool, shape (row, column), or None
        Pixels that hold no measurement; None where they have not been looked for.
    axis : {"columns", "rows"}
        What the rotation axis lay along on the detector.
    force : bool
        Whether to go on with what would be refused.
    frames_said : tuple of str
        Which frames were left out and why, a sentence each.
    left_out : dict of str to list of int
        Numbers of the projections, flats and darks that are left out; kinds with none are not named.
    consistency : Consistency or None
        How the scan agrees with its angles; None where it has not been held against them.
    gaps_said : str or None
        Which pixels lie in gaps, in words.
    lines : LineIntegrals or None
        Those that it was held against its angles by, without remedies for other artefacts.
    """

    scan: Scan
    unmeasured: NDArray[np.bool_] | None = None
    axis: str = "columns"
    force: bool = False
    frames_said: tuple[str, ...] = ()
    left_out: dict[str, list[int]] = field(default_factory=dict)
    consistency: Consistency | None = None
    gaps_said: str | None = None
    lines: LineIntegrals | None = None

    @property
    def statements(self) -> tuple[str, ...]:
        """What the user must know of the scan, a sentence each."""
        said = list(self.frames_said)
        if self.gaps_said is not None:
            said.append(self.gaps_said)
        if self.axis == "rows":
            said.append(
                "Rows and columns of the frames are exchanged, as for a rotation axis along the rows: if the camera "
                "was turned by a quarter instead, the volume is the mirror image of the sample"
            )
        fault = None if self.consistency is None else self.consistency.fault
        if fault is not None:
            said.append(f"Gone on by force: {without_advice(fault)}")
        remark = None if self.consistency is None else self.consistency.remark
        if remark is not None:
            said.append(remark)
        return tuple(said)

    def with_gaps(self, flat_field: FlatField) -> JudgedScan:
        """Say which pixels of the scan's flat field lie in gaps."""
        gaps = len(flat_field.gaps)
        if not gaps:
            return self
        said = (
            f"{gaps} of {flat_field.dead.size} pixels lie in gaps that hold no measurement: filled by interpolation "
            "across the gap"
        )
        return replace(self, gaps_said=said)

    def held_against_angles(self, flat_field: FlatField) -> JudgedScan:
        """Hold the scan against its angles.

        Parameters
        ----------
        flat_field : FlatField
            Of this scan, which may be binned.

        Raises
        ------
        InputError
            It does not fit them, and nobody said to go on.
        """
        found = check_consistency(flat_field)
        refuse_or_say(found, self.force)
        return replace(self, consistency=found)

    def rotation_axis(self, given_px: float | None = None) -> RotationAxis:
        """Return the rotation axis; found once, however often it is asked for.

        Raises
        ------
        InputError
            A column outside the detector, or nothing to be seen in the scan.
        """
        return self._found_axis if given_px is None else rotation_axis(self.scan, given_px)

    @cached_property
    def _found_axis(self) -> RotationAxis:
        return rotation_axis(self.scan, lines=self.lines)


def turned(scan: Scan, axis: str) -> Scan:
    """Return a scan with its rotation axis along the columns.

    Raises
    ------
    InputError
        An unknown direction.
    """
    if axis not in AXES:
        raise InputError(f"The rotation axis lies along {' or '.join(AXES)}, not {axis!r}.")
    return scan.transposed() if axis == "rows" else scan


def judge_frames(scan: Scan, axis: str = "columns", force: bool = False, progress: Progress = silent) -> JudgedScan:
    """Judge the frames of a scan alone, for what holds it against its angles later.

    Parameters and errors are those of :func:`judge_scan`.
    """
    checked = check_frames(turned(scan, axis), force, progress)
    return JudgedScan(checked.scan, checked.unmeasured, axis, force, checked.statements, checked.left_out)


def judge_scan(
    scan: Scan | JudgedScan, axis: str = "columns", force: bool = False, progress: Progress = silent
) -> JudgedScan:
    """Judge a scan before it is used: its frames, and whether they belong to its angles.

    Parameters
    ----------
    scan : Scan or JudgedScan
        As it was opened; one that has been judged is returned as it is.
    axis : {"columns", "rows"}
        What the rotation axis lies along on the detector.
    force : bool
        Go on with a scan that does not fit its angles, or of which many frames are bad; the statements tell.
    progress : Progress
        Told as frames pass; may raise to cancel.

    Raises
    ------
    InputError
        Unusable flats, many frames without light or of another kind, frames that do not fit their angles, or an
        unknown axis.
    """
    if isinstance(scan, JudgedScan):
        return scan
    judged = judge_frames(scan, axis, force, part(progress, 0.0, 0.5))
    progress(0.5, "Holding the scan against its angles")
    lines = LineIntegrals(judged.scan, PLAIN, unmeasured=judged.unmeasured)
    judged = judged.held_against_angles(lines.flat_field).with_gaps(lines.flat_field)
    progress(1.0, "Judged the scan")
    return replace(judged, lines=lines)
