"""Beam centre and tilt together, refined against the rings of the background, that of water above all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .background_blocks import BackgroundBlocks
from .background_fit import fit_background
from .detector_geometry import DetectorGeometry
from .radial_centre import RadialCentre, sectors_about

TILT_PRIOR_DEG = 2.0
"""Standard deviation of the tilt about what the header states, to which a background that hardly tells it is held."""

_STEP_DEG, _LARGEST_STEP_DEG = 0.1, 1.0
# On simulated images answers are off by this times what counting and sectors say.
_CAUTION = 2.0
_WATER_Q = (1.7, 2.35)
_SEEN_FROM = 0.03


@dataclass(frozen=True, eq=False)
class RefinedGeometry:
    """Beam centre and tilt that were refined together.

    Parameters
    ----------
    geometry : DetectorGeometry
        The detector.
    beam_centre_sigma_px, tilt_sigma_deg : (float, float)
        Standard deviations of the centre (fast, slow), and of (pitch, yaw).
    tilt_told : bool
        Whether the background tells the tilt better than the assumption that it is small.
    water_ring_q : float or None
        Where the ring of water has its top, 1/Å; None where none is seen. It belongs at 2.0.
    """

    geometry: DetectorGeometry
    beam_centre_sigma_px: tuple[float, float]
    tilt_sigma_deg: tuple[float, float]
    tilt_told: bool
    water_ring_q: float | None


def refined_geometry(radial: RadialCentre, blocks: BackgroundBlocks) -> RefinedGeometry | None:
    """Refine beam centre, pitch and yaw together, with the distance held.

    A centre that is off moves all rings by the same, a tilt moves those at large angles more, with the square of the
    radius: rings over a range of angles tell the one from the other.

    Parameters
    ----------
    radial : RadialCentre
        Centre with the tilt held, to begin with.
    blocks : BackgroundBlocks
        All of the background, shadows left out.

    Returns
    -------
    RefinedGeometry or None
        None where the fit does not come to rest near where it began.
    """
    start = radial.geometry
    centre = np.array(start.beam_centre_px)
    distance = start.distance_mm
    pixel = max(1.0, 0.002 * float(np.ptp(blocks.position_px, axis=0).max()))

    def place(values: NDArray[np.float64]) -> DetectorGeometry:
        tilt = np.clip(values[2:], -80, 80)
        return start.with_tilt(centre + values[:2], distance, float(tilt[0]), float(tilt[1]))

    begin = np.array([0.0, 0.0, start.pitch_deg, start.yaw_deg])
    fit = fit_background(
        blocks,
        place,
        begin,
        steps=np.array([pixel, pixel, _STEP_DEG, _STEP_DEG]),
        limits=np.array([10 * pixel, 10 * pixel, _LARGEST_STEP_DEG, _LARGEST_STEP_DEG]),
        prior=np.array([np.inf, np.inf, TILT_PRIOR_DEG, TILT_PRIOR_DEG]),
        groups=sectors_about(blocks.position_px, centre),
    )
    if not fit.converged or (np.abs(fit.parameters[2:] - begin[2:]) > 5 * TILT_PRIOR_DEG).any():
        return None
    sigma = _CAUTION * np.sqrt(np.maximum(np.diag(fit.covariance), 1e-8))
    geometry = place(fit.parameters)
    return RefinedGeometry(
        geometry,
        (float(sigma[0]), float(sigma[1])),
        (float(sigma[2]), float(sigma[3])),
        bool((sigma[2:] < 0.5 * TILT_PRIOR_DEG).all()),
        water_ring_q(blocks, geometry),
    )


def water_ring_q(blocks: BackgroundBlocks, geometry: DetectorGeometry) -> float | None:
    """Return where the background has the top of the ring of water, 1/Å; None where it has none about 2.0."""
    if geometry.wavelength_angstrom is None:
        return None
    vectors = geometry.directions(blocks.position_px)
    length = np.linalg.norm(vectors, axis=1)
    q = 4 * np.pi / geometry.wavelength_angstrom * np.sin(geometry.two_theta_rad(blocks.position_px) / 2)
    weight = blocks.pixels * np.abs(vectors @ geometry.normal) / length / (length / geometry.distance_mm) ** 2
    edges = np.arange(1.2, 2.9, 0.05)
    ring = np.digitize(q, edges)
    area = np.bincount(ring, weight, len(edges) + 1)[1:-1]
    counts = np.bincount(ring, blocks.counts, len(edges) + 1)[1:-1]
    if (area <= 0).any() or counts.min() < 50:
        return None
    rate = np.convolve(np.pad(counts / area, 1, mode="edge"), np.full(3, 1 / 3), mode="valid")
    middle = (edges[:-1] + edges[1:]) / 2
    inside = (middle > _WATER_Q[0]) & (middle < _WATER_Q[1])
    top = int(np.flatnonzero(inside)[np.argmax(rate[inside])])
    if not inside[top - 1] or not inside[top + 1] or rate[top] < (1 + _SEEN_FROM) * max(rate[0], 0):
        return None
    # The top of a parabola through three.
    left, at, right = rate[top - 1 : top + 2]
    bend = left - 2 * at + right
    return float(middle[top] + (0.05 * 0.5 * (left - right) / bend if bend < 0 else 0))
