"""The geometry that an image's header states, completed where it says too little, with sentences on how."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...errors import InputError
from ...experiment import Panel
from ...io.diffraction_images import DiffractionImage, Sensor
from ...wavelength import KEV_ANGSTROM
from .detector_geometry import DetectorGeometry

_NOMINAL_PIXEL_MM = 0.1
_DENSITY = {"Si": 2.33, "CdTe": 5.85, "GaAs": 5.32}


@dataclass(frozen=True)
class StatedGeometry:
    """A geometry to begin with, and what of it the header states.

    Parameters
    ----------
    geometry : DetectorGeometry
        As the header states it; completed where it does not.
    centre_stated, tilt_stated : bool
        Whether the header states a beam centre, and whether it states how the detector leans.
    tilt_axis_known : bool
        Whether it states about which axis; else it is assumed.
    scale_known : bool
        Whether pixel size and distance are stated, without which rings have no resolution and tilt has no size.
    sentences : tuple of str
        How the statements were taken, for the user.
    square : DetectorGeometry or None
        The detector before it was turned about the sample, where the header does not state the axis.
    two_theta_deg : float
        By how much it was turned then.
    """

    geometry: DetectorGeometry
    centre_stated: bool
    tilt_stated: bool
    tilt_axis_known: bool
    scale_known: bool
    sentences: tuple[str, ...]
    square: DetectorGeometry | None = None
    two_theta_deg: float = 0.0

    def other_tilts(self) -> tuple[StatedGeometry, ...]:
        """Return the other ways in which a two-theta may be meant whose axis is not stated."""
        if self.square is None:
            return ()
        angle = self.two_theta_deg
        ways = (
            ("the columns, the other way", 0.0, angle),
            ("the rows", angle, 0.0),
            ("the rows, the other way", -angle, 0.0),
        )
        return tuple(
            replace(
                self,
                geometry=turned_about_sample(self.square, pitch, yaw),
                sentences=(
                    *self.sentences[:-1],
                    f"the header states a two-theta of {angle:g}° and not about which axis: taken about {axis}, with "
                    "which the background goes best",
                ),
            )
            for axis, pitch, yaw in ways
        )


def stated_geometry(
    image: DiffractionImage,
    distance_mm: float | None = None,
    pixel_size_mm: float | None = None,
    wavelength_angstrom: float | None = None,
) -> StatedGeometry:
    """Read the geometry that a header states.

    Parameters
    ----------
    image : DiffractionImage
        An image with its header's statements.
    distance_mm, pixel_size_mm, wavelength_angstrom : float, optional
        In place of the header's.

    Raises
    ------
    InputError
        The statements contradict a detector in the beam.
    """
    for name, value in (
        ("distance", distance_mm),
        ("pixel size", pixel_size_mm),
        ("wavelength", wavelength_angstrom),
    ):
        if value is not None and not (np.isfinite(value) and value > 0):
            raise InputError(f"The {name} must be positive, not {value}.")
    if image.curved:
        raise InputError(
            f"The modules of this detector ({image.detector or 'unnamed'}) do not lie in one plane, so that it has no "
            "single beam centre and tilt: refine it with DIALS."
        )
    slow, fast = image.shape
    said: list[str] = []
    pixel = (pixel_size_mm, pixel_size_mm) if pixel_size_mm else image.pixel_size_mm
    distance = distance_mm or image.distance_mm
    wavelength = wavelength_angstrom or image.wavelength_angstrom
    scale_known = pixel is not None and distance is not None
    pixel = pixel or (_NOMINAL_PIXEL_MM, _NOMINAL_PIXEL_MM)
    if distance is None:
        # Any will do for a detector square to the beam, as all that depends on it is the same around the beam.
        distance = 2 * max(slow * pixel[1], fast * pixel[0])
    if not scale_known:
        said.append("pixel size or distance are not stated: the detector is taken as square to the beam")
    sensor = None if image.sensor is None or wavelength is None else _sensor(image.sensor, wavelength)
    size = np.array([fast, slow], dtype=float)
    if image.axes is not None and distance_mm is None and pixel_size_mm is None:
        axes = image.axes
        normal = np.cross(axes.fast, axes.slow)
        panel = Panel(
            axes.origin_mm, axes.fast / np.linalg.norm(axes.fast), axes.slow / np.linalg.norm(axes.slow),
            np.array(pixel), sensor, size,
        )  # fmt: skip
        if np.linalg.norm(normal) > 0:
            try:
                geometry = DetectorGeometry(panel, axes.source_direction, wavelength)
            except InputError:
                said.append("the header's axes leave the detector where the beam does not meet it: not used")
            else:
                said.append("beam centre, distance and tilt are those of the header's axes")
                return StatedGeometry(geometry, True, True, True, True, tuple(said))
    centre = image.beam_centre_px or (fast / 2, slow / 2)
    square = DetectorGeometry.of_tilt(centre, distance, pixel, size, 0, 0, wavelength, sensor)
    angle = image.two_theta_deg or 0.0
    if abs(angle) < 1e-3 or not scale_known or abs(angle) >= 80:
        if image.beam_centre_px is not None:
            said.append(f"beam centre as the header states it ({image.beam_centre_statement})")
        return StatedGeometry(square, image.beam_centre_px is not None, False, False, scale_known, tuple(said))
    said.append(
        f"the header states a two-theta of {angle:g}° and not about which axis: taken about the columns, by which the "
        "beam moves along the rows; its beam centre is taken as the foot of the normal from the sample"
    )
    return StatedGeometry(
        turned_about_sample(square, 0.0, -angle), image.beam_centre_px is not None, True, False, True, tuple(said),
        square, angle,
    )  # fmt: skip


def turned_about_sample(square: DetectorGeometry, pitch_deg: float, yaw_deg: float) -> DetectorGeometry:
    """Return a detector square to the beam turned about the sample, as by a two-theta arm.

    Its beam centre becomes the foot of the normal, its distance the distance of the plane.
    """
    pitch, yaw = np.deg2rad([pitch_deg, yaw_deg])
    foot, distance = np.array(square.normal_foot_px), square.normal_distance_mm
    # The beam meets the turned plane at distance / (b.n), off the foot by what of that lies along fast and slow.
    along = distance / (np.cos(pitch) * np.cos(yaw))
    offset = np.array([np.sin(yaw), np.sin(pitch) * np.cos(yaw)]) * along / square.pixel_size_mm
    return square.with_tilt(foot + offset, along, pitch_deg, yaw_deg)


def _sensor(sensor: Sensor, wavelength_angstrom: float) -> tuple[float, float]:
    """Linear attenuation coefficient (1/mm) and thickness (mm) of a sensor."""
    import xraylib

    energy = KEV_ANGSTROM / wavelength_angstrom
    mu = xraylib.CS_Total_CP(sensor.material, energy) * _DENSITY[sensor.material] / 10
    return float(mu), sensor.thickness_mm
