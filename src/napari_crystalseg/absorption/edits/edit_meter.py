"""Measures what edits of labels did to the absorption factors, fast enough to follow the brush."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...checks import read_only
from ...errors import InputError
from ...labels import Labels, Material
from ..coefficients import Coefficients
from ..directions import Directions
from ..tracing.crystal_sample import CrystalVoxels
from ..tracing.paths import sample_box
from .changed_box import changed_box
from .chosen_rays import ChosenRays
from .edit_effect import EditEffect

REFLECTIONS = 500
POINTS = 2000
# Points drawn in crystal that was added or removed, and fewest of the first points that must still be crystal.
_EDITED_POINTS = 400
_FEWEST_POINTS = 500


def compare_edits(
    automatic: Labels,
    edited: Labels,
    coefficients: Coefficients,
    directions: Directions,
    *,
    seed: int = 0,
) -> EditEffect:
    """Compare the absorption factors of edited labels with those of the labels before the edits.

    Whoever compares again and again keeps an :class:`EditMeter` and hands it only the box that changed.

    Parameters
    ----------
    automatic, edited : Labels
        On the same grid.
    coefficients, directions, seed
        As :class:`EditMeter` takes them.

    Raises
    ------
    InputError
        Different grids, or no crystal in one of them.
    """
    if automatic.shape != edited.shape or automatic.voxel_size_um != edited.voxel_size_um:
        raise InputError(
            f"The edited labels have {edited.shape} voxels of {edited.voxel_size_um} µm, the automatic ones "
            f"{automatic.shape} of {automatic.voxel_size_um} µm; compare labels on the same grid."
        )
    meter = EditMeter(automatic, coefficients, directions, seed=seed)
    box = changed_box(automatic.data, edited.data)
    if box is None:
        return meter.no_effect()
    return meter.effect((box[0].start, box[1].start, box[2].start), edited.data[box])


class EditMeter:
    """Measures edits of the same labels again and again.

    The rays of the automatic labels are traced once, from points drawn in their crystal along reflections drawn from
    the table. Along each ray an edit changes the sum of mu L only inside the box that was edited, so that only this is
    walked. With a_0 and a_1 the factors of a point before and after, and N_0 and N_1 the voxels of the crystal,

        A_1 - A_0 = N_c/N_1 <a_1 - a_0> + N_a/N_1 <a_1 - A_c> - N_r/N_0 <a_0 - A_c>

    over the N_c voxels that are crystal in both, the N_a that were added and the N_r that were removed; the numbers of
    voxels are exact, and A_c is the mean of a_0 over the N_c. Nothing changed gives exactly zero.

    Parameters
    ----------
    automatic : Labels
        Labels before the edits.
    coefficients : Coefficients
        Linear attenuation coefficients, 1/µm.
    directions : Directions
        Those of the reflections of an experiment, or over the sphere.
    seed : int
        Seed of the drawing.
    reflections, points : int
        Reflections drawn, and points in the crystal: fewer are quicker, and less precise.

    Raises
    ------
    InputError
        No crystal, or sweeps of several wavelengths.
    """

    def __init__(
        self,
        automatic: Labels,
        coefficients: Coefficients,
        directions: Directions,
        *,
        seed: int = 0,
        reflections: int = REFLECTIONS,
        points: int = POINTS,
    ) -> None:
        directions.check_one_wavelength()
        rng = np.random.default_rng(seed)
        self._rays = ChosenRays.draw(reflections, rng, directions)
        coefficients.check(automatic, directions.energies_kev)
        self._voxels = CrystalVoxels(automatic)
        self._automatic = automatic
        self._coefficients = coefficients
        self._mu = coefficients.array()
        box = sample_box(automatic.data)
        self._origin = np.array([s.start for s in box])
        self._stop = np.array([s.stop for s in box])
        self._cropped = np.array(automatic.data[box], order="C")
        size = np.array(automatic.required_voxel_size_um)
        beams, which = np.unique(self._rays.incident, axis=0, return_inverse=True)
        self._beams, self._beam = np.ascontiguousarray(beams / size), which.reshape(-1)
        self._leaving = np.ascontiguousarray(self._rays.leaving / size)
        self._seed, self._most = seed, points
        sample = self._voxels.draw(points, rng)
        self._points, self._weights = sample.points, sample.weights
        self._depth = self._automatic_depths(self._points)
        self._before = np.exp(-self._depth) @ (self._weights / self._weights.sum())

    def no_effect(self) -> EditEffect:
        """The effect of no edit."""
        return self._result(np.zeros_like(self._before), np.zeros_like(self._before), 0.0)

    def effect(self, low: tuple[int, int, int], edited: NDArray[np.uint8]) -> EditEffect:
        """Measure labels that differ from the automatic ones inside a box only.

        Parameters
        ----------
        low : (int, int, int)
            Voxel (z, y, x) at which the box begins.
        edited : ndarray of uint8, shape (z, y, x)
            Labels in the box.

        Raises
        ------
        InputError
            The box does not fit, other codes than those of materials, or no crystal is left.
        """
        box = tuple(slice(start, start + n) for start, n in zip(low, edited.shape, strict=True))
        old = self._automatic.data[box]
        if old.shape != edited.shape or min(low) < 0:
            raise InputError(f"A box of {edited.shape} voxels at {low} does not lie inside the labels.")
        if edited.size and (edited.min() < 0 or edited.max() > max(Material)):
            raise InputError("The edited labels hold codes below 0 or above 4, which are no materials.")
        self._coefficients.check_classes(edited)
        # In one piece for the compiled walk.
        old, edited = np.ascontiguousarray(old), np.ascontiguousarray(edited, dtype=np.uint8)
        was, now = old == Material.CRYSTAL, edited == Material.CRYSTAL
        removed, added = np.argwhere(was & ~now), np.argwhere(now & ~was)
        n0 = len(self._voxels)
        n1 = n0 - len(removed) + len(added)
        if n1 == 0:
            raise InputError("No crystal is left in the edited labels.")
        both = n0 - len(removed)
        start = np.array(low)
        rng = np.random.default_rng(self._seed)

        points, weights, depth = self._still_crystal(start, was & ~now, both, rng)
        difference = np.zeros(len(self._before))
        variance, over_reflections = np.zeros(len(self._before)), 0.0
        a0 = np.exp(-depth)
        common = a0 @ weights if both else np.zeros(len(a0))
        if both:
            # expm1, so that what is not crossed changes by exactly nothing
            gained = a0 * np.expm1(-self._depth_changes(old, edited, start, points))
            difference += both / n1 * (gained @ weights)
            variance += (both / n1) ** 2 * _variance(gained, weights, both)
            over_reflections += (both / n1) ** 2 * float(_variance(gained.mean(axis=0)[np.newaxis], weights, both)[0])
        moved = 0.0
        for where, total, sign in ((added, n1, 1.0), (removed, n0, -1.0)):
            if not len(where):
                continue
            few = where if len(where) <= _EDITED_POINTS else where[rng.choice(len(where), _EDITED_POINTS, False)]
            few = np.ascontiguousarray(few + start)
            depth = self._automatic_depths(few)
            if sign > 0:
                depth += self._depth_changes(old, edited, start, few)
            a = np.exp(-depth)
            share = len(where) / total
            difference += sign * share * (a.mean(axis=1) - common)
            moved += sign * share
            if len(few) < len(where):
                equal = np.full(len(few), 1 / len(few))
                variance += share**2 * _variance(a, equal, len(where))
                over_reflections += share**2 * float(_variance(a.mean(axis=0)[np.newaxis], equal, len(where))[0])
        if both:
            variance += moved**2 * _variance(a0, weights, both)
            over_reflections += moved**2 * float(_variance(a0.mean(axis=0)[np.newaxis], weights, both)[0])
        return self._result(difference, np.sqrt(variance), float(np.sqrt(over_reflections)))

    def _result(self, change: NDArray[np.float64], error: NDArray[np.float64], mean_error: float) -> EditEffect:
        rays = self._rays
        return EditEffect(rays.rows, rays.miller_index, self._before, self._before + change, error, mean_error)

    def _still_crystal(
        self, start: NDArray[np.int64], removed: NDArray[np.bool_], both: int, rng: np.random.Generator
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Points that are crystal before and after, their weights, and their sums of mu L before; none may be left."""
        kept = ~_inside(self._points, start, removed)
        if kept.sum() >= min(_FEWEST_POINTS, len(kept)) or not both:
            points, weights, depth = self._points[kept], self._weights[kept], self._depth[:, kept]
        else:
            # Most of the crystal went: draw anew from what is left.
            everything = self._voxels.everything().points
            left = everything[~_inside(everything, start, removed)]
            points = left if len(left) <= self._most else left[rng.choice(len(left), self._most, False)]
            weights, depth = np.ones(len(points)), self._automatic_depths(points)
        return np.ascontiguousarray(points), weights / max(weights.sum(), 1e-300), depth

    def _automatic_depths(self, points: NDArray[np.int64]) -> NDArray[np.float64]:
        """Sum of mu L of the automatic labels, shape (reflection, point)."""
        from ..tracing.voxel_walk_kernel import optical_depths

        # Points may lie outside the box of the automatic labels, where crystal was added in the air.
        low, high = np.minimum(self._origin, points.min(axis=0)), np.maximum(self._stop, points.max(axis=0) + 1)
        if (low < self._origin).any() or (high > self._stop).any():
            box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
            labels = np.array(self._automatic.data[box], order="C")
        else:
            low, labels = self._origin, self._cropped
        within = np.ascontiguousarray(points - low)
        depth = optical_depths(labels, self._mu, within, self._beams)[self._beam]
        return np.asarray(depth + optical_depths(labels, self._mu, within, self._leaving))

    def _depth_changes(
        self,
        before: NDArray[np.uint8],
        after: NDArray[np.uint8],
        low: NDArray[np.int64],
        points: NDArray[np.int64],
    ) -> NDArray[np.float64]:
        """Change of the sum of mu L by the edit in a box, shape (reflection, point)."""
        from ..tracing.voxel_walk_kernel import box_depths

        # Both as views that refuse writing, as each mixture of kinds would be compiled on its own.
        edit = read_only(before), read_only(after), self._mu, low, np.ascontiguousarray(points)
        return np.asarray(box_depths(*edit, self._beams)[self._beam] + box_depths(*edit, self._leaving))


def _inside(points: NDArray[np.int64], low: NDArray[np.int64], mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether each point lies in a mask that begins at ``low``."""
    within = points - low
    in_box = ((within >= 0) & (within < mask.shape)).all(axis=1)
    found = np.zeros(len(points), dtype=bool)
    found[in_box] = mask[tuple(within[in_box].T)]
    return found


def _variance(values: NDArray[np.float64], weights: NDArray[np.float64], total: int) -> NDArray[np.float64]:
    """Variance of the weighted mean of values (reflection, point), of points drawn from ``total`` without replacement.

    They are drawn in strata, which makes it smaller.
    """
    mean = values @ weights
    left_out = 1 - len(weights) / total
    return np.asarray(left_out * ((weights**2) @ ((values - mean[:, np.newaxis]) ** 2).T))
