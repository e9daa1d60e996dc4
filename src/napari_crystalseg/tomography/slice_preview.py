"""A slice that follows the rotation centre while it is moved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..scan import Scan
from .axis.half_acquisition import HalfAcquisition, cut_off_sides, half_acquisition, is_full_turn
from .binning import BINNINGS, binned, binned_column, binned_mask
from .judged_scan import JudgedScan, judge_frames
from .line_integrals import LineIntegrals
from .methods.fourier import FourierSlices, GridToImage
from .methods.fourier_line import line_factors, paired
from .methods.ray_geometry import Geometry
from .preprocessing.preprocessing import PLAIN, Preprocessing
from .preprocessing.unmeasured import unmeasured_pixels

# Rows beside the one shown, which dead pixels, zingers and the centre are judged by.
_BESIDE = 8
# Wide enough for a quick look; wider slices are binned.
_COLUMNS = 1024
LOOK = replace(PLAIN, check=True)
"""Enough for a quick look."""


class SlicePreview:
    """One slice of a scan for any rotation centre.

    What does not depend on the centre is done once: a move of the axis is a phase of the spectra, which is then spread
    and transformed anew.

    Parameters
    ----------
    scan : Scan
        The raw scan. Only a few rows of it are read.
    row : int
        Row of the detector.
    binning : {1, 2, 4}, optional
        Pixels averaged along rows and columns; by default so many that the slice has at most about a thousand columns.
    preprocessing : Preprocessing, optional
        Remedies for the artefacts of the scan, as for the reconstruction. By default only flats, air and stripes, and
        the frames are judged; a slice is shown whatever is found.
    filter_name : {"ram-lak", "shepp-logan", "cosine", "hann"}
        Window on the ramp.

    Attributes
    ----------
    sinogram : ndarray of float32, shape (angle, column)
        Line integrals of the row shown, after binning.
    statements : tuple of str
        Which frames were left out by these rows, a sentence each.

    Raises
    ------
    InputError
        A row outside the detector, unusable flats, or another binning.
    """

    def __init__(
        self,
        scan: Scan,
        row: int,
        binning: int | None = None,
        preprocessing: Preprocessing = LOOK,
        filter_name: str = "ram-lak",
    ) -> None:
        _, rows, columns = scan.shape
        if not 0 <= row < rows:
            raise InputError(f"There is no row {row}; the detector has {rows} (0 to {rows - 1}).")
        if binning is None:
            binning = default_binning(columns)
        if binning not in BINNINGS:
            raise InputError(f"The binning must be 1, 2 or 4, not {binning!r}.")
        if columns < binning:
            raise InputError(f"A detector of {columns} columns cannot be binned by {binning}.")
        self.binning = binning
        raw = rows_around(scan, row, binning)[0]
        judged = JudgedScan(raw, unmeasured_pixels(raw))
        if preprocessing.check:
            judged = judge_frames(raw, force=True)
        raw, unmeasured = judged.scan, None
        if judged.unmeasured is not None:
            unmeasured = binned_mask(judged.unmeasured, binning)
        around = binned(raw, binning)
        at = min((row - _first(row, rows, binning)) // binning, around.shape[1] - 1)
        # A few rows tell neither the phase nor the roll of the axis.
        self._lines = LineIntegrals(
            around, replace(preprocessing, delta_beta=None, level_axis=False), unmeasured=unmeasured
        )
        # A few rows, perhaps without a sample, do not tell whether the scan fits its angles.
        self.statements = judged.statements
        middle = (around.shape[2] - 1) / 2
        self._geometry = Geometry(around.angles_deg, around.shape[2], middle, around.pixel_size_um, filter_name)
        line_integrals = self._lines.rows(at, at + 1)
        self.sinogram: NDArray[np.float32] = line_integrals[:, 0]
        self._cut_off = cut_off_sides(line_integrals)
        self._spectra = self._transformed(line_integrals)
        self._factors = line_factors(self._geometry, self._spectra.shape[2], centred=False)
        self._to_image = GridToImage(self._geometry)

    @property
    def voxel_size_um(self) -> float | None:
        """Size of a voxel of the slice, None where the scan does not say its pixel size."""
        return self._lines.scan.pixel_size_um

    def find_centre(self) -> float:
        """Find the column of the rotation axis, in pixels of the detector, from the rows around this one."""
        return self._lines.find_centre() * self.binning + (self.binning - 1) / 2

    def at(self, centre_px: float) -> NDArray[np.float32]:
        """Return the slice for an axis at a column.

        Parameters
        ----------
        centre_px : float
            In pixels of the detector; 0 is the middle of the first.

        Returns
        -------
        ndarray of float32, shape (W, W)
            1/µm, or per pixel where the pixel size is not known; W columns after binning, or of the stitched
            projections of a half acquisition.

        Raises
        ------
        InputError
            A centre outside the detector.
        """
        columns = self._geometry.columns
        last = columns * self.binning - 1
        if not 0 <= centre_px <= last:
            raise InputError(f"The rotation centre {centre_px} is outside the detector (columns 0 to {last}).")
        centre = min(binned_column(centre_px, self.binning), columns - 1)
        half = self._half(centre)
        if half is not None:
            geometry = replace(
                self._geometry, angles_deg=half.angles_deg, columns=half.columns, centre_px=half.centre_px
            )
            image: NDArray[np.float32] = FourierSlices(geometry, pairs=1)(half.stitched(self.sinogram[:, np.newaxis]))[
                0
            ]
            return image
        turn = np.exp(2j * np.pi * centre * np.fft.fftfreq(self._spectra.shape[2])).astype(np.complex64)
        result = np.empty((1, columns, columns), dtype=np.float32)
        self._to_image(self._spectra, self._factors * turn, result)
        image = result[0]
        return image

    def half_acquisition(self, centre_px: float) -> str:
        """Say how projections are stitched with an axis at a column; empty where this is no half acquisition."""
        half = self._half(min(binned_column(centre_px, self.binning), self._geometry.columns - 1))
        return "" if half is None else f"Half acquisition: {half.described(self.binning)}"

    def _half(self, column_px: float) -> HalfAcquisition | None:
        scan = self._lines.scan
        if not is_full_turn(scan.angles_deg):
            # A slice is to be seen wherever the axis is moved, on its way too.
            return None
        return half_acquisition(
            scan.angles_deg, self._geometry.columns, column_px, self._cut_off, scan.half_acquisition
        )

    def _transformed(self, line_integrals: NDArray[np.float32]) -> NDArray[Any]:
        from scipy.fft import fft, next_fast_len

        # Long enough for an axis at either edge.
        length = int(next_fast_len(3 * self._geometry.columns))
        transformed: NDArray[Any] = fft(paired(line_integrals, 1, self._geometry, length), axis=2, overwrite_x=True)
        return transformed


def preview_slice(
    scan: Scan, row: int, centre_px: float | None = None, binning: int | None = None
) -> NDArray[np.float32]:
    """Return one slice, quickly.

    Parameters
    ----------
    scan : Scan
        The raw scan. Only a few rows of it are read.
    row : int
        Row of the detector.
    centre_px : float, optional
        Column of the rotation axis; found from the rows around this one by default.
    binning : {1, 2, 4}, optional
        Pixels averaged; by default so many that the slice has at most about a thousand columns.

    Returns
    -------
    ndarray of float32, shape (W, W)
        As :meth:`SlicePreview.at`, which is the better choice for several centres.

    Raises
    ------
    InputError
        As for :class:`SlicePreview`.
    """
    preview = SlicePreview(scan, row, binning)
    return preview.at(preview.find_centre() if centre_px is None else centre_px)


def default_binning(columns: int) -> int:
    """Binning that leaves at most about a thousand columns."""
    return next((factor for factor in BINNINGS if columns // factor <= _COLUMNS), BINNINGS[-1])


def rows_around(scan: Scan, row: int, binning: int) -> tuple[Scan, int]:
    """Cut out the rows that the slice of one row is judged by: of arrays a view, of frames in a file a copy.

    Parameters
    ----------
    scan : Scan
        The raw scan.
    row : int
        Row of the detector.
    binning : {1, 2, 4}
        Pixels to be averaged.

    Returns
    -------
    part : Scan
        The rows; a :class:`SlicePreview` of it is that of the whole scan.
    row : int
        The row in it.
    """
    first = _first(row, scan.shape[1], binning)
    last = min(max(row + (_BESIDE + 1) * binning, first + binning), scan.shape[1])
    part = slice(first, last)
    cut = replace(
        scan,
        projections=np.asarray(scan.projections[:, part]),
        flats=np.asarray(scan.flats[:, part]),
        darks=np.asarray(scan.darks[:, part]),
    )
    return cut, row - first


def _first(row: int, rows: int, binning: int) -> int:
    """First of the rows looked at: a multiple of the binning, as in the whole scan."""
    return min(max(row - _BESIDE * binning, 0), rows - min(rows, binning)) // binning * binning
