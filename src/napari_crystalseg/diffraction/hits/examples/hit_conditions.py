"""HitConditions: the beam, the detector and the crystal of simulated images of hits and misses."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ....checks import checked_number
from ....errors import InputError
from ....experiment import Detector, Panel
from ...detectors import preset_detector

ENERGIES_KEV = (6.0, 7.0, 8.0)
DISTANCES_MM = (150.0, 250.0, 350.0)


@dataclass(frozen=True)
class HitConditions:
    """What images are simulated under; by default those of a compact source, after CXLS at Arizona.

    Parameters
    ----------
    lattice : str
        One of ``LATTICE_PRESETS``: proteinase K with the cell of its file (1IC6), or the one that was printed.
    detector : str
        One of ``DETECTOR_PRESETS`` that are flat.
    binning : int
        Pixels of the detector that are summed along either side.
    energies_kev, distances_mm : tuple of float
        The sets are all pairs of them.
    photons : float
        Photons of a pulse.
    beam_um : float
        Diameter of the beam, µm.
    bandwidth : float
        Full width at half maximum of the energies, a part.
    crystal_um : float
        Side of the crystal, µm.
    water_um, air_mm, plastic_um : (float, float)
        Least and largest path through each; logarithms are drawn evenly.
    d_min_a : float
        Resolution limit of the crystal, Å.
    """

    lattice: str = "proteinase-k"
    detector: str = "eiger-4m-2069x2163"
    binning: int = 4
    energies_kev: tuple[float, ...] = ENERGIES_KEV
    distances_mm: tuple[float, ...] = DISTANCES_MM
    photons: float = 3e8
    beam_um: float = 10.0
    bandwidth: float = 0.01
    crystal_um: float = 10.0
    water_um: tuple[float, float] = (20.0, 200.0)
    air_mm: tuple[float, float] = (3.0, 40.0)
    plastic_um: tuple[float, float] = (0.1, 10.0)
    d_min_a: float = 2.4

    def __post_init__(self) -> None:
        if not 1 <= self.binning <= 16:
            raise InputError(f"Pixels are summed by 1 to 16 along a side, not by {self.binning}.")
        if not self.energies_kev or not self.distances_mm:
            raise InputError("Simulated images need an energy and a distance.")
        for name in ("photons", "beam_um", "crystal_um", "d_min_a"):
            checked_number(getattr(self, name), f"The {name} of simulated hits", 1e-6)

    @property
    def sets(self) -> tuple[tuple[float, float], ...]:
        """All pairs of energy (keV) and distance (mm)."""
        return tuple((energy, distance) for distance in self.distances_mm for energy in self.energies_kev)

    def detector_at(self, energy_kev: float, distance_mm: float) -> Detector:
        """Return the detector, its pixels summed."""
        detector = preset_detector(self.detector, distance_mm, energy_kev=energy_kev)
        return Detector(tuple(_binned(panel, self.binning) for panel in detector.panels))


def _binned(panel: Panel, number: int) -> Panel:
    if number == 1 or panel.image_size_px is None:
        return panel
    gaps = tuple(
        (left // number, top // number, -(-right // number), -(-bottom // number))
        for left, top, right, bottom in panel.gaps_px
    )
    size = np.floor(panel.image_size_px / number)
    return replace(panel, pixel_size_mm=panel.pixel_size_mm * number, image_size_px=size, gaps_px=gaps)
