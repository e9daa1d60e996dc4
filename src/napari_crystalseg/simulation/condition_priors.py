"""Condition priors: what energy, geometry, detector and its artefacts are drawn from.

The ranges are those in which long-wavelength beamlines work, widened where instruments differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..checks import checked_number, checked_probabilities, checked_range

ANGLES_A_COLUMN = (1.2, 1.6, 2.0, 2.5)
"""Projections a detector column that may be drawn."""


@dataclass(frozen=True)
class ConditionPriors:
    """Ranges and probabilities that energy, geometry, detector and its artefacts are drawn from.

    Parameters
    ----------
    photons : (float, float)
        Photons in a pixel and frame; log-uniform.
    gain_drift : (float, float)
        Relative drift of the pixels' gain between flats and scan; log-uniform.
    fresnel : float
        Most wavelength times distance over pixel area: beyond, fringes hide the sample.
    missing_wedge : float
        Probability that some of the angles are missing.
    angles : tuple of float
        Probabilities of 1.2, 1.6, 2.0 and 2.5 projections a detector column.
    energy_kev : (float, float)
        Photon energies of a long-wavelength beamline, keV.
    long_wavelength : float
        Probability of these.
    hard_energy_kev : (float, float)
        Photon energies else, keV.
    liquor_depth : (float, float)
        Energies at which half the field of liquor is not so many absorption lengths deep are drawn again.
    distance_mm : (float, float)
        From sample to detector, mm; log-uniform, and bounded by ``fresnel``.
    contact : float
        Probability of a distance of 0.
    absorption_only : float
        Probability that no fringes are formed.
    wedge_deg : (float, float)
        How much is missing then, degrees.
    angle_jitter_deg : float
        Standard deviation of the positions about equal steps, degrees.
    tilt_deg : (float, float)
        Lean of the rotation axis along the beam, degrees, either way.
    rotation_centre_px : float
        Standard deviation of the axis' place about the middle column, px.
    wobble : float
        Probability that the axis wobbles.
    wobble_px : (float, float)
        By how much, px.
    read_noise : (float, float)
        Standard deviation, counts.
    twelve_bit : float
        Probability of a detector with 12 bits instead of 16.
    psf_sigma_px, psf_tail : (float, float)
        Core of the point spread, px, and fraction of the light in its tail.
    flats : (float, float)
        Number of flat frames, whole numbers.
    flat_structure : (float, float)
        Relative standard deviation of the beam over the frame.
    flat_drift : float
        Probability that the beam moves between flats and scan.
    flat_drift_px : (float, float)
        By how much, px.
    column_gain : float
        Probability that whole columns drift.
    column_gain_drift : (float, float)
        By which fraction of the gain; log-uniform.
    dead_fraction, hot_fraction, zinger_rate : (float, float)
        Fractions of dead and of hot pixels, zingers a pixel and frame; log-uniform.
    intensity_drift : (float, float)
        Fraction of the beam lost by the end of the scan.
    harmonic : float
        Probability of a third harmonic.
    third_harmonic : (float, float)
        Its fraction of the photons; log-uniform.
    """

    photons: tuple[float, float]
    gain_drift: tuple[float, float]
    fresnel: float
    missing_wedge: float
    angles: tuple[float, float, float, float]
    energy_kev: tuple[float, float] = (2.5, 6.0)
    long_wavelength: float = 0.7
    hard_energy_kev: tuple[float, float] = (6.0, 18.0)
    liquor_depth: tuple[float, float] = (0.12, 2.5)
    distance_mm: tuple[float, float] = (2.0, 60.0)
    contact: float = 0.0
    absorption_only: float = 0.08
    wedge_deg: tuple[float, float] = (0.0, 25.0)
    angle_jitter_deg: float = 0.01
    tilt_deg: tuple[float, float] = (0.0, 0.0)
    rotation_centre_px: float = 0.5
    wobble: float = 0.3
    wobble_px: tuple[float, float] = (0.0, 0.6)
    read_noise: tuple[float, float] = (1.0, 5.0)
    twelve_bit: float = 0.0
    psf_sigma_px: tuple[float, float] = (0.4, 1.4)
    psf_tail: tuple[float, float] = (0.0, 0.06)
    flats: tuple[float, float] = (10, 30)
    flat_structure: tuple[float, float] = (0.05, 0.4)
    flat_drift: float = 0.5
    flat_drift_px: tuple[float, float] = (0.0, 2.0)
    column_gain: float = 0.1
    column_gain_drift: tuple[float, float] = (2e-4, 5e-3)
    dead_fraction: tuple[float, float] = (1e-5, 3e-4)
    hot_fraction: tuple[float, float] = (1e-5, 3e-4)
    zinger_rate: tuple[float, float] = (1e-6, 1e-4)
    intensity_drift: tuple[float, float] = (0.0, 0.03)
    harmonic: float = 0.4
    third_harmonic: tuple[float, float] = (1e-4, 2e-2)

    def __post_init__(self) -> None:
        checked: dict[str, Any] = {
            "angles": checked_probabilities(self.angles, "angles", tuple(f"{n} a column" for n in ANGLES_A_COLUMN))
        }
        probabilities = "missing_wedge long_wavelength contact absorption_only wobble twelve_bit flat_drift column_gain"
        for name in f"{probabilities} harmonic".split():
            checked[name] = checked_number(getattr(self, name), name, 0.0, 1.0)
        for name in ("fresnel", "angle_jitter_deg", "rotation_centre_px"):
            checked[name] = checked_number(getattr(self, name), name, 1e-6 if name == "fresnel" else 0.0)
        # Logarithms are drawn uniformly, or no physics is left: nothing of these is zero.
        for name in ("photons", "distance_mm", "psf_sigma_px"):
            checked[name] = checked_range(getattr(self, name), name, 1e-6)
        for name in ("energy_kev", "hard_energy_kev"):
            # The third harmonic must lie within the tables, too.
            checked[name] = checked_range(getattr(self, name), name, 1.0, 30.0)
        fractions = "gain_drift column_gain_drift dead_fraction hot_fraction zinger_rate third_harmonic"
        for name in fractions.split():
            checked[name] = checked_range(getattr(self, name), name, 1e-12, 0.99)
        for name in ("psf_tail", "flat_structure", "intensity_drift", "tilt_deg"):
            checked[name] = checked_range(getattr(self, name), name, 0.0, 0.99)
        checked["wedge_deg"] = checked_range(self.wedge_deg, "wedge_deg", 0.0, 170.0)
        checked["flats"] = checked_range(self.flats, "flats", 1.0)
        for name in ("liquor_depth", "wobble_px", "read_noise", "flat_drift_px"):
            checked[name] = checked_range(getattr(self, name), name)
        for name, value in checked.items():
            object.__setattr__(self, name, value)


TYPICAL = ConditionPriors(
    photons=(5e3, 1e5),
    gain_drift=(2e-4, 3e-3),
    fresnel=1.5,
    missing_wedge=0.02,
    angles=(0.0, 0.4, 0.35, 0.25),
)
"""Well-chosen conditions: fringes about a pixel wide."""

WIDE = ConditionPriors(
    photons=(5e2, 1e5),
    gain_drift=(2e-4, 1.5e-2),
    fresnel=9.0,
    missing_wedge=0.12,
    angles=(0.2, 0.35, 0.3, 0.15),
    column_gain_drift=(2e-4, 1.5e-2),
)
"""What a network must have seen: poorer scans."""
