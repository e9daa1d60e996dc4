"""What the box Geometry asks of worker processes: plain functions, without Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...frames import LazyFrames
from ...labels import Labels
from ...progress import Progress, part, silent
from ...scan import Scan
from .kept import keep, kept

if TYPE_CHECKING:
    from ...calibration.geometry_overlay import GeometryOverlay
    from ...calibration.geometry_score import GeometryScore
    from ...calibration.label_projection import LabelProjector

# Neighbours on each side of the projection that is shown: they tell dead pixels from the sample.
_BESIDE = 2
# An outline needs no more voxels a side than this.
_MOST_VOXELS = 512


@dataclass(frozen=True)
class ScanAlignment:
    """How labels lie on the detector, as far as is known without a look at the projections.

    Parameters
    ----------
    pixel_size_um : float
        Pixel at the sample, µm.
    centre_px : float or None
        Column of the rotation axis; None where it is to be found.
    rows : (int, int) or None
        Rows of the detector, from and to before, that were reconstructed; None for all.
    axis : {"columns", "rows"}
        What the rotation axis lies along on the detector.
    force : bool
        Whether the scan was reconstructed in spite of what was found in it.
    left_out : tuple of int
        Numbers of the projections that the reconstruction left out.
    """

    pixel_size_um: float
    centre_px: float | None
    rows: tuple[int, int] | None
    axis: str = "columns"
    force: bool = False
    left_out: tuple[int, ...] = ()


def alignment_of(labels: Labels, scan: Scan, axis: str = "columns", force: bool = False) -> ScanAlignment:
    """Tell from their records how labels lie on the detector of the scan that they come from.

    Where the scan does not say its pixel size, it is that of the labels' voxels, which binning makes a multiple of it.

    Parameters
    ----------
    labels, scan : Labels and Scan
        Labels, and the raw scan of the same sample.
    axis : {"columns", "rows"}
        What the rotation axis lies along, where the labels' record does not say it.
    force : bool
        Go on with what would be refused, as where the labels' record says that it was gone on.
    """
    steps = [dict(step) for step in labels.provenance.steps if step.get("step") == "reconstruct"]
    made = steps[-1] if steps else {}
    axis = str(made.get("axis", "columns")) if made else axis
    columns = scan.shape[1 if axis == "rows" else 2]
    pixel = scan.pixel_size_um
    if pixel is None:
        pixel = labels.required_voxel_size_um[2] / made.get("binning", max(1, round(columns / labels.shape[2])))
    rows = made.get("rows")
    return ScanAlignment(
        float(pixel),
        made.get("rotation_centre_px"),
        None if rows is None else (int(rows[0]), int(rows[1])),
        axis,
        force or bool(made.get("force", False)),
        tuple(made.get("frames_left_out", {}).get("projections", ())),
    )


def frames_for_check(scan: Scan, alignment: ScanAlignment) -> Scan:
    """Leave out what a check does not look at; all is kept where the axis is to be found, or frames lie in a file."""
    from ...calibration.orientation_search import MOST_IMAGES, spread_over

    if alignment.centre_px is None:
        return scan
    good = _projections_used(scan, alignment)
    if isinstance(scan.projections, LazyFrames):
        return _without_other_frames(scan, good)
    return _with_projections(scan, good[spread_over(scan.angles_deg[good], MOST_IMAGES)])


def frames_for_overlay(scan: Scan, alignment: ScanAlignment, angle_deg: float) -> Scan:
    """Keep the projection nearest to an angle, with its neighbours; frames in a file stay there."""
    good = _projections_used(scan, alignment)
    if isinstance(scan.projections, LazyFrames):
        return _without_other_frames(scan, good)
    return _with_projections(scan, good[_neighbours_of_angle(scan.angles_deg[good], angle_deg)])


def _projections_used(scan: Scan, alignment: ScanAlignment) -> NDArray[np.intp]:
    """Numbers of the projections that the reconstruction took."""
    return np.setdiff1d(np.arange(len(scan.angles_deg)), alignment.left_out)


def _without_other_frames(scan: Scan, good: NDArray[np.intp]) -> Scan:
    """Leave out the other projections of a scan whose frames stay in a file."""
    bad = np.ones(len(scan.angles_deg), dtype=bool)
    bad[good] = False
    return scan.without(bad, np.zeros(len(scan.flats), dtype=bool), np.zeros(len(scan.darks), dtype=bool))


def nearest_projection(scan: Scan, angle_deg: float) -> int:
    """Return the number of the projection whose angle is nearest."""
    return _nearest_index(scan.angles_deg, angle_deg)


def _nearest_index(angles_deg: NDArray[np.float64], angle_deg: float) -> int:
    return int(np.argmin(np.abs((angles_deg - angle_deg + 180) % 360 - 180)))


def _neighbours_of_angle(angles_deg: NDArray[np.float64], angle_deg: float) -> NDArray[np.intp]:
    """Numbers of the projection nearest to an angle and of its neighbours."""
    chosen = _nearest_index(angles_deg, angle_deg)
    return np.arange(max(chosen - _BESIDE, 0), min(chosen + _BESIDE + 1, len(angles_deg)))


def _with_projections(scan: Scan, chosen: NDArray[np.intp]) -> Scan:
    return replace(scan, projections=scan.projections[chosen], angles_deg=scan.angles_deg[chosen])


def check_geometry(
    labels: Labels, scan: Scan, alignment: ScanAlignment, progress: Progress = silent
) -> tuple[GeometryScore, float]:
    """Compare labels and projections.

    Parameters
    ----------
    labels, scan : Labels and Scan
        What is compared.
    alignment : Alignment
        How they lie to each other.
    progress : Progress
        Told how far it is.

    Returns
    -------
    score : GeometryScore
        How well they match.
    centre_px : float
        Column of the rotation axis.
    """
    from ...calibration.geometry import scan_geometry
    from ...calibration.orientation_search import MOST_IMAGES, spread_over
    from ...tomography import judge_scan

    centre = alignment.centre_px
    if centre is None:
        progress(0.0, "looking for the rotation axis")
        judged = judge_scan(scan, alignment.axis, alignment.force)
        centre = judged.rotation_axis().centre_px
        scan, alignment = judged.scan, replace(alignment, axis="columns")
    few = aligned(_with_projections(scan, spread_over(scan.angles_deg, MOST_IMAGES)), alignment)
    judged = judge_scan(few, force=alignment.force, progress=part(progress, 0.1, 0.37))
    found = scan_geometry(labels, judged, centre, part(progress, 0.1, 1.0))
    return found, float(centre)


class LabelOutlines:
    """Labels to outline, with what projects them onto the detector that they were shown on last.

    Parameters
    ----------
    labels : Labels
        No finer than an outline needs.
    """

    def __init__(self, labels: Labels) -> None:
        self.labels = labels
        self._projector: LabelProjector | None = None

    def projector(self, shape: tuple[int, int], pixel_size_um: float) -> LabelProjector:
        """Return what projects the labels onto the detector of a scan, which is one and the same for all its angles."""
        from ...calibration.label_projection import LabelProjector

        if self._projector is None:
            self._projector = LabelProjector.of(self.labels, shape, pixel_size_um)
        return self._projector


def overlay_at(
    token: int,
    labels: Labels | None,
    scan: Scan,
    alignment: ScanAlignment,
    centre_px: float,
    angle_deg: float,
    progress: Progress = silent,
) -> GeometryOverlay:
    """Lay labels over the projection nearest to an angle.

    Parameters
    ----------
    token : int
        Stands for the labels from the second call on.
    labels : Labels or None
        The labels, at the first call.
    scan : Scan
        The scan, or the projections about the one that is shown.
    alignment : Alignment
        How they lie to each other.
    centre_px : float
        Column of the rotation axis.
    angle_deg : float
        Angle to show.
    progress : Progress
        Takes none: it is a matter of a moment.

    Raises
    ------
    InputError
        The labels of the first call are not at hand any more.
    """
    from ...calibration.geometry_overlay import geometry_overlay
    from ...calibration.label_projection import thinned
    from ...tomography import JudgedScan

    if labels is None:
        shown = kept(LabelOutlines, token)
    else:
        shown = keep(LabelOutlines, token, lambda: LabelOutlines(thinned(labels, _MOST_VOXELS)))
    if shown is None:
        raise InputError("The labels are not at hand any more: check the geometry again.")
    few = aligned(_with_projections(scan, _neighbours_of_angle(scan.angles_deg, angle_deg)), alignment)
    projector = shown.projector(few.shape[1:], alignment.pixel_size_um)
    # A few frames to look at, of a scan that was judged when it was checked or reconstructed.
    return geometry_overlay(shown.labels, JudgedScan(few), angle_deg, centre_px, projector=projector)


def aligned(scan: Scan, alignment: ScanAlignment) -> Scan:
    """Take the rows that the labels are of, with the pixel size and the rotation axis along the columns."""
    from ...tomography.judged_scan import turned

    scan = replace(turned(scan, alignment.axis), pixel_size_um=alignment.pixel_size_um)
    if alignment.rows is None:
        return scan
    first, end = alignment.rows
    cut = slice(first, end)
    return replace(scan, projections=scan.projections[:, cut], flats=scan.flats[:, cut], darks=scan.darks[:, cut])
