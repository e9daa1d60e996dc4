"""HitExample: a crystal on a background, and the same background without it and as bright."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ....draws import log_uniform
from ....experiment import Panel
from ...background import Background, Plastic
from ...beam import DiffractionBeam
from ...crystal import DiffractingCrystal
from ...images import Camera, simulate_still
from ...lattice import Lattice
from ...structure_factors import StructureFactors, wilson_structure_factors
from .hit_conditions import HitConditions


@dataclass(frozen=True, eq=False)
class HitExample:
    """Mean photons of one shot at a crystal, from which counts are drawn at any flux.

    Parameters
    ----------
    energy_kev, distance_mm : float
        Photon energy, and distance of the detector.
    signal, background : ndarray of float32, shape (slow, fast)
        Photons of the crystal and of everything else in each pixel on average.
    spots_px : ndarray, shape (spot, 2)
        Places of the reflections on the detector, (fast, slow), pixels.
    photons : ndarray, shape (spot,)
        Photons of each on average.
    camera : Camera
        The detector.
    """

    energy_kev: float
    distance_mm: float
    signal: NDArray[np.float32]
    background: NDArray[np.float32]
    spots_px: NDArray[np.float64]
    photons: NDArray[np.float64]
    camera: Camera

    @property
    def panel(self) -> Panel:
        """The detector's panel."""
        return self.camera.detector.panels[0]

    def hit(self, seed: int, flux: float = 1.0) -> NDArray[np.int32]:
        """Draw counts with the crystal, the flux a part of the usual one, shape (slow, fast)."""
        return self._counted((self.signal + self.background) * np.float32(flux), seed)

    def miss(self, seed: int, flux: float = 1.0) -> NDArray[np.int32]:
        """Draw counts without it, of a background raised so that the image is as bright on average."""
        raised = 1 + float(self.signal.sum(dtype=float) / max(self.background.sum(dtype=float), 1e-12))
        return self._counted(self.background * np.float32(flux * raised), seed)

    def _counted(self, mean: NDArray[np.float32], seed: int) -> NDArray[np.int32]:
        return self.camera.counted((mean,), np.random.default_rng(seed))[0]


def simulate_example(
    conditions: HitConditions,
    seed: int,
    energy_kev: float | None = None,
    distance_mm: float | None = None,
    background: Background | None = None,
) -> HitExample:
    """Simulate one shot: a crystal in a random orientation, on a random background.

    Parameters
    ----------
    conditions : HitConditions
        Beam, detector and crystal.
    seed : int
        Of orientation and background, and of which of the sets where they are not given.
    energy_kev, distance_mm : float, optional
        In place of a set.
    background : Background, optional
        In place of a random one.
    """
    rng = np.random.default_rng((seed, 77))
    chosen = conditions.sets[seed % len(conditions.sets)]
    energy = chosen[0] if energy_kev is None else energy_kev
    distance = chosen[1] if distance_mm is None else distance_mm
    factors = _structure_factors(conditions.lattice, conditions.d_min_a)
    camera = _camera(conditions, energy, distance)
    # A square as large as the round beam.
    side = conditions.beam_um * np.sqrt(np.pi) / 2
    beam = DiffractionBeam(
        energy, conditions.photons, (side, side), bandwidth=conditions.bandwidth, divergence_mrad=1.0
    )
    drawn = Background(
        log_uniform(rng, *conditions.water_um),
        log_uniform(rng, *conditions.air_mm),
        (Plastic(log_uniform(rng, *conditions.plastic_um)),),
    )
    crystal = DiffractingCrystal(
        Lattice.preset(conditions.lattice).turned(seed), conditions.crystal_um**3, mosaicity_deg=0.05
    )
    image = simulate_still(
        crystal,
        factors,
        beam,
        camera,
        exposure_s=1.0,
        background=background or drawn,
        seed=seed,
        noise=False,
    )
    on = np.isfinite(image.photons)
    return HitExample(
        energy,
        distance,
        image.signal[0],
        image.background[0],
        image.reflections.position_px[on],
        image.photons[on],
        camera,
    )


@lru_cache(maxsize=8)
def _structure_factors(lattice: str, d_min_a: float) -> StructureFactors:
    return wilson_structure_factors(Lattice.preset(lattice), d_min_a)


@lru_cache(maxsize=16)
def _camera(conditions: HitConditions, energy_kev: float, distance_mm: float) -> Camera:
    return Camera(conditions.detector_at(energy_kev, distance_mm))
