"""Acquisition: how a scan is taken."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..checks import read_only
from ..errors import InputError

HALF_FULL_SCALE = 30000.0


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
        Gain of the detector; by default 1, or less where the beam would fill more than half of the 16 bits.
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
        Probability of a stray hit, a pixel and frame.
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
    propagate : bool
        Whether fringes form on the way to the detector; otherwise the sample only attenuates.
    finest_supersampling : int
        Bound on how much finer than the labels the wave field may be sampled to keep phase steps below π: 1, 2 or 4.

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
    propagate: bool = True
    finest_supersampling: int = 4

    def __post_init__(self) -> None:
        angles = np.atleast_1d(np.asarray(self.angles_deg, dtype=np.float64))
        if angles.ndim != 1 or angles.size == 0 or not np.isfinite(angles).all():
            raise InputError("The angles must be a list of finite numbers in degrees, with at least one.")
        object.__setattr__(self, "angles_deg", read_only(angles))
        for name in ("energy_kev", "pixel_size_um", "photons", "counts_per_photon"):
            value = getattr(self, name)
            if value is not None and not (np.isfinite(value) and value > 0):
                raise InputError(f"{name} must be positive and finite, not {value}.")
        signed = {"rotation_centre_offset_px", "flat_drift_px", "intensity_drift"}
        below_one = {"psf_tail", "dead_fraction", "hot_fraction", "zinger_rate", "third_harmonic", "intensity_drift"}
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, int | float) or isinstance(value, bool):
                continue
            if not np.isfinite(value) or (value < 0 and field.name not in signed):
                raise InputError(f"{field.name} must be finite and not negative, not {value}.")
            if value >= 1 and field.name in below_one:
                raise InputError(f"{field.name} is a fraction below 1, not {value}.")
        for name in ("flats", "darks"):
            if int(getattr(self, name)) != getattr(self, name) or getattr(self, name) < 1:
                raise InputError(f"At least one frame of {name} is needed, not {getattr(self, name)}.")
        if self.finest_supersampling not in (1, 2, 4):
            raise InputError(f"finest_supersampling must be 1, 2 or 4, not {self.finest_supersampling}.")

    @property
    def angles(self) -> NDArray[np.float64]:
        """Nominal angles as an array, degrees."""
        return np.asarray(self.angles_deg)

    @property
    def gain(self) -> float:
        """Counts a photon."""
        return min(1.0, HALF_FULL_SCALE / self.photons) if self.counts_per_photon is None else self.counts_per_photon

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as JSON-ready values; of the angles their number, first and last."""
        settings: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == "angles_deg":
                settings["angles"] = len(self.angles)
                settings["first_angle_deg"], settings["last_angle_deg"] = float(value[0]), float(value[-1])
            elif isinstance(value, bool | None):
                settings[field.name] = value
            else:
                settings[field.name] = value.item() if isinstance(value, np.generic) else value
        return settings
