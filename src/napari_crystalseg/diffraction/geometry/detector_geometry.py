"""DetectorGeometry: one flat detector and the beam, with the tilt told about two points."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError
from ...experiment import Panel

LARGEST_TILT_DEG = 85.0


@dataclass(frozen=True, eq=False)
class DetectorGeometry:
    """A flat detector in the beam: where the beam meets its plane, how far away, and how the plane leans.

    Parameters
    ----------
    panel : Panel
        The detector in the laboratory frame of DIALS, the sample at the origin.
    source_direction : ndarray, shape (3,)
        Unit vector from the sample to the source; the beam travels the other way.
    wavelength_angstrom : float or None
        Wavelength, Å; None where nobody knows it.

    Raises
    ------
    InputError
        The beam does not meet the plane of the detector in front of the sample, or all but along it.

    Notes
    -----
    The tilt is the pair (pitch, yaw) about the point where the beam meets the plane: the detector is first square to
    the beam, with its rows along e1 and its columns along e2, and b is the direction of the beam. Then

        fast =  cos(yaw) e1 + sin(yaw) b
        slow = -sin(pitch) sin(yaw) e1 + cos(pitch) e2 + sin(pitch) cos(yaw) b

    so a positive yaw takes the ends of the rows away from the sample, a positive pitch the ends of the columns. With e1
    along X, e2 along -Y and b along -Z this is a turn by the pitch about X and then by the yaw about Y. A turn about
    the beam (roll) changes no ring and is not part of it.

    The same plane may be said to be turned about the sample instead, as by a two-theta arm: then the point where the
    beam met it before it was turned is the foot of the normal from the sample, :attr:`normal_foot_px`, and its distance
    then is :attr:`normal_distance_mm`. pyFAI's point of normal incidence is that foot, too.
    """

    panel: Panel
    source_direction: NDArray[np.float64]
    wavelength_angstrom: float | None = None

    def __post_init__(self) -> None:
        source = np.asarray(self.source_direction, dtype=float).reshape(3)
        object.__setattr__(self, "source_direction", source / np.linalg.norm(source))
        cosine = abs(float(self.beam @ self.normal))
        if cosine < np.cos(np.deg2rad(LARGEST_TILT_DEG)):
            raise InputError("The beam runs along the detector, which cannot be used.")
        if float(self.panel.origin_mm @ self.normal) * float(self.beam @ self.normal) <= 0:
            raise InputError("The detector lies behind the sample, where the beam does not meet it.")

    @classmethod
    def of_tilt(
        cls,
        beam_centre_px: ArrayLike,
        distance_mm: float,
        pixel_size_mm: ArrayLike,
        image_size_px: ArrayLike,
        pitch_deg: float = 0.0,
        yaw_deg: float = 0.0,
        wavelength_angstrom: float | None = None,
        sensor: tuple[float, float] | None = None,
    ) -> DetectorGeometry:
        """Return the detector in the beam along -Z, with its rows along +X and its columns along -Y before the tilt.

        Parameters
        ----------
        beam_centre_px : (float, float)
            Where the beam meets the plane, (fast, slow), the centre of the first pixel at (0.5, 0.5).
        distance_mm : float
            From the sample to that point.
        pixel_size_mm, image_size_px : (2,)
            Along (fast, slow).
        pitch_deg, yaw_deg : float
            Tilt about that point.
        wavelength_angstrom : float, optional
            Wavelength, Å.
        sensor : (float, float), optional
            Linear attenuation coefficient (1/mm) and thickness (mm) of the sensor.

        Raises
        ------
        InputError
            A distance or a pixel size that is not positive, or a tilt of 85° and more.
        """
        pixel = np.broadcast_to(np.asarray(pixel_size_mm, dtype=float), 2).copy()
        numbers = np.array([*np.asarray(beam_centre_px, dtype=float).reshape(2), distance_mm, pitch_deg, yaw_deg])
        if not np.isfinite(numbers).all() or distance_mm <= 0 or (pixel <= 0).any():
            raise InputError("A detector needs a finite beam centre and tilt, and a positive distance and pixel size.")
        panel = Panel(
            np.array([0.0, 0.0, -1.0]), np.array([1.0, 0, 0]), np.array([0, -1.0, 0]), pixel, sensor,
            np.asarray(image_size_px, dtype=float),
        )  # fmt: skip
        square = cls(panel, np.array([0.0, 0.0, 1.0]), wavelength_angstrom)
        return square.with_tilt(beam_centre_px, distance_mm, pitch_deg, yaw_deg)

    @property
    def beam(self) -> NDArray[np.float64]:
        """Unit vector along which the beam travels."""
        return -self.source_direction

    @property
    def normal(self) -> NDArray[np.float64]:
        """Unit vector normal to the detector: fast × slow."""
        return np.cross(self.panel.fast, self.panel.slow)

    @property
    def normal_distance_mm(self) -> float:
        """Distance from the sample to the plane of the detector."""
        return abs(float(self.panel.origin_mm @ self.normal))

    @property
    def distance_mm(self) -> float:
        """Distance from the sample to where the beam meets the plane."""
        return self.normal_distance_mm / abs(float(self.beam @ self.normal))

    @property
    def beam_centre_px(self) -> tuple[float, float]:
        """Where the beam meets the plane of the detector, (fast, slow), on the detector or beside it."""
        return self._pixel_of(self.beam * self.distance_mm)

    @property
    def normal_foot_px(self) -> tuple[float, float]:
        """Foot of the normal from the sample, (fast, slow)."""
        return self._pixel_of(self.normal * float(self.panel.origin_mm @ self.normal))

    @property
    def yaw_deg(self) -> float:
        """Yaw about the point where the beam meets the detector; positive: the ends of the rows move away."""
        return float(np.degrees(np.arcsin(np.clip(self.panel.fast @ self.beam, -1, 1))))

    @property
    def pitch_deg(self) -> float:
        """Pitch about the same point; positive: the ends of the columns move away."""
        sine = float(self.panel.slow @ self.beam) / np.cos(np.deg2rad(self.yaw_deg))
        return float(np.degrees(np.arcsin(np.clip(sine, -1, 1))))

    @property
    def tilt_deg(self) -> float:
        """Angle between the beam and the normal of the detector."""
        return float(np.degrees(np.arccos(np.clip(abs(self.beam @ self.normal), -1, 1))))

    @property
    def pixel_size_mm(self) -> NDArray[np.float64]:
        """Size of a pixel along (fast, slow)."""
        return self.panel.pixel_size_mm

    def with_centre(self, beam_centre_px: ArrayLike) -> DetectorGeometry:
        """Return the detector slid within its plane so that the beam meets it elsewhere."""
        centre = np.asarray(beam_centre_px, dtype=float) * self.pixel_size_mm
        origin = self.beam * self.distance_mm - centre[0] * self.panel.fast - centre[1] * self.panel.slow
        return replace(self, panel=replace(self.panel, origin_mm=origin))

    def with_tilt(
        self, beam_centre_px: ArrayLike, distance_mm: float, pitch_deg: float, yaw_deg: float
    ) -> DetectorGeometry:
        """Return the detector with another tilt about another point of the beam, without a turn about the beam."""
        across, down = self.square_axes
        pitch, yaw = np.deg2rad([pitch_deg, yaw_deg])
        beam = self.beam
        fast = np.cos(yaw) * across + np.sin(yaw) * beam
        slow = -np.sin(pitch) * np.sin(yaw) * across + np.cos(pitch) * down + np.sin(pitch) * np.cos(yaw) * beam
        centre = np.asarray(beam_centre_px, dtype=float) * self.pixel_size_mm
        origin = beam * distance_mm - centre[0] * fast - centre[1] * slow
        return replace(self, panel=replace(self.panel, origin_mm=origin, fast=fast, slow=slow))

    def directions(self, position_px: ArrayLike) -> NDArray[np.float64]:
        """Return pixels (n, 2) as vectors from the sample, mm, shape (n, 3), less the parallax of the sensor."""
        return self.panel.laboratory_mm(self.panel.to_mm(np.asarray(position_px, dtype=float).reshape(-1, 2)))

    def two_theta_rad(self, position_px: ArrayLike) -> NDArray[np.float64]:
        """Return the scattering angle of pixels (n, 2) along (fast, slow), radians, shape (n,)."""
        vectors = self.directions(position_px)
        along = vectors @ self.beam
        return np.asarray(np.arctan2(np.sqrt(np.maximum((vectors**2).sum(1) - along**2, 0)), along))

    def resolution_angstrom(self, position_px: ArrayLike) -> NDArray[np.float64]:
        """Return d = wavelength / (2 sin theta) of pixels (n, 2), Å.

        Raises
        ------
        InputError
            The wavelength is not known.
        """
        if self.wavelength_angstrom is None:
            raise InputError("Resolutions need the wavelength, which the image does not state.")
        with np.errstate(divide="ignore"):
            return self.wavelength_angstrom / (2 * np.sin(self.two_theta_rad(position_px) / 2))

    def ring_px(self, two_theta_rad: float, points: int = 180) -> NDArray[np.float64]:
        """Return where a cone about the beam meets the plane of the detector, (points, 2); NaN where it does not."""
        across, down = self.square_axes
        angle = np.linspace(0, 2 * np.pi, points, endpoint=False)[:, np.newaxis]
        rays = np.cos(two_theta_rad) * self.beam + np.sin(two_theta_rad) * (
            np.cos(angle) * across + np.sin(angle) * down
        )
        toward = rays @ self.normal * np.sign(self.beam @ self.normal)
        with np.errstate(divide="ignore", invalid="ignore"):
            length = np.where(toward > 1e-6, self.normal_distance_mm / toward, np.nan)
        place = rays * length[:, np.newaxis] - self.panel.origin_mm
        return np.column_stack([place @ self.panel.fast, place @ self.panel.slow]) / self.pixel_size_mm

    def on_square_plane_mm(self, position_px: ArrayLike) -> NDArray[np.float64]:
        """Return where the rays to pixels (n, 2) meet a plane square to the beam, at the distance of the beam's own
        point on the detector, mm from that point along its rows and columns; NaN for rays that do not meet it.
        """
        vectors = self.directions(position_px)
        along = vectors @ self.beam
        with np.errstate(divide="ignore", invalid="ignore"):
            scaled = vectors * np.where(along > 0, self.distance_mm / along, np.nan)[:, np.newaxis]
        return np.column_stack([scaled @ axis for axis in self.square_axes])

    def pixel_on_square_plane(self, place_mm: ArrayLike) -> NDArray[np.float64]:
        """Return the pixel (2,) that is seen at a place (2,) of that plane."""
        across, down = self.square_axes
        place = np.asarray(place_mm, dtype=float)
        ray = self.distance_mm * self.beam + place[0] * across + place[1] * down
        ray = ray * float(self.panel.origin_mm @ self.normal) / float(ray @ self.normal)
        return np.array(self._pixel_of(ray))

    @property
    def square_axes(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Rows and columns of the detector before its tilt: unit vectors square to the beam."""
        pitch, yaw = np.deg2rad([self.pitch_deg, self.yaw_deg])
        across = (self.panel.fast - np.sin(yaw) * self.beam) / np.cos(yaw)
        down = self.panel.slow + np.sin(pitch) * np.sin(yaw) * across - np.sin(pitch) * np.cos(yaw) * self.beam
        return across / np.linalg.norm(across), down / np.linalg.norm(down)

    def _pixel_of(self, place_mm: NDArray[np.float64]) -> tuple[float, float]:
        offset = place_mm - self.panel.origin_mm
        size = self.pixel_size_mm
        return float(offset @ self.panel.fast / size[0]), float(offset @ self.panel.slow / size[1])
