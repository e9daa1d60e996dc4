"""Moments: what each band of rows absorbs in all, where its middle lies and how wide it is, angle by angle.

See :mod:`~.consistency` for what they may and may not do as a sample turns.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

FEWEST_COLUMNS = 12
_BANDS = 4
# Rows are judged where at least so many, and one of so many that are looked at, stay clear of the ends of the field.
_FEWEST_ROWS, _ROWS_A_CLEAR_ONE = 4, 20
# Rows so near to one that is cut off are left out with it, and so many of them are averaged to tell.
_BESIDE_CUT_OFF, _ROWS_ALIKE = 1, 16
_MARGIN = 0.03
# Line integrals at the sides of the field above this share of the largest: the sample goes on beyond.
_CUT_OFF = 0.1
# Line integrals above this are too near to no light at all to be summed; with so much of them the mass says nothing.
_OPAQUE, _MOST_OPAQUE = 4.0, 0.2
# What is not explained must be more than noise, than a stage or a fringe does (parts of the sample's half width), and
# than run-out of the axis (pixels looked at).
DEVIATIONS, _LEAST_REST, _LEAST_REST_PX = 4.0, 0.02, 0.75
# The mass may fall and rise to so many medians where nothing is cut off (3rd and 97th percentile). Rays along a face
# are bent out of their pixels and look absorbed: in right scans of 48 px with strong fringes it rose to 2.0 and fell to
# 0.66.
_LEAST_MASS, _MOST_MASS = 0.4, 3.0
# Centre and width of a body within the field move by no more than this, in its half widths.
_MOST_MOVE = (1.2, 1.5)


@dataclass(frozen=True, eq=False)
class Moments:
    """Moments of bands of rows over the part of the field that the sample is in, in its half widths.

    ``mass``, ``centre`` and ``second`` have the shape (angle, band), ``weight`` (band,). ``rows`` are the numbers of
    the rows that were taken: the sample is seen in them, and at no angle at the ends of the field.
    """

    mass: NDArray[np.float64]
    centre: NDArray[np.float64]
    second: NDArray[np.float64]
    weight: NDArray[np.float64]
    noise: tuple[float, float, float]
    half_width_px: float
    rows: NDArray[np.intp]
    is_opaque: bool

    @classmethod
    def of(cls, line_integrals: NDArray[np.floating]) -> Moments | None:
        """Measure the moments; None where nothing is seen, or is cut off in nearly all rows."""
        height, width = line_integrals.shape[1:]
        if width < FEWEST_COLUMNS:
            return None
        mean = line_integrals.mean(axis=0, dtype=np.float64)
        contrast = np.percentile(mean, 95, axis=1) - np.percentile(mean, 5, axis=1)
        contrast[~clear_rows(line_integrals)] = 0
        if not contrast.max() > 0:
            return None
        seen = np.flatnonzero(contrast >= 0.25 * contrast.max())
        if seen.size < min(height, max(_FEWEST_ROWS, height // _ROWS_A_CLEAR_ONE)):
            return None
        groups = np.array_split(seen, min(_BANDS, seen.size))
        bands = np.stack([line_integrals[:, group].mean(axis=1, dtype=np.float64) for group in groups], axis=1)
        rows = np.array([group.size for group in groups], dtype=np.float64)
        sigma = _noise(line_integrals) / np.sqrt(rows)
        margin = max(2, round(_MARGIN * width))
        sides = np.stack([bands[..., :margin].mean(axis=2), bands[..., -margin:].mean(axis=2)], axis=2)
        edge_noise = sigma / np.sqrt(margin)
        largest = float(np.percentile(bands, 99))
        outermost = sides - 2.5 * edge_noise[:, np.newaxis]
        if float(np.percentile(outermost.max(axis=2), 98)) > _CUT_OFF * largest:
            return None
        # Air is drawn to zero at both sides: what it leaves over a wide field outweighs a faint sample.
        column = np.arange(width, dtype=np.float64)
        share = (column - (margin - 1) / 2) / (width - margin)
        bands = bands - (sides[..., :1] * (1 - share) + sides[..., 1:] * share)
        profile = np.percentile(bands, 98, axis=(0, 1))
        inside = np.flatnonzero(profile > 0.05 * profile.max())
        if not profile.max() > 0:
            return None
        first, last = max(inside[0] - 3, 0), min(inside[-1] + 4, width)
        half = (last - first) / 2
        place = (column[first:last] - (first + last - 1) / 2) / half
        bands = bands[..., first:last]
        mass = bands.sum(axis=2)
        usual = mass.mean(axis=0)
        if not (usual > 0).all():
            return None
        scale = mass if (mass > 0.5 * usual).all() else np.broadcast_to(usual, mass.shape)
        weight = usual * rows / (usual * rows).sum()
        baseline = np.stack([1 - share[first:last], share[first:last]])

        def noise_of(power: int) -> float:
            of_pixels = (place ** (2 * power)).sum()
            of_air = ((baseline * place**power).sum(axis=1) ** 2).sum() / margin
            return float(np.sqrt((weight * (of_pixels + of_air) * sigma**2 / usual**2).sum()))

        taken = line_integrals[:, seen]
        thick = np.where(taken > _OPAQUE, taken, 0).sum() / max(float(taken.sum()), 1e-30)
        return cls(
            mass * rows,
            (bands * place).sum(axis=2) / scale,
            (bands * place**2).sum(axis=2) / scale,
            weight,
            (noise_of(0), noise_of(1), noise_of(2)),
            half,
            seen,
            bool(thick > _MOST_OPAQUE),
        )

    @property
    def mass_change(self) -> float:
        """By how much the whole mass changes between angles (3rd to 97th percentile), as a share of its median."""
        total = self.mass.sum(axis=1)
        low, high = np.percentile(total, (3, 97))
        return float((high - low) / np.median(total)) if np.median(total) > 0 else float("inf")

    @property
    def mass_is_odd(self) -> bool:
        """Whether the mass falls or rises as that of no sample that only turns does."""
        total, noise = self.mass.sum(axis=1), 4 * self.noise[0]
        low, high = np.percentile(total, (3, 97)) / max(float(np.median(total)), 1e-30)
        return bool(low < _LEAST_MASS - noise or high > _MOST_MASS + noise)

    def moved(self) -> float:
        """Mean square of the movement, noise taken off."""
        change = ((self.centre - self.centre.mean(axis=0)) ** 2 + (self.second - self.second.mean(axis=0)) ** 2).mean(
            axis=0
        )
        return float((self.weight * change).sum()) - self.noise[1] ** 2 - self.noise[2] ** 2

    def rest(self, angles_deg: NDArray[np.float64]) -> float:
        """Mean square of the movement that angles do not explain, noise included."""
        return float(self.rests(angles_deg).sum())

    def rests(self, angles_deg: NDArray[np.float64]) -> NDArray[np.float64]:
        """Shares of bands in :meth:`rest`, shape (band,)."""
        phi = np.deg2rad(angles_deg)
        first = np.stack([np.ones_like(phi), np.cos(phi), np.sin(phi)], axis=1)
        both = np.column_stack([first, np.cos(2 * phi), np.sin(2 * phi)])
        rest = np.zeros(self.weight.size)
        for band in range(self.weight.size):
            for values, design, most in ((self.centre, first, _MOST_MOVE[0]), (self.second, both, _MOST_MOVE[1])):
                rest[band] += np.mean((values[:, band] - _fitted(values[:, band], design, most)) ** 2)
        return np.asarray(self.weight * rest)

    def without_worst(self, angles_deg: NDArray[np.float64]) -> Moments:
        """Leave the band out of which angles explain least, where there are others."""
        if self.weight.size == 1:
            return self
        kept = np.delete(np.arange(self.weight.size), int(self.rests(angles_deg).argmax()))
        weight = self.weight[kept] / self.weight[kept].sum()
        mass, centre, second = (values[:, kept] for values in (self.mass, self.centre, self.second))
        return replace(self, mass=mass, centre=centre, second=second, weight=weight)

    def explained(self, angles_deg: NDArray[np.float64]) -> float | None:
        """Share of the movement that angles explain, noise taken off; 1 where what they do not is little anyhow."""
        noise2 = self.noise[1] ** 2 + self.noise[2] ** 2
        rest, moved = self.rest(angles_deg), self.moved()
        few = max(_LEAST_REST, _LEAST_REST_PX / self.half_width_px)
        if moved < (DEVIATIONS**2 - 1) * noise2 or moved <= 0 or moved < few**2:
            return None
        if rest < max(few**2, DEVIATIONS**2 * noise2):
            return 1.0
        return float(np.clip(1 - (rest - noise2) / moved, 0, 1))


def _fitted(values: NDArray[np.float64], design: NDArray[np.float64], most: float) -> NDArray[np.float64]:
    """Least squares, with no coefficient but the first above ``most``: over few degrees any curve would fit else."""
    found = np.linalg.lstsq(design, values, rcond=None)[0]
    held = len(values) * np.diag([0.0] + [1.0] * (design.shape[1] - 1))
    strength = 1e-6
    while np.abs(found[1:]).max() > most and strength < 1e3:
        found = np.linalg.solve(design.T @ design + strength * held, design.T @ values)
        strength *= 2
    return np.asarray(design @ found, dtype=np.float64)


def _noise(line_integrals: NDArray[np.floating]) -> float:
    """Noise of a pixel, from differences in which what is smooth along rows or columns drops out."""
    if line_integrals.shape[1] < 2:
        noise: float = float(np.median(np.abs(np.diff(line_integrals, 2, axis=2)))) / 0.6745 / np.sqrt(6)
        return noise
    along = np.diff(np.diff(line_integrals, axis=1), axis=2)
    return float(np.median(np.abs(along))) / 0.6745 / 2


def clear_rows(line_integrals: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Rows at whose ends the sample is seen at next to no angle, and neither is it beside them."""
    from scipy.ndimage import maximum_filter1d, uniform_filter1d

    height, width = line_integrals.shape[1:]
    margin, alike = max(2, round(_MARGIN * width)), max(1, height // _ROWS_ALIKE)
    smooth = uniform_filter1d(line_integrals, alike, axis=1)
    noise = 2.5 * _noise(line_integrals) / np.sqrt(margin * alike)
    ends = np.maximum(smooth[..., :margin].mean(axis=2), smooth[..., -margin:].mean(axis=2)) - noise
    cut_off = np.percentile(ends, 98, axis=0) > _CUT_OFF * np.percentile(smooth, 99, axis=(0, 2))
    beside = 2 * _BESIDE_CUT_OFF + 1
    clear: NDArray[np.bool_] = ~maximum_filter1d(cut_off, beside) if height > beside else ~cut_off
    return clear


def row_mass_change(line_integrals: NDArray[np.floating]) -> float:
    """Change of the masses of bands of rows over the angles, in parts of the masses, noise taken off."""
    margin = max(2, round(_MARGIN * line_integrals.shape[2]))
    air = (line_integrals[..., :margin].mean(axis=2) + line_integrals[..., -margin:].mean(axis=2)) / 2
    groups = np.array_split(np.arange(line_integrals.shape[1]), min(_ROWS_ALIKE, line_integrals.shape[1]))
    of_rows = line_integrals.mean(axis=2, dtype=np.float64) - air
    mass = np.stack([of_rows[:, group].mean(axis=1) for group in groups], axis=1)
    of_pixel2 = _noise(line_integrals) ** 2 * np.mean([1 / group.size for group in groups])
    sigma2 = of_pixel2 * (1 / line_integrals.shape[2] + 1 / (2 * margin))
    change = float(((mass - mass.mean(axis=0)) ** 2).mean()) - sigma2
    return float(np.sqrt(max(change, 0.0) / max(float((mass.mean(axis=0) ** 2).mean()), 1e-30)))
