"""What the live slice of a raw scan asks of a worker process: plain functions, without Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ....errors import CrystalSegError, InputError
from ....progress import Progress, silent
from ....scan import Scan
from ..kept import keep, kept
from .shown_values import display_range, distinct_limits, picture_of, sampled_values


@dataclass(frozen=True)
class SliceRequest:
    """Slice that is asked for.

    Parameters
    ----------
    token : int
        Number of the scan, another for each that is opened.
    row : int
        Row of the detector.
    remove_stripes : str
        As :class:`~..tomography.Preprocessing` takes it.
    centre_px : float or None
        Column of the rotation axis; None finds it.
    rough_px : float or None
        Column to show the slice at until the axis is found; None does not show it before.
    """

    token: int
    row: int
    remove_stripes: str = "median"
    centre_px: float | None = None
    rough_px: float | None = None

    @property
    def is_rough(self) -> bool:
        """Whether it is to be shown before its axis is found."""
        return self.centre_px is None and self.rough_px is not None

    @property
    def preview_key(self) -> tuple[int, int, str]:
        """What is prepared once for all centres."""
        return self.token, self.row, self.remove_stripes


@dataclass(frozen=True, eq=False)
class SliceView:
    """A slice to look at.

    Parameters
    ----------
    request : SliceRequest
        What was asked for.
    image : ndarray of float32, shape (W, W)
        Voxel values, 1/µm, or per pixel where the pixel size is not known.
    centre_px : float
        Column of the rotation axis, in pixels of the detector.
    pixels : int
        Pixels of the detector that a voxel is wide.
    voxel_size_um : float or None
        None where it is not known.
    contrast : (float, float)
        Voxel values to show as black and white.
    values : ndarray of float32
        Some of the voxel values, without the strays.
    sinogram : ndarray of uint8, shape (angle, column), or None
        Line integrals of the row, thinned out, air dark; None where they are as before.
    note : str
        What is to be known of it; empty where all is well.
    half_acquisition : str
        How projections of a half acquisition were stitched; empty for other scans.
    """

    request: SliceRequest
    image: NDArray[np.float32]
    centre_px: float
    pixels: int
    voxel_size_um: float | None
    contrast: tuple[float, float]
    values: NDArray[np.float32]
    sinogram: NDArray[np.uint8] | None
    note: str = ""
    half_acquisition: str = ""


def slice_at(request: SliceRequest, scan: Scan | None, row: int = 0, progress: Progress = silent) -> SliceView:
    """Return a slice for a centre; quick where only the centre is another than before.

    Parameters
    ----------
    request : SliceRequest
        What is asked for.
    scan : Scan or None
        The raw scan, or rows of it; None where this process holds what is prepared.
    row : int
        Row of ``scan``.
    progress : Progress
        Told what is being done.

    Raises
    ------
    InputError
        There is no scan, and this process does not hold what is prepared.
    """
    from ....tomography.slice_preview import LOOK, SlicePreview

    preview = kept(SlicePreview, request.preview_key)
    sinogram = None
    if preview is None:
        if scan is None:
            raise InputError("The slice is not prepared any more; move the row to prepare it again.")
        progress(0.1, "reading the rows around it")
        preprocessing, rows = replace(LOOK, remove_stripes=request.remove_stripes), scan
        # What follows is most often another centre of it.
        preview = keep(SlicePreview, request.preview_key, lambda: SlicePreview(rows, row, preprocessing=preprocessing))
        sinogram = picture_of(preview.sinogram)
    note, centre = "", request.rough_px if request.is_rough else request.centre_px
    if centre is None:
        progress(0.5, "looking for the rotation axis")
        try:
            centre = preview.find_centre()
        except CrystalSegError as error:
            centre = (preview.sinogram.shape[1] * preview.binning - 1) / 2
            note = f"The middle of the detector is shown: {error}"
    note = " ".join([note, *(f"{text}." for text in preview.statements)]).strip()
    image = preview.at(centre)
    values = sampled_values(image)
    low, high = display_range(values)
    few = values[(values >= low) & (values <= high)]
    return SliceView(
        request,
        image,
        float(centre),
        preview.binning,
        preview.voxel_size_um,
        distinct_limits(low, high),
        few,
        sinogram,
        note,
        preview.half_acquisition(centre),
    )
