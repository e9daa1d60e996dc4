"""Simulated images on the grid of the networks, each with its background, with a flat one, and as peaks alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ....draws import log_uniform, random_rotation
from ....experiment import Detector
from ....wavelength import KEV_ANGSTROM
from ...background.background import Background, random_background
from ...beam import DiffractionBeam
from ...crystal import DiffractingCrystal
from ...detectors import preset_detector
from ...images import BeamStop, Camera, simulate_still
from ...lattice import Lattice
from ...structure_factors import StructureFactors, wilson_structure_factors
from ..detector_geometry import DetectorGeometry
from .network_image import GRID, standardised

LARGEST_TILT_DEG = 3.0
_DETECTORS = ("eiger-4m", "eiger-9m", "pilatus-6m", "pilatus-2m", "eiger-16m")
_LATTICES = ("thermolysin", "thaumatin", "lysozyme", "insulin", "proteinase-k")
_D_MIN = 2.6
_WINDOW = 0.22


@dataclass(frozen=True, eq=False)
class TrainingImage:
    """One simulated image on the grid, with its true geometry.

    Parameters
    ----------
    counts, flat, peaks : ndarray of float32, shape (rows, columns)
        Counts of cells: as they are; with a background that is the same everywhere, of as many photons; 1 where
        there is a peak and 0 elsewhere.
    mask : ndarray of bool, shape (rows, columns)
        True outside the detector and where nothing is measured.
    geometry : DetectorGeometry
        In cells of the grid.
    """

    counts: NDArray[np.float32]
    flat: NDArray[np.float32]
    peaks: NDArray[np.float32]
    mask: NDArray[np.bool_]
    geometry: DetectorGeometry

    def values(self, kind: str = "counts") -> NDArray[np.float32]:
        """What a network is shown of it, shape (grid, grid); ``kind`` is counts, flat or peaks."""
        rows, columns = self.mask.shape
        total, number = np.zeros((GRID, GRID), np.float32), np.zeros((GRID, GRID), np.float32)
        top, left = self._corner()
        total[top : top + rows, left : left + columns] = np.where(self.mask, 0, getattr(self, kind))
        number[top : top + rows, left : left + columns] = ~self.mask
        return standardised(total, number)

    def _corner(self) -> tuple[int, int]:
        rows, columns = self.mask.shape
        return (GRID - rows) // 2, (GRID - columns) // 2

    @property
    def centre(self) -> NDArray[np.float64]:
        """Beam centre on the grid in half widths from its middle, (fast, slow)."""
        top, left = self._corner()
        return np.asarray((np.array(self.geometry.beam_centre_px) + np.array([left, top])) / (GRID / 2) - 1)

    @property
    def tilt(self) -> NDArray[np.float64]:
        """(Pitch, yaw) in parts of the largest tilt."""
        return np.array([self.geometry.pitch_deg, self.geometry.yaw_deg]) / LARGEST_TILT_DEG


def training_image(seed: int) -> TrainingImage:
    """Draw and simulate one image: detector, distance, energy, tilt, centre, crystal, background, exposure.

    Parameters
    ----------
    seed : int
        Of everything random.
    """
    rng = np.random.default_rng((seed, 2718))
    name = str(rng.choice(_DETECTORS))
    energy = float(rng.uniform(6.0, 17.0))
    panel = preset_detector(name, energy_kev=energy).panels[0]
    assert panel.image_size_px is not None
    size_mm = panel.image_size_px * panel.pixel_size_mm
    cell = float(size_mm.max()) / GRID
    shape = np.minimum(np.round(size_mm / cell), GRID)
    # As far as protein crystals are usually measured: the edge at 1.5 to 5 Å.
    wavelength = KEV_ANGSTROM / energy
    edge = 2 * np.arcsin(min(wavelength / (2 * log_uniform(rng, 1.5, 5.0)), 0.6))
    distance = float(np.clip(size_mm.max() / 2 / np.tan(edge), 60, 900))
    # As often near the middle as anywhere in a window about it.
    window = _WINDOW if rng.random() < 0.75 else 0.03
    centre = shape * (0.5 + rng.uniform(-window, window, 2))
    pitch, yaw = rng.uniform(-LARGEST_TILT_DEG, LARGEST_TILT_DEG, 2)
    geometry = DetectorGeometry.of_tilt(centre, distance, cell, shape, pitch, yaw, wavelength, panel.sensor)
    beam = DiffractionBeam(
        energy,
        flux_per_s=log_uniform(rng, 1e10, 1e12),
        bandwidth=1.4e-4 if rng.random() < 0.8 else 0.01,
        polarisation_fraction=float(rng.choice([0.5, 0.99])),
    )
    stop = BeamStop(
        float(rng.uniform(0.2, 1.0)),
        float(rng.uniform(15, 45)),
        float(rng.uniform(0, 0.5)),
        float(rng.uniform(0, 360)),
        float(rng.uniform(0, 0.8)),
    )
    camera = Camera(Detector((geometry.panel,)), stop if rng.random() < 0.85 else None, hot_part=0, dead_part=0)
    crystal, factors = _crystal(str(rng.choice(_LATTICES)), rng) if rng.random() < 0.9 else (None, None)
    background: Background = random_background(seed)
    simulated = simulate_still(
        crystal, factors, beam, camera, exposure_s=log_uniform(rng, 0.01, 1.0), background=background, seed=seed
    )
    counts, signal, diffuse = simulated.counts[0], simulated.signal[0], simulated.background[0]
    mask = counts < 0
    if rng.random() < 0.7:
        mask = mask | _gaps(panel.gaps_px, panel.image_size_px, mask.shape)
    even = np.full_like(diffuse, max(float(diffuse[~mask].mean()), 0.05))
    peaks = signal > np.maximum(4 * np.sqrt(even), 4)
    return TrainingImage(
        counts.astype(np.float32),
        rng.poisson(even + signal).astype(np.float32),
        peaks.astype(np.float32),
        mask,
        geometry,
    )


def _crystal(name: str, rng: np.random.Generator) -> tuple[DiffractingCrystal, StructureFactors]:
    known, factors = _known(name)
    lattice = Lattice(known.cell, known.space_group, random_rotation(rng).as_matrix(), known.residues)
    return (
        DiffractingCrystal(lattice, log_uniform(rng, 1e3, 3e5), float(rng.uniform(0.02, 0.5))),
        factors,
    )


@cache
def _known(name: str) -> tuple[Lattice, StructureFactors]:
    lattice = Lattice.preset(name)
    return lattice, wilson_structure_factors(lattice, _D_MIN, seed=1)


def _gaps(
    gaps: tuple[tuple[int, int, int, int], ...], size: NDArray[np.float64], shape: tuple[int, int]
) -> NDArray[np.bool_]:
    """Cells that lie mostly in gaps between modules."""
    covered = np.zeros(shape)
    scale = np.array([shape[1] / size[0], shape[0] / size[1]])
    rows, columns = np.arange(shape[0]), np.arange(shape[1])
    for left, top, right, bottom in gaps:
        across = np.clip(np.minimum(columns + 1, right * scale[0]) - np.maximum(columns, left * scale[0]), 0, 1)
        down = np.clip(np.minimum(rows + 1, bottom * scale[1]) - np.maximum(rows, top * scale[1]), 0, 1)
        covered += down[:, np.newaxis] * across
    return covered > 0.7
