"""Do labels and projections agree? Rotation sense, axis, flips and the zero of the angles, with a score.

The score is the correlation of the measured −ln T with the best combination, without negative coefficients, of the path
lengths of the materials, so that no attenuation coefficient needs to be known. All offsets share one table of cross
products, because the prediction depends on the effective angle only.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ..checks import checked_finite
from ..errors import InputError
from ..labels import Labels, Material
from ..progress import Progress, part, silent
from ..scan import Scan
from .geometry_score import GeometryScore
from .orientation_search import MOST_IMAGES, OrientationSearch, spread_over

if TYPE_CHECKING:
    from ..tomography import JudgedScan


def scan_geometry(
    labels: Labels,
    scan: Scan | JudgedScan,
    centre_px: float | None = None,
    progress: Progress = silent,
) -> GeometryScore:
    """Compare labels with all projections of the scan that they come from.

    Parameters
    ----------
    labels : Labels
        Labels of the reconstructed scan; the middle of axes 1 and 2 lies on the rotation axis.
    scan : Scan or JudgedScan
        Raw scan, with its pixel size; one that has not been judged has its rotation axis along the columns.
    centre_px : float, optional
        Column of the rotation axis; found by default.
    progress : Progress
        Called as the work goes on.

    Returns
    -------
    GeometryScore

    Raises
    ------
    InputError
        No pixel size in the scan, a centre outside the detector, labels that are all air, unusable flats, many bad
        frames, or frames that do not fit their angles.
    """
    from ..tomography import judge_scan, transmission_of

    _check_not_all_air(labels)
    judged = judge_scan(with_known_pixel_size(scan), progress=part(progress, 0.0, 0.3))
    scan = judged.scan
    pixel_size_um = scan.required_pixel_size_um
    found = judged.rotation_axis(centre_px)
    chosen = spread_over(scan.angles_deg, MOST_IMAGES)
    few = replace(scan, projections=scan.projections[chosen], angles_deg=scan.angles_deg[chosen])
    score = geometry_score(
        labels,
        -np.log(transmission_of(few)),
        few.angles_deg,
        pixel_size_um=pixel_size_um,
        centre_px=found.centre_px,
        progress=part(progress, 0.3, 1.0),
    )
    return replace(score, axis_remark=found.remark, scan_statements=judged.statements)


def geometry_score(
    labels: Labels,
    attenuation: ArrayLike,
    angles_deg: float | ArrayLike,
    *,
    pixel_size_um: float | None = None,
    centre_px: float | None = None,
    most_shift_px: int = 0,
    outline: bool = False,
    progress: Progress = silent,
) -> GeometryScore:
    """Find how labels must be turned to match one or more projections.

    Parameters
    ----------
    labels : Labels
        The sample.
    attenuation : array_like, shape (row, column) or (image, row, column)
        Measured −ln T, or anything that grows with it: a picture of the viewing camera of the diffraction beamline at
        a known goniometer angle will do, bright where the sample is. With one image the sense of the rotation cannot
        be told.
    angles_deg : float or array_like, shape (image,)
        Rotation (goniometer) angle of each image. The best offset is what must be added to them: for images of the
        diffraction experiment the ``offset`` between tomography and diffraction.
    pixel_size_um : float, optional
        Pixel at the sample, µm; the voxel size of the labels by default.
    centre_px : float, optional
        Column of the rotation axis; the middle by default.
    most_shift_px : int
        Look for shifts up to this many pixels along rows and columns, where axis and height are not known to the
        pixel.
    outline : bool
        Compare outlines only: the image is 1 in the sample and 0 elsewhere.
    progress : Progress
        Called as the work goes on.

    Returns
    -------
    GeometryScore

    Raises
    ------
    InputError
        No images, NaN, another number of angles, labels that are all air, or images of one value.
    """
    images = np.asarray(attenuation, dtype=np.float32)
    images = images[np.newaxis] if images.ndim == 2 else images
    angles = np.atleast_1d(np.asarray(angles_deg, dtype=np.float64))
    if images.ndim != 3 or images.size == 0:
        raise InputError(f"Projections need the axes (image, row, column), not the shape {images.shape}.")
    checked_finite(images, "The projections")
    if angles.shape != (len(images),) or not np.isfinite(angles).all():
        raise InputError(
            f"There are {len(images)} projections but {angles.size} angles; give one for each, in degrees."
        )
    _check_not_all_air(labels)
    pixel = labels.required_voxel_size_um[2] if pixel_size_um is None else float(pixel_size_um)
    centre = (images.shape[2] - 1) / 2 if centre_px is None else float(centre_px)
    search = OrientationSearch(labels, images, angles, pixel, centre, int(most_shift_px), outline)
    return search.run(progress)


def with_known_pixel_size(scan: Scan | JudgedScan) -> Scan | JudgedScan:
    """Return a scan, or refuse one that does not say its pixel size, before the work.

    Raises
    ------
    InputError
        It does not say it.
    """
    _ = (scan if isinstance(scan, Scan) else scan.scan).required_pixel_size_um
    return scan


def _check_not_all_air(labels: Labels) -> None:
    if not (labels.data != Material.AIR).any():
        raise InputError("The labels are all air: there is nothing to compare; open the labels of the sample.")
