"""Labels over a measured projection: what to draw so that a mistake of geometry is seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..labels import Labels, Material
from ..scan import Scan
from .geometry import with_known_pixel_size
from .label_projection import LabelProjector

if TYPE_CHECKING:
    from ..tomography import JudgedScan

# In the order in which they hide each other.
_ON_TOP = (Material.LIQUOR, Material.OTHER, Material.LOOP, Material.CRYSTAL)


@dataclass(frozen=True, eq=False)
class GeometryOverlay:
    """A projection with what the labels say about it.

    Parameters
    ----------
    projection : ndarray of float32, shape (row, column)
        Measured transmission.
    silhouette : ndarray of uint8, shape (row, column)
        Label seen in each pixel: crystal over loop over other over liquor.
    outlines : dict of Material to list of ndarray, shape (point, 2)
        Outlines (row, column) of each material, whatever hides it.
    axis_line : ((float, float), (float, float))
        Ends (row, column) of the rotation axis, pixels.
    beam_direction : (float, float)
        Unit vector along which the beam goes, axes 1 and 2 of the labels. In the picture it goes away from the viewer.
    along_axis : ndarray of uint8, shape (y, x)
        Labels seen along the rotation axis.
    voxel_size_um : (float, float)
        Voxel along axes 1 and 2, µm.
    pixel_size_um : float
        Pixel of the projection, µm.
    angle_deg : float
        Angle of the projection.
    score : float
        Correlation of its −ln T with the best combination of the path lengths, 0 to 1.
    """

    projection: NDArray[np.float32]
    silhouette: NDArray[np.uint8]
    outlines: dict[Material, list[NDArray[np.float64]]]
    axis_line: tuple[tuple[float, float], tuple[float, float]]
    beam_direction: tuple[float, float]
    along_axis: NDArray[np.uint8]
    voxel_size_um: tuple[float, float]
    pixel_size_um: float
    angle_deg: float
    score: float


def geometry_overlay(
    labels: Labels,
    scan: Scan | JudgedScan,
    angle_deg: float | None = None,
    centre_px: float | None = None,
    transmission: NDArray[np.float32] | None = None,
    projector: LabelProjector | None = None,
) -> GeometryOverlay:
    """Lay labels over the projection that is nearest to an angle.

    Parameters
    ----------
    labels : Labels
        Labels of the reconstructed scan; the middle of axes 1 and 2 lies on the rotation axis.
    scan : Scan or JudgedScan
        Raw scan, with its pixel size; one that has not been judged has its rotation axis along the columns.
    angle_deg : float, optional
        Angle; the projection nearest to it is taken. By default that in the middle of the scan.
    centre_px : float, optional
        Column of the rotation axis; by default the scan's own, else found.
    transmission : ndarray, shape (angle, row, column), optional
        Transmission of the scan that was judged, where it was computed before.
    projector : LabelProjector, optional
        That of the labels for this detector, where it was made before.

    Returns
    -------
    GeometryOverlay

    Raises
    ------
    InputError
        No pixel size in the scan, a centre outside the detector, an angle that is not finite, or a scan that cannot be
        used.
    """
    from ..tomography import judge_scan, transmission_of

    judged = judge_scan(with_known_pixel_size(scan))
    scan = judged.scan
    pixel = scan.required_pixel_size_um
    centre = judged.rotation_axis(centre_px).centre_px
    wanted = float(np.median(scan.angles_deg)) if angle_deg is None else float(angle_deg)
    if not np.isfinite(wanted):
        raise InputError(f"The angle of the projection to show must be finite, not {wanted}.")
    chosen = int(np.argmin(np.abs((scan.angles_deg - wanted + 180) % 360 - 180)))
    angle = float(scan.angles_deg[chosen])
    if transmission is None:
        # Its neighbours tell dead pixels from the sample.
        near = np.arange(max(chosen - 2, 0), min(chosen + 3, len(scan.angles_deg)))
        few = replace(scan, projections=scan.projections[near], angles_deg=scan.angles_deg[near])
        projection = transmission_of(few)[chosen - near[0]]
    else:
        projection = np.asarray(transmission[chosen], dtype=np.float32)
    rows, columns = projection.shape
    if projector is None:
        projector = LabelProjector.of(labels, (rows, columns), pixel)
    maps = projector.path_lengths_um(angle, centre)
    least = 0.5 * min(pixel, *labels.required_voxel_size_um)
    silhouette = np.zeros((rows, columns), dtype=np.uint8)
    along_axis = np.zeros(labels.shape[1:], dtype=np.uint8)
    for material in _ON_TOP:
        silhouette[maps[material - 1] > least] = material
        along_axis[(labels.data == material).any(axis=0)] = material
    radians = np.deg2rad(angle)
    return GeometryOverlay(
        projection,
        silhouette,
        {m: _outlines(maps[m - 1], least) for m in _ON_TOP if (maps[m - 1] > least).any()},
        ((-0.5, centre), (rows - 0.5, centre)),
        (-float(np.cos(radians)), -float(np.sin(radians))),
        along_axis,
        (labels.required_voxel_size_um[1], labels.required_voxel_size_um[2]),
        pixel,
        angle,
        _score(-np.log(projection.astype(np.float64)), maps),
    )


def _outlines(thickness: NDArray[np.float64], least: float) -> list[NDArray[np.float64]]:
    """Where a thickness rises above the least one; it is nought beyond the picture, so that outlines close."""
    from skimage.measure import find_contours

    return [np.asarray(line) - 1 for line in find_contours(np.pad(thickness, 1), least) if len(line) > 8]


def _score(attenuation: NDArray[np.float64], maps: NDArray[np.float64]) -> float:
    """Correlation with the best combination without negative coefficients."""
    from scipy.optimize import nnls

    y = attenuation.ravel() - attenuation.mean()
    design = maps.reshape(len(maps), -1).T
    design = design - design.mean(axis=0)
    if not y.any() or not design.any():
        return 0.0
    fitted = design @ nnls(design, y)[0]
    return float(np.sqrt(np.clip(1 - ((y - fitted) ** 2).sum() / (y**2).sum(), 0.0, 1.0)))
