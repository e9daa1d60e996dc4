"""From a raw scan to a volume."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..progress import Progress, part, silent
from ..scan import Scan
from ..volume import Quantity, Volume
from .back_projection import back_project
from .centre import find_centre
from .filtering import FILTERS
from .normalisation import FlatField
from .phase_retrieval import paganin
from .ring_removal import remove_stripes

_BYTES_AT_ONCE = 512 * 2**20
# Rows that the centre is looked for in: as many as carry information, few enough for memory.
_ROWS_FOR_CENTRE = 256


def reconstruct(
    scan: Scan,
    centre_px: float | Literal["recorded"] | None = None,
    filter_name: str = "ram-lak",
    remove_rings: bool = True,
    delta_beta: float | None = None,
    remove_zingers: bool = False,
    rescale_air: bool = True,
    progress: Progress = silent,
) -> Volume:
    """Reconstruct a scan by filtered back-projection.

    Rows pass in slabs, so that memory beyond the scan and the volume stays within about a gigabyte; phase retrieval
    needs whole frames and holds the scan once more as float32.

    Parameters
    ----------
    scan : Scan
        The raw scan.
    centre_px : float, "recorded" or None
        Column of the rotation axis; ``"recorded"`` takes the scan's own; None finds it (a recorded centre is often
        only nominal, and is not trusted unasked).
    filter_name : {"ram-lak", "shepp-logan", "cosine", "hann"}
        Window on the ramp.
    remove_rings : bool
        Remove stripes from the sinograms.
    delta_beta : float, optional
        Retrieve the phase for a material of this δ/β; needs energy, distance and pixel size in the scan.
    remove_zingers : bool
        Replace single bright pixels of single projections.
    rescale_air : bool
        Divide by the transmission of the air at the sides, where there is air.
    progress : Progress
        Told between slabs; may raise to cancel.

    Returns
    -------
    Volume
        Grid (row, column, column) with the rotation axis at (W - 1) / 2 of axes 1 and 2. Linear attenuation
        coefficient in 1/µm where the pixel size is known; else voxels of 1 µm and arbitrary greys (attenuation per
        pixel).

    Raises
    ------
    InputError
        Unusable flats, no centre recorded, a centre outside the detector, unknown filter, or energy, distance or
        pixel size missing for phase retrieval.
    """
    if filter_name not in FILTERS:
        raise InputError(f"There is no filter {filter_name!r}; choose one of {', '.join(FILTERS)}.")
    if len(scan.angles_deg) < 2:
        raise InputError("One projection is not enough for a reconstruction; open a scan of at least half a turn.")
    if centre_px == "recorded":
        if scan.rotation_centre_px is None:
            raise InputError("The scan has no recorded rotation centre; leave the centre out to have it found.")
        centre, origin = scan.rotation_centre_px, "recorded"
    elif isinstance(centre_px, str):
        raise InputError(f'The centre is a column, "recorded" or left out, not {centre_px!r}.')
    elif centre_px is not None:
        centre, origin = float(centre_px), "given"
    else:
        centre, origin = None, "found"
    if centre is not None and not 0 <= centre <= scan.shape[2] - 1:
        raise InputError(f"The rotation centre {centre} is outside the detector (columns 0 to {scan.shape[2] - 1}).")
    progress(0.0, "Normalising")
    flat_field = FlatField.of(scan, rescale_air, remove_zingers)
    if centre is None:
        centre = find_centre(_for_centre(flat_field), scan.angles_deg, part(progress, 0.02, 0.45))
    data = _reconstruct(flat_field, centre, filter_name, remove_rings, delta_beta, part(progress, 0.45, 1.0))
    voxel_um = scan.pixel_size_um or 1.0
    known = scan.pixel_size_um is not None
    record: dict[str, Any] = {
        "rotation_centre_px": round(centre, 4),
        "rotation_centre": origin,
        "filter": filter_name,
        "angles": len(scan.angles_deg),
        **flat_field.to_dict(),
        "rings_removed": remove_rings,
        "delta_beta": delta_beta,
        "voxel_size_um": scan.pixel_size_um if known else "unknown: 1 assumed, greys are attenuation per pixel",
    }
    return Volume(
        data,
        (voxel_um, voxel_um, voxel_um),
        Quantity.LINEAR_ATTENUATION if known else Quantity.ARBITRARY,
        scan.provenance.then("reconstruct", **record),
    )


def _for_centre(flat_field: FlatField) -> NDArray[np.float32]:
    """Transmission of at most some hundred rows, spread over the height."""
    rows = flat_field.scan.shape[1]
    if rows <= _ROWS_FOR_CENTRE:
        return flat_field.rows(0, rows)
    at_once = _ROWS_FOR_CENTRE // 8
    starts = np.linspace(0, rows - at_once, 8).astype(int)
    return np.concatenate([flat_field.rows(int(start), int(start) + at_once) for start in starts], axis=1)


def _reconstruct(
    flat_field: FlatField,
    centre_px: float,
    filter_name: str,
    remove_rings: bool,
    delta_beta: float | None,
    progress: Progress,
) -> NDArray[np.float32]:
    scan = flat_field.scan
    count, rows, width = scan.shape
    retrieved = None
    if delta_beta is not None:
        if scan.energy_kev is None or scan.distance_mm is None or scan.pixel_size_um is None:
            raise InputError(
                "Phase retrieval needs the energy, the distance and the pixel size of the scan; give them."
            )
        progress(0.0, "Retrieving the phase")
        retrieved = paganin(flat_field.rows(0, rows), delta_beta, scan.energy_kev, scan.distance_mm, scan.pixel_size_um)
    result = np.empty((rows, width, width), dtype=np.float32)
    at_once = int(np.clip(_BYTES_AT_ONCE // (16 * count * width), 1, rows))
    for first in range(0, rows, at_once):
        last = min(first + at_once, rows)
        values = flat_field.rows(first, last) if retrieved is None else np.maximum(retrieved[:, first:last], 1e-5)
        values = -np.log(values)
        if remove_rings:
            values = remove_stripes(values)
        result[first:last] = back_project(
            values,
            scan.angles_deg,
            centre_px,
            scan.pixel_size_um or 1.0,
            filter_name,
            part(progress, first / rows, last / rows),
        )
    return result
