"""Background: what the beam meets besides the crystal, and the photons that it scatters into each pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...checks import checked_number
from ...draws import log_uniform
from ...errors import InputError
from ...experiment import Detector, Panel
from ..beam import DiffractionBeam
from ..electron_radius import ELECTRON_RADIUS_ANGSTROM
from .curves import air, polymer, water

_AVOGADRO = 6.02214076e23
_STEP_PX = 8

# Density, g/cm³, and molar mass, g/mol, of what scatters.
_WATER, _AIR, _PLASTIC = (1.0, 18.015), (1.2e-3, 28.01), (1.1, 14.027)


@dataclass(frozen=True)
class Plastic:
    """A film or a loop of plastic in the beam.

    Parameters
    ----------
    thickness_um : float
        Along the beam, µm.
    peaks : tuple of (float, float, float)
        Position (1/Å), height (electrons squared a CH2 group) and standard deviation (1/Å) of its halos and rings.

    Raises
    ------
    InputError
        A thickness or a peak that is negative.
    """

    thickness_um: float
    peaks: tuple[tuple[float, float, float], ...] = ((1.35, 60.0, 0.15), (2.9, 12.0, 0.4))

    def __post_init__(self) -> None:
        checked_number(self.thickness_um, "The thickness of the plastic, µm,", 0.0, 1e6)
        for peak in self.peaks:
            if len(peak) != 3 or not all(np.isfinite(v) and v > 0 for v in peak):
                raise InputError("Each peak of a plastic is a position, a height and a width above zero.")


@dataclass(frozen=True)
class Background:
    """What scatters besides the crystal.

    Parameters
    ----------
    water_um : float
        Liquor along the beam, as water, µm.
    air_mm : float
        Air from the collimator to the beam stop, mm; all of it is taken to scatter at the sample.
    plastics : tuple of Plastic
        Films, loops and meshes.
    scale : float
        By what all of it is multiplied, without unit.

    Raises
    ------
    InputError
        A number that is negative.
    """

    water_um: float = 50.0
    air_mm: float = 20.0
    plastics: tuple[Plastic, ...] = (Plastic(5.0),)
    scale: float = 1.0

    def __post_init__(self) -> None:
        checked_number(self.water_um, "The path through water, µm,", 0.0, 1e6)
        checked_number(self.air_mm, "The path through air, mm,", 0.0, 1e5)
        checked_number(self.scale, "The scale of the background", 0.0, 1e6)

    def scattered(self, q: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what is scattered by all of it, as a part of the photons of the beam, a steradian, unpolarised by P.

        Parameters
        ----------
        q : ndarray, any shape
            Scattering vector, 1/Å.

        Returns
        -------
        ndarray of float64, shape of ``q``
            r_e² (rho N_A / M) t F²(q) summed over what there is, 1/sr.
        """
        total = _molecules(*_WATER, self.water_um) * water(q) + _molecules(*_AIR, 1e3 * self.air_mm) * air(q)
        for plastic in self.plastics:
            total = total + _molecules(*_PLASTIC, plastic.thickness_um) * polymer(q, plastic.peaks)
        result: NDArray[np.float64] = self.scale * (ELECTRON_RADIUS_ANGSTROM * 1e-8) ** 2 * total
        return result

    def photons(self, detector: Detector, beam: DiffractionBeam, exposure_s: float) -> tuple[NDArray[np.float32], ...]:
        """Return the photons that each pixel stops in an exposure, on average.

        Parameters
        ----------
        detector : Detector
            Its panels, with their sizes.
        beam : DiffractionBeam
            Flux, wavelength, direction and polarisation.
        exposure_s : float
            Exposure, s.

        Returns
        -------
        tuple of ndarray of float32, shape (slow, fast)
            One for each panel. Between points eight pixels apart it is interpolated.
        """
        count = beam.flux_per_s * exposure_s
        return tuple(count * self._panel(panel, beam) for panel in detector.panels)

    def _panel(self, panel: Panel, beam: DiffractionBeam) -> NDArray[np.float32]:
        shape = panel.shape
        nodes = [_nodes(length) for length in shape]
        slow, fast = np.meshgrid(*nodes, indexing="ij")
        place = np.column_stack([fast.ravel(), slow.ravel()]) * panel.pixel_size_mm
        points = panel.laboratory_mm(place)
        distance = np.linalg.norm(points, axis=1)
        beams = points / distance[:, np.newaxis]
        cosine = np.clip(-beams @ np.array(beam.source_direction), -1, 1)
        q = 4 * np.pi / beam.wavelength_angstrom * np.sqrt((1 - cosine) / 2)
        solid_angle = panel.pixel_size_mm.prod() * np.abs(beams @ panel.normal) / distance**2
        values = (self.scattered(q) * beam.polarisation(beams) * solid_angle * panel.absorbed_fraction(beams)).reshape(
            slow.shape
        )
        return _between(values.astype(np.float32), nodes, shape)


def random_background(seed: int, *, scale: tuple[float, float] = (0.1, 2.0)) -> Background:
    """Draw a background: water, air, and plastics with two to four peaks each.

    Parameters
    ----------
    seed : int
        Of the draws.
    scale : (float, float)
        Least and largest scale; its logarithm is even between them.
    """
    rng = np.random.default_rng(seed)
    plastics = tuple(
        Plastic(
            float(rng.uniform(1, 30)),
            tuple(
                (float(rng.uniform(0.5, 3.5)), float(rng.uniform(5, 80)), float(rng.uniform(0.03, 0.4)))
                for _ in range(int(rng.integers(2, 5)))
            ),
        )
        for _ in range(int(rng.integers(0, 3)))
    )
    return Background(
        water_um=log_uniform(rng, 10, 300),
        air_mm=log_uniform(rng, 3, 60),
        plastics=plastics,
        scale=log_uniform(rng, *scale),
    )


def _molecules(density: float, mass: float, path_um: float) -> float:
    """Molecules along the beam in 1 cm²."""
    return density * _AVOGADRO / mass * path_um * 1e-4


def _nodes(length: int) -> NDArray[np.float64]:
    """Pixel coordinates from the first to the last pixel's centre, at most eight apart."""
    return np.linspace(0.5, length - 0.5, max(2, int(np.ceil((length - 1) / _STEP_PX)) + 1))


def _between(
    values: NDArray[np.float32], nodes: list[NDArray[np.float64]], shape: tuple[int, int]
) -> NDArray[np.float32]:
    """Bilinear interpolation of values at nodes to all pixels."""
    for axis, (node, length) in enumerate(zip(nodes, shape, strict=True)):
        place = (np.arange(length) + 0.5 - node[0]) / (node[1] - node[0] or 1.0)
        low = np.clip(place.astype(int), 0, len(node) - 2)
        weight = (place - low).astype(np.float32)
        weight = weight[:, np.newaxis] if axis == 0 else weight
        first, second = np.take(values, low, axis=axis), np.take(values, low + 1, axis=axis)
        values = first + weight * (second - first)
    return values
