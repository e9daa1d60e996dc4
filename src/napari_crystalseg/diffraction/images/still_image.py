"""A still image of a crystal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..background import Background
from ..beam import DiffractionBeam
from ..crystal import DiffractingCrystal
from ..rotation.predicted import PredictedReflections
from ..stills import predict_still, still_intensities
from ..structure_factors import StructureFactors
from .camera import Camera
from .simulated_image import SimulatedImage
from .spots import Spots, draw_spots, spot_covariance


def simulate_still(
    crystal: DiffractingCrystal | None,
    structure_factors: StructureFactors | None,
    beam: DiffractionBeam,
    camera: Camera,
    *,
    exposure_s: float = 0.1,
    background: Background | None = None,
    rotation: NDArray[np.float64] | None = None,
    seed: int | tuple[int, ...] = 0,
    noise: bool = True,
) -> SimulatedImage:
    """Simulate a still image.

    Parameters
    ----------
    crystal : DiffractingCrystal or None
        The crystal; None for an image without one.
    structure_factors : StructureFactors or None
        Its structure factors, to the resolution that is drawn.
    beam : DiffractionBeam
        The beam.
    camera : Camera
        The detector.
    exposure_s : float
        Exposure, s.
    background : Background, optional
        What else scatters; nothing by default.
    rotation : ndarray, shape (3, 3), optional
        From the sample to the laboratory.
    seed : int or tuple of int
        Of the counting.
    noise : bool
        False for mean counts.

    Returns
    -------
    SimulatedImage

    Raises
    ------
    InputError
        A crystal without structure factors, or a number outside its bounds.
    """
    shadow = camera.shadow(np.array(beam.source_direction))
    if background is None:
        diffuse = tuple(np.zeros(shape, dtype=np.float32) for shape in camera.shapes)
    else:
        diffuse = background.photons(camera.detector, beam, exposure_s)
    diffuse = tuple(one * through for one, through in zip(diffuse, shadow, strict=True))
    signal = tuple(np.zeros(shape, dtype=np.float32) for shape in camera.shapes)
    reflections, photons = _nothing(beam), np.zeros(0)
    if crystal is not None:
        if structure_factors is None:
            raise InputError("A crystal needs structure factors to be simulated.")
        d_min = float(structure_factors.d_spacing.min()) * (1 - 1e-9)
        still = predict_still(crystal, beam, camera.detector, d_min, rotation=rotation)
        reflections = still.predicted
        photons = still_intensities(
            still, structure_factors, beam, crystal_volume_um3=crystal.volume_um3, exposure_s=exposure_s
        )
        covariance = spot_covariance(
            camera.detector,
            reflections,
            still.spread_rad,
            np.array(beam.source_direction),
            crystal.depth_mm,
            camera.point_spread_px,
        )
        spots = Spots(reflections.panel, reflections.position_px, covariance, np.nan_to_num(photons))
        signal = draw_spots(camera.shapes, spots)
    signal = tuple(one * through for one, through in zip(signal, shadow, strict=True))
    total = tuple(one + other for one, other in zip(signal, diffuse, strict=True))
    counts = camera.counted(total, np.random.default_rng(seed), noise=noise)
    return SimulatedImage(counts, signal, diffuse, reflections, photons)


def _nothing(beam: DiffractionBeam) -> PredictedReflections:
    from ..lattice import Lattice

    none = np.zeros(0)
    index, pairs = np.zeros((0, 3), dtype=np.int64), np.zeros((0, 2))
    panel = np.zeros(0, dtype=np.int64)
    return PredictedReflections(
        Lattice((10, 10, 10, 90, 90, 90)),
        beam.wavelength_angstrom,
        index,
        np.zeros((0, 3)),
        none,
        none,
        panel,
        pairs,
        pairs,
        none,
        none,
        none,
        none,
    )
