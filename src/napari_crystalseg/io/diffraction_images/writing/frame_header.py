"""What is written of the geometry beside a diffraction image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class WrittenModule:
    """A flat part of a detector, in the laboratory frame of DIALS with the sample at 0.

    Parameters
    ----------
    origin_mm : ndarray, shape (3,)
        Corner of its first pixel.
    fast, slow : ndarray, shape (3,)
        Unit vectors along the rows and the columns of pixels.
    pixel_size_mm : (float, float)
        Along (fast, slow), mm.
    first_px : (int, int)
        Its first pixel in the frame, (slow, fast).
    size_px : (int, int)
        Its pixels along (slow, fast).
    """

    origin_mm: NDArray[np.float64]
    fast: NDArray[np.float64]
    slow: NDArray[np.float64]
    pixel_size_mm: tuple[float, float]
    first_px: tuple[int, int]
    size_px: tuple[int, int]


@dataclass(frozen=True, eq=False)
class WrittenAxis:
    """An axis of the goniometer that stands still.

    Parameters
    ----------
    vector : ndarray, shape (3,)
        Unit vector, DIALS axes, with the axes nearer to the base at zero.
    angle_deg : float
        Where it stands, degrees.
    """

    vector: NDArray[np.float64]
    angle_deg: float


@dataclass(frozen=True, eq=False)
class FrameHeader:
    """What a header states of a frame.

    Parameters
    ----------
    detector : str
        Name of the detector.
    modules : tuple of WrittenModule
        Its flat parts.
    sensor : (str, float)
        Material and thickness (mm) of the sensor.
    wavelength_angstrom : float
        Wavelength, Å.
    exposure_s : float
        Exposure of an image, s.
    distance_mm : float
        From the sample to the plane of the first module along its normal, mm.
    beam_centre_px : (float, float)
        Where the beam meets that plane, along (fast, slow), pixels.
    rotation_axis : (float, float, float)
        Scan axis: a unit vector, DIALS axes, with the axes nearer to the base at zero.
    below, above : tuple of WrittenAxis
        Axes nearer to the sample than the scan axis, and nearer to the base, from the sample on.
    angles_deg : ndarray of float64, shape (image,)
        Scan angle at the start of each image, degrees.
    width_deg : float
        Width of an image, degrees; 0 for stills.
    cutoff : int
        Largest count.
    note : str
        A line about where it comes from.
    """

    detector: str
    modules: tuple[WrittenModule, ...]
    sensor: tuple[str, float]
    wavelength_angstrom: float
    exposure_s: float
    distance_mm: float
    beam_centre_px: tuple[float, float]
    rotation_axis: tuple[float, float, float]
    angles_deg: NDArray[np.float64]
    width_deg: float
    cutoff: int
    note: str
    below: tuple[WrittenAxis, ...] = ()
    above: tuple[WrittenAxis, ...] = ()
