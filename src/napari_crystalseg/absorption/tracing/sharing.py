"""Which rays reflections share: paths along nodes, from which those of many reflections are interpolated."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...progress import Progress, silent
from .crystal_sample import CrystalSample
from .nodes import Nodes, circle_nodes, exact_nodes, sphere_nodes
from .tracer import SUM_IN_RAYS, BeamProfile, Means, Tracer

# Reflections and points by which the error of the interpolation is measured.
CHECKED_REFLECTIONS = 64
CHECKED_POINTS = 4096
# The interpolation may take this share of the tolerance (in quadrature: 9 % of the variance).
SHARE_OF_TOLERANCE = 0.3
ROUNDS = 5
# Where a few reflections are far worse than the others, what is counted for them may take this share.
SHARE_WITH_TAIL = 0.5
# The largest of 64 errors that are normally distributed is about so many standard deviations.
LARGEST_OF_CHECKED = 2.5


@dataclass(frozen=True, eq=False)
class Rays:
    """Directions of the rays of reflections that have them.

    Parameters
    ----------
    incident, leaving : ndarray of float64, shape (reflection, 3)
        Unit vectors (z, y, x): towards the source, and along the scattered beam.
    sweeps : ndarray of int64, shape (reflection,)
        Sweep of each reflection.
    beam : Beam or None
        Which part of the sample is lit; None: all.
    """

    incident: NDArray[np.float64]
    leaving: NDArray[np.float64]
    sweeps: NDArray[np.int64]
    beam: BeamProfile | None = None

    def __len__(self) -> int:
        return len(self.incident)

    def of(self, rows: NDArray[np.int64]) -> Rays:
        """Return some of the reflections."""
        beam = None if self.beam is None else self.beam.of(rows)
        return Rays(self.incident[rows], self.leaving[rows], self.sweeps[rows], beam)


@dataclass(frozen=True)
class Spacing:
    """Angles between nodes, and the error that interpolating between them was measured to have.

    Parameters
    ----------
    incident_deg, leaving_deg : float
        Spacing of nodes on the circle of incident directions, and over the sphere of scattered ones, degrees. 0: every
        direction is traced.
    bias, rms, largest : float
        Interpolated A against A from the same points with every ray traced, relative: mean, root of the mean square,
        and largest of the reflections compared.
    checked : int
        How many were compared.
    """

    incident_deg: float = 0.0
    leaving_deg: float = 0.0
    bias: float = 0.0
    rms: float = 0.0
    largest: float = 0.0
    checked: int = 0

    @property
    def error(self) -> float:
        """What counts as the standard error of the interpolation, relative.

        The root of the mean square, or more where a few reflections are far worse than the others, as those along a
        crack or a thin loop are.
        """
        return max(self.rms, self.largest / LARGEST_OF_CHECKED)

    def nodes(self, rays: Rays) -> tuple[Nodes, Nodes]:
        """Return the nodes for the incident and for the scattered rays."""
        return _incident(rays, self.incident_deg), _leaving(rays, self.leaving_deg)

    def to_dict(self) -> dict[str, Any]:
        """Return what a provenance record says of it."""
        return {
            "incident_spacing_deg": self.incident_deg,
            "scattered_spacing_deg": self.leaving_deg,
            "relative_error": {"mean": self.bias, "rms": self.rms, "largest": self.largest, "counted": self.error},
            "reflections_compared": self.checked,
        }


EVERY_RAY = Spacing()


def _incident(rays: Rays, spacing_deg: float) -> Nodes:
    if spacing_deg == 0:
        return exact_nodes(rays.incident)
    nodes = circle_nodes(rays.incident, rays.sweeps, spacing_deg)
    return sphere_nodes(rays.incident, spacing_deg) if nodes is None else nodes


def _leaving(rays: Rays, spacing_deg: float) -> Nodes:
    return exact_nodes(rays.leaving) if spacing_deg == 0 else sphere_nodes(rays.leaving, spacing_deg)


def choose_spacing(
    tracer: Tracer,
    rays: Rays,
    sample: CrystalSample,
    tolerance: float,
    rng: np.random.Generator,
    progress: Progress = silent,
) -> Spacing:
    """Choose the nodes that cost least at an error well within the tolerance, and measure that error.

    Some reflections, drawn at random, are computed both with all of their rays traced and from the nodes, from the
    same points. Where the two differ too much, the nodes are laid closer. Few reflections are not worth it.

    Parameters
    ----------
    tracer : Tracer
        What traces.
    rays : Rays
        All reflections.
    sample : Sample
        Points from which they will be traced; at most ``CHECKED_POINTS`` of them are used here. The error is that of
        a mean over points, so that more points can only make it smaller.
    tolerance : float
        Relative standard error allowed for A; 0 allows no interpolation.
    rng : numpy.random.Generator
        Which reflections are compared.
    progress : Progress
        Called between batches of rays; raises to cancel.
    """
    if tolerance == 0:
        return EVERY_RAY
    allowed = SHARE_OF_TOLERANCE * tolerance
    # Typical samples have 2e-4 to 3e-4 at these, and the error falls a little faster than the spacing.
    finer = (allowed / 3e-4) ** 0.8
    spacing = Spacing(float(np.clip(3 * finer, 0.2, 10)), float(np.clip(6 * finer, 0.5, 15)))
    few = np.sort(rng.choice(len(rays), min(CHECKED_REFLECTIONS, len(rays)), replace=False))
    part, some = sample.thinned(CHECKED_POINTS), rays.of(few)
    overhead = len(part) / len(sample)
    exact = EVERY_RAY.nodes(some)
    for _ in range(ROUNDS):
        spacing = _cheapest(rays, spacing, overhead)
        if spacing == EVERY_RAY:
            return EVERY_RAY
        near = spacing.nodes(some)
        ways = [exact, (near[0], exact[1]), (exact[0], near[1]), near]
        found = tracer.add_up(ways, part, some.beam, progress)
        truth, *others = (Means.from_sums(sums, 1.0).absorption for sums in found)
        dark = ~(truth > 0)
        if dark.all():
            return EVERY_RAY
        off = [(other[~dark] / truth[~dark] - 1) for other in others]
        by_incident, by_leaving, both = (_measured(spacing, o) for o in off)
        if both.rms <= allowed and both.error <= SHARE_WITH_TAIL * tolerance:
            return both
        spacing = Spacing(
            spacing.incident_deg * _refinement_factor(by_incident, by_leaving, allowed),
            spacing.leaving_deg * _refinement_factor(by_leaving, by_incident, allowed),
        )
    return EVERY_RAY


def _measured(spacing: Spacing, off: NDArray[np.float64]) -> Spacing:
    """The spacing with these relative errors."""
    rms, largest = float(np.sqrt(np.mean(off**2))), float(np.abs(off).max())
    return replace(spacing, bias=float(off.mean()), rms=rms, largest=largest, checked=len(off))


def _refinement_factor(measured: Spacing, other: Spacing, allowed: float) -> float:
    """How much closer to lay nodes that have this error, with what the other kind leaves of what is allowed."""
    tail = SHARE_OF_TOLERANCE / SHARE_WITH_TAIL
    error, beside = (max(one.rms, tail * one.error) for one in (measured, other))
    left = 0.9 * max(allowed**2 - beside**2, allowed**2 / 4) ** 0.5
    # The worse kind at least by so much, or the tail of both together may never come within what is allowed.
    most = 0.8 if error >= beside else 1.0
    closer: float = min(most, max(0.2, (left / max(error, 1e-12)) ** 0.85))
    return closer


def _cheapest(rays: Rays, spacing: Spacing, overhead: float) -> Spacing:
    """Keep of the two kinds of nodes those that save rays."""
    closest: tuple[float, Spacing] | None = None
    incident = {deg: _incident(rays, deg) for deg in {0.0, spacing.incident_deg}}
    leaving = {deg: _leaving(rays, deg) for deg in {0.0, spacing.leaving_deg}}
    for a, on_circle in incident.items():
        for b, on_sphere in leaving.items():
            cost = len(on_circle) + len(on_sphere) + SUM_IN_RAYS * len(rays)
            if a or b:
                cost += overhead * CHECKED_REFLECTIONS * (2 + 2 * (a > 0) + 4 * (b > 0))
            if closest is None or cost < closest[0]:
                closest = cost, Spacing(a, b)
    assert closest is not None
    return closest[1]
