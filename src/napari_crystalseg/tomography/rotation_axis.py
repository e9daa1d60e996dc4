"""The rotation axis of a scan: the column given, else the one found, against which what the file records is held."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..errors import InputError
from ..progress import Progress, silent
from ..scan import Scan
from .binning import binned_column, unbinned_column
from .line_integrals import LineIntegrals
from .preprocessing.preprocessing import PLAIN

# A record this near to the axis found is as good; one this near speaks of the same axis.
_KEPT_PX, _AGREES_PX = 0.25, 2.0
# With fewer projections or columns no axis can be found.
_LEAST_PROJECTIONS, _LEAST_COLUMNS = 3, 8


@dataclass(frozen=True, eq=False)
class RotationAxis:
    """Where the rotation axis is.

    Parameters
    ----------
    centre_px : float
        Its column on the detector; 0 is the middle of the first pixel.
    source : {"given", "recorded", "found"}
        Where it comes from.
    column_px : float
        Its column among binned ones, where the line integrals are of a binned scan.
    remark : str or None
        What the file records of the axis, where that is not the column used.
    """

    centre_px: float
    source: str
    column_px: float
    remark: str | None = None


def rotation_axis(
    scan: Scan, given_px: float | None = None, progress: Progress = silent, lines: LineIntegrals | None = None
) -> RotationAxis:
    """Return the rotation axis of a scan.

    Parameters
    ----------
    scan : Scan
        Raw scan.
    given_px : float, optional
        Column of the axis, if the user gives it.
    progress : Progress
        Told as the axis is looked for; may raise to cancel.
    lines : LineIntegrals, optional
        Of the scan, where they are at hand.

    Raises
    ------
    InputError
        A column outside the detector, unusable flats, or nothing to be seen in the scan.
    """
    last = scan.shape[2] - 1
    if given_px is not None and not 0 <= given_px <= last:
        raise InputError(f"The rotation centre {given_px:g} is outside the detector (columns 0 to {last}).")
    if given_px is not None:
        return RotationAxis(float(given_px), "given", float(given_px))
    if scan.shape[0] < _LEAST_PROJECTIONS or scan.shape[2] < _LEAST_COLUMNS:
        recorded = scan.rotation_centre_px
        if recorded is not None and 0 <= recorded <= last:
            remark = f"too few projections or columns to look for it: taken as recorded, column {recorded:.6g}"
            return RotationAxis(recorded, "recorded", recorded, remark=remark)
    return axis_of(LineIntegrals(scan, PLAIN) if lines is None else lines, scan, progress=progress)


def axis_of(
    lines: LineIntegrals,
    scan: Scan,
    binning: int = 1,
    given_px: float | None = None,
    found_px: float | None = None,
    progress: Progress = silent,
) -> RotationAxis:
    """Return the rotation axis of a scan whose line integrals are at hand.

    Parameters
    ----------
    lines : LineIntegrals
        Of the scan, binned.
    scan : Scan
        Not binned.
    binning : int
        Pixels of the scan that one of the line integrals is wide.
    given_px : float, optional
        Column of the axis on the detector, if the user gives it.
    found_px : float, optional
        Column of the axis among the binned ones, if it was found before.
    progress : Progress
        Told as the axis is looked for.
    """
    if given_px is not None:
        column = min(binned_column(given_px, binning), lines.scan.shape[2] - 1)
        return RotationAxis(float(given_px), "given", column)
    column = lines.find_centre(progress) if found_px is None else found_px
    axis = compared_with_record(unbinned_column(column, binning), scan)
    # The column that was found stays what it is, to the last bit.
    return replace(axis, column_px=column if axis.source == "found" else binned_column(axis.centre_px, binning))


def compared_with_record(found_px: float, scan: Scan) -> RotationAxis:
    """Hold the column at which the axis was found against what the file records.

    Some programs record the column, others how far the axis is from the middle of the detector. A record that agrees
    with the axis found, read one way or the other, is kept; any other is only told of.

    Parameters
    ----------
    found_px : float
        Column on the detector.
    scan : Scan
        With its record, if it has one.
    """
    recorded = scan.rotation_centre_px
    if recorded is None:
        return RotationAxis(found_px, "found", found_px)
    width = scan.shape[2]
    # The middle is counted from as a place between pixels or as the pixel behind it, and either way round.
    middles = ((width - 1) / 2, width / 2)
    readings = (recorded, *(middle + recorded for middle in middles), *(middle - recorded for middle in middles))
    nearest = min(readings, key=lambda column: abs(column - found_px))
    off = abs(nearest - found_px)
    if off > _AGREES_PX:
        return RotationAxis(
            found_px,
            "found",
            found_px,
            remark=f"the file records the rotation axis at {recorded:.6g}, which is not where it is, as a column or "
            f"from the middle of the detector: it was found at column {found_px:.2f}",
        )
    remark = None
    if nearest != recorded:
        remark = f"the file records the rotation axis at {recorded:.6g}, from the middle of the detector"
    if off > _KEPT_PX or not 0 <= nearest <= width - 1:
        return RotationAxis(found_px, "found", found_px, remark=remark)
    return RotationAxis(nearest, "recorded", nearest, remark=remark)
