"""Where the pixels of an image lie, as its header states it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...checks import checked_number
from ...experiment import Panel
from ...io.diffraction_images import DiffractionImage


@dataclass(frozen=True, eq=False)
class HeaderGeometry:
    """A detector and a beam.

    Parameters
    ----------
    panel : Panel
        Where the pixels lie.
    source_direction : ndarray, shape (3,)
        From the sample to the source.
    wavelength_angstrom : float or None
        Wavelength, Å; None where nobody knows it.
    """

    panel: Panel
    source_direction: NDArray[np.float64]
    wavelength_angstrom: float | None


def header_geometry(
    image: DiffractionImage,
    distance_mm: float | None = None,
    pixel_size_mm: float | None = None,
    wavelength_angstrom: float | None = None,
) -> HeaderGeometry | None:
    """Return the geometry that a header states, completed or put right; None where pixel size or distance is missing.

    A detector is taken as square to the beam, and the beam as meeting its middle, where the header says no more.

    Parameters
    ----------
    image : DiffractionImage
        The image.
    distance_mm, pixel_size_mm, wavelength_angstrom : float, optional
        In place of the header's.

    Raises
    ------
    InputError
        A number that is not positive.
    """
    for name, value in (
        ("distance, mm,", distance_mm),
        ("pixel size, mm,", pixel_size_mm),
        ("wavelength, Å,", wavelength_angstrom),
    ):
        if value is not None:
            checked_number(value, f"The {name}", 1e-6)
    wavelength = wavelength_angstrom or image.wavelength_angstrom
    size = np.array(image.shape[::-1], dtype=float)
    if image.axes is not None and image.pixel_size_mm is not None and distance_mm is None and pixel_size_mm is None:
        axes = image.axes
        panel = Panel(axes.origin_mm, axes.fast, axes.slow, np.array(image.pixel_size_mm), None, size)
        return HeaderGeometry(panel, axes.source_direction, wavelength)
    pixel = (pixel_size_mm, pixel_size_mm) if pixel_size_mm else image.pixel_size_mm
    distance = distance_mm or image.distance_mm
    if pixel is None or distance is None or image.two_theta_deg:
        return None
    centre = np.array(image.beam_centre_px if image.beam_centre_px is not None else size / 2)
    corner = -centre * pixel
    panel = Panel(
        np.array([corner[0], -corner[1], -distance]),
        np.array([1.0, 0.0, 0.0]),
        np.array([0.0, -1.0, 0.0]),
        np.array(pixel, dtype=float),
        None,
        size,
    )
    return HeaderGeometry(panel, np.array([0.0, 0.0, 1.0]), wavelength)
