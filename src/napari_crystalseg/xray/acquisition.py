"""Acquisition: how a scan is taken."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..checks import read_only
from ..errors import InputError
from .beam import IncidentBeam
from .detector import DetectorResponse
from .motion import Motion
from .optics import Optics

HALF_FULL_SCALE = 30000.0
PROPAGATIONS = ("auto", "absorption", "multislice")
# Beyond, the cosines that small-angle formulas leave out would show in a large detector.
LARGEST_TILT_DEG = 1.0


def check_propagation(propagation: str, slices: int | None) -> None:
    """Refuse ways of propagation that there are not; see :class:`Acquisition`."""
    if propagation not in PROPAGATIONS:
        raise InputError(f"propagation must be one of {', '.join(PROPAGATIONS)}, not {propagation!r}.")
    if slices is not None and (int(slices) != slices or slices < 1):
        raise InputError(f"The number of slices must be a whole number from 1, not {slices}.")
    if slices is None and propagation == "multislice":
        raise InputError("Multislice propagation needs a number of slices.")
    if slices is not None and propagation == "absorption":
        raise InputError("Absorption alone has no slices; leave out their number.")


@dataclass(frozen=True, eq=False)
class Acquisition:
    """Settings and imperfections of a scan.

    Parameters
    ----------
    energy_kev : float
        Photon energy, keV.
    distance_mm : float
        From sample to detector, mm; 0 is a contact image.
    pixel_size_um : float
        Detector pixel at the sample, µm.
    angles_deg : array_like, shape (angle,)
        Nominal rotation angles, degrees.
    photons : float
        Mean photons in a pixel and frame without sample.
    counts_per_photon : float, optional
        Gain of the detector; by default 1, or less where the beam would fill more than half of the bits.
    read_noise : float
        Standard deviation of the read noise, counts.
    psf_sigma_px, psf_tail : float
        Core of the point spread (standard deviation, px) and fraction of the light in its wide tail.
    flats, darks : int
        Number of frames with beam and no sample, and without beam.
    flat_structure : float
        Relative standard deviation of the beam over the frame.
    flat_drift_px : float
        How far the beam has moved at the end of the scan, px; flats are taken at its start.
    gain_spread : float
        Relative standard deviation of the pixels' gain, the same in flats and projections.
    gain_drift, column_gain_drift : float
        Relative change of each pixel's, each column's gain between flats and projections: the source of rings.
    dead_fraction, hot_fraction : float
        Fractions of pixels that see nothing, or show counts always.
    zinger_rate : float
        Probability of a zinger, a pixel and frame.
    rotation_centre_offset_px : float
        Where the rotation axis falls, columns from the middle of the detector.
    wobble_px : float
        Root mean square run-out of the axis along rows and columns, px.
    angle_jitter_deg : float
        Standard deviation of the true angles about the nominal ones.
    intensity_drift : float
        Fraction of the beam lost from the start to the end of the scan.
    third_harmonic : float
        Fraction of the photons that have three times the energy; they are attenuated, but make no fringes.
    propagation : {"auto", "absorption", "multislice"}
        ``"auto"`` forms fringes, with as many symmetric slices as the sampling rules ask for, mostly one;
        ``"absorption"`` attenuates by Beer and Lambert and forms none; ``"multislice"`` is the plain recursion
        u_i = F⁻¹{P F[u_{i−1} T_i]} with ``slices`` slices.
    slices : int, optional
        Number of slices; chosen by default, and needed with ``"multislice"``.
    finest_supersampling : int
        Bound on how much finer than the labels the wave field may be sampled to keep phase steps below π: 1, 2, 4 or 8.
    source_sigma_um : (float, float)
        Standard deviation of the source along rows' axis (the rotation axis) and across it, µm. The image of a point
        spreads by that times ``distance_mm`` over ``source_distance_m``.
    source_distance_m : float
        From source to sample, m.
    bits : int
        Bits that the detector counts with, 8 to 16; what exceeds them saturates.
    tilt_deg : float
        Tilt of the rotation axis along the beam: what is nearer to the source by v is seen v sin(tilt) rows further.
    roll_deg : float
        Turn of the rotation axis in the plane of the detector: rows further along it are seen further across.
    drift_px : (float, float)
        How far the sample has moved along rows and columns at the end of the scan, px.
    shrinkage : float
        Fraction of its length in each direction that the sample has lost to radiation at the end of the scan; it
        shrinks about the middle of the volume, and keeps its density.
    field_px : (int, int), optional
        Rows and columns of a detector that sees only the middle of what the labels cover; by default all of it. What
        lies outside still casts its shadow and its fringes.

    Raises
    ------
    InputError
        A parameter outside its range.
    """

    energy_kev: float
    distance_mm: float
    pixel_size_um: float
    angles_deg: ArrayLike
    photons: float = 1e4
    counts_per_photon: float | None = None
    read_noise: float = 2.0
    psf_sigma_px: float = 0.8
    psf_tail: float = 0.02
    flats: int = 10
    darks: int = 5
    flat_structure: float = 0.1
    flat_drift_px: float = 0.0
    gain_spread: float = 0.02
    gain_drift: float = 0.002
    column_gain_drift: float = 0.0
    dead_fraction: float = 0.0
    hot_fraction: float = 0.0
    zinger_rate: float = 0.0
    rotation_centre_offset_px: float = 0.0
    wobble_px: float = 0.0
    angle_jitter_deg: float = 0.0
    intensity_drift: float = 0.0
    third_harmonic: float = 0.0
    propagation: str = "auto"
    slices: int | None = None
    finest_supersampling: int = 4
    source_sigma_um: tuple[float, float] = (0.0, 0.0)
    source_distance_m: float = 40.0
    bits: int = 16
    tilt_deg: float = 0.0
    roll_deg: float = 0.0
    drift_px: tuple[float, float] = (0.0, 0.0)
    shrinkage: float = 0.0
    field_px: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        angles = np.atleast_1d(np.asarray(self.angles_deg, dtype=np.float64))
        if angles.ndim != 1 or angles.size == 0 or not np.isfinite(angles).all():
            raise InputError("The angles must be a list of finite numbers in degrees, with at least one.")
        object.__setattr__(self, "angles_deg", read_only(angles))
        for name in ("energy_kev", "pixel_size_um", "photons", "counts_per_photon", "source_distance_m"):
            value = getattr(self, name)
            if value is not None and not (np.isfinite(value) and value > 0):
                raise InputError(f"{name} must be positive and finite, not {value}.")
        signed = {"rotation_centre_offset_px", "flat_drift_px", "intensity_drift", "tilt_deg", "roll_deg"}
        below_one = {"psf_tail", "dead_fraction", "hot_fraction", "zinger_rate", "third_harmonic", "intensity_drift"}
        below_one |= {"shrinkage"}
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, int | float | np.integer | np.floating) or isinstance(value, bool):
                continue
            if not np.isfinite(value) or (value < 0 and field.name not in signed):
                raise InputError(f"{field.name} must be finite and not negative, not {value}.")
            if value >= 1 and field.name in below_one:
                raise InputError(f"{field.name} is a fraction below 1, not {value}.")
        for name in ("flats", "darks"):
            if int(getattr(self, name)) != getattr(self, name) or getattr(self, name) < 1:
                raise InputError(f"At least one frame of {name} is needed, not {getattr(self, name)}.")
        if self.finest_supersampling not in (1, 2, 4, 8):
            raise InputError(f"finest_supersampling must be 1, 2, 4 or 8, not {self.finest_supersampling}.")
        check_propagation(self.propagation, self.slices)
        self._check_pairs()
        if self.bits not in range(8, 17):
            raise InputError(f"The detector counts with 8 to 16 bits, not {self.bits}.")
        # Numbers are counted with: 3.0 slices are 3.
        for name in ("flats", "darks", "slices", "bits", "finest_supersampling"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, int(getattr(self, name)))
        for name in ("tilt_deg", "roll_deg"):
            if abs(getattr(self, name)) > LARGEST_TILT_DEG:
                raise InputError(
                    f"{name} is treated as small: at most {LARGEST_TILT_DEG}°, not {getattr(self, name)}°."
                )

    def _check_pairs(self) -> None:
        for name, least in (("source_sigma_um", 0.0), ("drift_px", -np.inf), ("field_px", 1)):
            pair = getattr(self, name)
            if pair is None:
                continue
            if len(pair) != 2 or not np.isfinite(pair).all() or min(pair) < least:
                raise InputError(f"{name} needs two values (along rows' axis, across it) in range, not {pair}.")
            kind = int if name == "field_px" else float
            object.__setattr__(self, name, tuple(kind(value) for value in pair))

    @property
    def angles(self) -> NDArray[np.float64]:
        """Nominal angles as an array, degrees."""
        return np.asarray(self.angles_deg)

    @property
    def gain(self) -> float:
        """Counts a photon."""
        if self.counts_per_photon is not None:
            return self.counts_per_photon
        return min(1.0, HALF_FULL_SCALE * 2.0 ** (self.bits - 16) / self.photons)

    @property
    def optics(self) -> Optics:
        """What forms the wave at the detector."""
        return Optics(**self._values_of(Optics))

    @property
    def motion(self) -> Motion:
        """How the sample turns, and how it strays from that."""
        return Motion(**self._values_of(Motion) | {"angles_deg": self.angles})

    @property
    def incident_beam(self) -> IncidentBeam:
        """The beam before the sample."""
        return IncidentBeam(**self._values_of(IncidentBeam))

    @property
    def detector_response(self) -> DetectorResponse:
        """What the detector makes of light."""
        return DetectorResponse(**self._values_of(DetectorResponse))

    def _values_of(self, part: Any) -> dict[str, Any]:
        """Values of a part, whose fields have the names that they have here."""
        return {field.name: getattr(self, field.name) for field in fields(part)}

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as JSON-ready values; of the angles their number, first and last."""
        settings: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == "angles_deg":
                settings["angles"] = len(self.angles)
                settings["first_angle_deg"], settings["last_angle_deg"] = float(value[0]), float(value[-1])
            elif isinstance(value, tuple):
                settings[field.name] = list(value)
            elif value is None:
                settings[field.name] = None
            else:
                settings[field.name] = value.item() if isinstance(value, np.generic) else value
        return settings
