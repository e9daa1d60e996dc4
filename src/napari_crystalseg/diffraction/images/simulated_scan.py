"""SimulatedScan: a rotation scan of a crystal, image by image."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...checks import checked_number
from ...errors import InputError
from ...experiment import Sweep
from ..background import Background
from ..beam import DiffractionBeam
from ..crystal import DiffractingCrystal
from ..rotation import (
    PredictedReflections,
    kinematic_intensities,
    partialities,
    predict_rotation,
    reflecting_range_rad,
)
from ..structure_factors import StructureFactors
from .camera import Camera
from .simulated_image import SimulatedImage
from .spots import Spots, draw_spots, spot_covariance

_SIGMAS = 4.5
_LEAST_ZETA = 0.02


@dataclass(frozen=True, eq=False)
class SimulatedScan:
    """What a rotation scan brings, of which images are drawn one by one.

    Parameters
    ----------
    sweep : Sweep
        Beam direction, goniometer, detector and scan.
    crystal : DiffractingCrystal
        The crystal.
    beam : DiffractionBeam
        The beam.
    camera : Camera
        The detector as it counts.
    exposure_s : float
        Exposure of an image, s.
    background : Background or None
        What else scatters.
    seed : int
        Of the counting.
    reflections : PredictedReflections
        All that lie on the sphere in the scan, or so near to it before and after that a part is seen.
    photons : ndarray of float64, shape (reflection,)
        Photons of each whole reflection on average, absorption included.
    range_rad : ndarray of float64, shape (reflection,)
        Standard deviation of the scan angles over which each is seen, radians.
    absorption : ndarray of float64, shape (reflection,), or None
        Absorption factor that is in ``photons``.
    noise : bool
        False for mean counts.

    Raises
    ------
    InputError
        Columns of different length.
    """

    sweep: Sweep
    crystal: DiffractingCrystal
    beam: DiffractionBeam
    camera: Camera
    exposure_s: float
    background: Background | None
    seed: int
    reflections: PredictedReflections
    photons: NDArray[np.float64]
    range_rad: NDArray[np.float64]
    absorption: NDArray[np.float64] | None = None
    noise: bool = True

    def __post_init__(self) -> None:
        for name in ("photons", "range_rad"):
            if np.shape(getattr(self, name)) != (len(self.reflections),):
                raise InputError(
                    f"A simulated scan needs '{name}' for each of its {len(self.reflections)} reflections."
                )

    @classmethod
    def of(
        cls,
        sweep: Sweep,
        crystal: DiffractingCrystal,
        structure_factors: StructureFactors,
        beam: DiffractionBeam,
        camera: Camera,
        *,
        exposure_s: float = 0.1,
        background: Background | None = None,
        seed: int = 0,
        noise: bool = True,
    ) -> SimulatedScan:
        """Predict the reflections of a scan and their photons, without absorption.

        Parameters
        ----------
        sweep : Sweep
            Beam direction, wavelength, goniometer and scan; of the detector of ``camera``.
        crystal, structure_factors, beam, camera
            What is in the beam, and what counts.
        exposure_s : float
            Exposure of an image, s.
        background : Background, optional
            What else scatters; nothing by default.
        seed : int
            Of the counting.
        noise : bool
            False for mean counts.

        Raises
        ------
        InputError
            No scan, wavelengths of beam and sweep that differ, or numbers outside their bounds.
        """
        checked_number(exposure_s, "The exposure of an image, s,", 1e-9, 1e6)
        if sweep.oscillation_deg is None or sweep.wavelength is None:
            raise InputError("A rotation scan cannot be simulated: the experiment has no scan or no wavelength.")
        width_deg = abs(sweep.oscillation_deg[1])
        if abs(sweep.wavelength / beam.wavelength_angstrom - 1) > 1e-6:
            raise InputError(
                f"The scan is of {sweep.wavelength:.5g} Å and the beam of {beam.wavelength_angstrom:.5g} Å; give one."
            )
        sweep = replace(sweep, detector=camera.detector)
        d_min = float(structure_factors.d_spacing.min()) * (1 - 1e-9)
        block, turn, band = crystal.width_parts(beam)
        widest = turn + band + block * max(crystal.lattice.cell[:3])
        margin = min(np.rad2deg(_SIGMAS * widest / 0.1), 20.0)
        reflections = predict_rotation(
            sweep, crystal.lattice, d_min, beam, margin_deg=margin, least_zeta=_LEAST_ZETA, on_detector=False
        )
        reflections = reflections.select(reflections.panel >= 0)
        range_rad = reflecting_range_rad(reflections, crystal, beam)
        first, last = sweep.image_range or (1, 1)
        half = np.rad2deg(_SIGMAS * range_rad) / width_deg
        seen = (reflections.image + half > first - 1) & (reflections.image - half < last)
        reflections, range_rad = reflections.select(seen), range_rad[seen]
        photons = kinematic_intensities(
            reflections,
            structure_factors,
            beam,
            crystal_volume_um3=crystal.volume_um3,
            degrees_per_s=width_deg / exposure_s,
        )
        return cls(
            sweep, crystal, beam, camera, exposure_s, background, seed, reflections, np.nan_to_num(photons), range_rad,
            noise=noise,
        )  # fmt: skip

    def absorbed(self, absorption: ArrayLike) -> SimulatedScan:
        """Return the scan with the photons of each reflection multiplied by its absorption factor.

        Raises
        ------
        InputError
            Not one factor between 0 and 1 for each reflection.
        """
        factors = np.asarray(absorption, dtype=float)
        if factors.shape != self.photons.shape or not ((factors >= 0) & (factors <= 1 + 1e-9)).all():
            raise InputError("Absorption takes one factor between 0 and 1 for each reflection of the scan.")
        before = np.ones_like(factors) if self.absorption is None else self.absorption
        return replace(self, photons=self.photons * factors, absorption=before * factors)

    @property
    def images(self) -> int:
        """How many images the scan has."""
        first, last = self.sweep.image_range or (1, 1)
        return last - first + 1

    @property
    def first_index(self) -> int:
        """Where the first image begins, as ``xyzcal.px`` counts."""
        return (self.sweep.image_range or (1, 1))[0] - 1

    @cached_property
    def diffuse(self) -> tuple[NDArray[np.float32], ...]:
        """Photons of everything but reflections in each pixel of an image on average, shadows included."""
        if self.background is None:
            return tuple(np.zeros(shape, dtype=np.float32) for shape in self.camera.shapes)
        photons = self.background.photons(self.camera.detector, self.beam, self.exposure_s)
        return tuple(one * through for one, through in zip(photons, self._shadow, strict=True))

    def recorded(self) -> NDArray[np.float64]:
        """Return which part of each reflection lies in the scan."""
        begin, end = self.first_index, self.first_index + self.images
        before_end, before_begin = (_part_before(self, edge) for edge in (end, begin))
        return before_end - before_begin

    def image(self, number: int) -> SimulatedImage:
        """Return one image, by number from 0.

        Raises
        ------
        InputError
            There is no such image.
        """
        if not 0 <= number < self.images:
            raise InputError(f"The scan has {self.images} images, counted from 0; there is no {number}.")
        index = self.first_index + number
        near = np.abs(self.reflections.image - index - 0.5) < 0.5 + self._half_images
        rows = np.flatnonzero(near)
        reflections = self.reflections.select(rows)
        part = partialities(reflections, self.range_rad[rows], self.sweep, index)
        photons = self.photons[rows] * part
        spots = Spots(reflections.panel, reflections.position_px, self._covariance[rows], photons)
        signal = tuple(
            one * through for one, through in zip(draw_spots(self.camera.shapes, spots), self._shadow, strict=True)
        )
        total = tuple(one + other for one, other in zip(signal, self.diffuse, strict=True))
        counts = self.camera.counted(total, np.random.default_rng((self.seed, index)), noise=self.noise)
        return SimulatedImage(counts, signal, self.diffuse, reflections, photons)

    @cached_property
    def _half_images(self) -> NDArray[np.float64]:
        assert self.sweep.oscillation_deg is not None
        return np.rad2deg(_SIGMAS * self.range_rad) / abs(self.sweep.oscillation_deg[1])

    @cached_property
    def _shadow(self) -> tuple[NDArray[np.float32], ...]:
        return self.camera.shadow(np.array(self.beam.source_direction))

    @cached_property
    def _covariance(self) -> NDArray[np.float64]:
        block, turn, band = self.crystal.width_parts(self.beam)
        sine = np.clip(self.beam.wavelength_angstrom / (2 * self.reflections.d_spacing), 1e-9, 0.999)
        divergence = self.beam.divergence_mrad * 1e-3 / np.sqrt(8 * np.log(2))
        size = block * self.beam.wavelength_angstrom
        # A turn about the beam's normal is made up by the scan; another energy has another scattering angle.
        away = np.sqrt((2 * band * sine / np.sqrt(1 - sine**2)) ** 2 + divergence**2 + size**2)
        across = np.hypot(2 * sine * turn, size)
        return spot_covariance(
            self.camera.detector,
            self.reflections,
            np.column_stack([away, across]),
            np.array(self.beam.source_direction),
            self.crystal.depth_mm,
            self.camera.point_spread_px,
        )


def _part_before(scan: SimulatedScan, edge: float) -> NDArray[np.float64]:
    """Which part of each reflection is seen before a place of the scan, in images."""
    from scipy.special import ndtr

    assert scan.sweep.oscillation_deg is not None
    sign = np.sign(scan.sweep.oscillation_deg[1])
    angle = scan.sweep.scan_angle_rad(edge)
    part: NDArray[np.float64] = ndtr(sign * (angle - scan.reflections.phi_rad) / scan.range_rad)
    return part
