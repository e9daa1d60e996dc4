"""Optics: from the source through the sample to the detector."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Optics:
    """What forms the wave at the detector; a part of :class:`.acquisition.Acquisition`, which checks and explains it.

    Parameters
    ----------
    energy_kev : float
        Photon energy, keV.
    distance_mm : float
        From sample to detector, mm.
    pixel_size_um : float
        Detector pixel at the sample, µm.
    third_harmonic : float
        Fraction of the photons that have three times the energy.
    propagation, slices : str, int or None
        How the wave is propagated.
    finest_supersampling : int
        Bound on how much finer than the labels the wave field may be sampled.
    source_sigma_um : (float, float)
        Standard deviation of the source along rows' axis and across it, µm.
    source_distance_m : float
        From source to sample, m.
    """

    energy_kev: float
    distance_mm: float
    pixel_size_um: float
    third_harmonic: float
    propagation: str
    slices: int | None
    finest_supersampling: int
    source_sigma_um: tuple[float, float]
    source_distance_m: float

    @property
    def source_blur_px(self) -> tuple[float, float]:
        """Standard deviation s·z2/z1 of the source's image along rows and columns, detector pixels."""
        scale = 1e-3 * self.distance_mm / self.source_distance_m / self.pixel_size_um
        return self.source_sigma_um[0] * scale, self.source_sigma_um[1] * scale
