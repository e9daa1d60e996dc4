"""The search for the orientation in which labels match projections; see :mod:`.geometry`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..labels import Labels
from ..progress import Progress
from .geometry_score import Candidate, GeometryScore, findings_of, nearly_as_good
from .label_projection import LabelProjector, Orientation, thinned

GRID_STEP_DEG = 3.0
# Binned pixels along the longer side: enough to tell orientations apart, few enough for thousands of hypotheses.
_COARSE_PX = 96
MOST_IMAGES = 24
_MOST_VOXELS = 192
_BANDS = 8
_FINE_DEG = 1.0
_SAME_SIDE_DEG = 30
_MOST_STEPS = 8


@dataclass(eq=False)
class _Products:
    """Sums over pixels, one a block (an image and a band of rows): what any score is made of."""

    with_measured: NDArray[np.float64]  # (image, band, hypothesis, material)
    among: NDArray[np.float64]  # (image, band, hypothesis, material, material)
    measured: NDArray[np.float64]  # (image, band)

    def explained(self) -> NDArray[np.float64]:
        """Share of the measured variance that each hypothesis explains."""
        return _explained(self.with_measured.sum((0, 1)), self.among.sum((0, 1)), float(self.measured.sum()))

    def jackknife(self) -> list[NDArray[np.float64]]:
        """The same without each image, (image, hypothesis), and without each band, where there are several."""
        found = []
        for axis in (0, 1):
            cross, gram, square = (part.sum(axis=1 - axis) for part in (self.with_measured, self.among, self.measured))
            if len(cross) > 1:
                each = [
                    _explained(cross.sum(0) - c, gram.sum(0) - g, float(square.sum() - m))
                    for c, g, m in zip(cross, gram, square, strict=True)
                ]
                found.append(np.stack(each))
        return found


def _explained(cross: NDArray[np.float64], gram: NDArray[np.float64], measured: float) -> NDArray[np.float64]:
    """Share of the variance that the best combination without negative coefficients explains, for each hypothesis.

    The few materials allow to try each subset of them: the best one of those that come out positive is the answer.
    """
    count = cross.shape[-1]
    best = np.zeros(len(cross))
    ridge = 1e-9 * np.trace(gram, axis1=1, axis2=2) + 1e-30
    for size in range(1, count + 1):
        for subset in combinations(range(count), size):
            chosen = list(subset)
            part = gram[:, chosen][:, :, chosen] + ridge[:, np.newaxis, np.newaxis] * np.eye(size)
            right = cross[:, chosen]
            solved = np.linalg.solve(part, right[..., np.newaxis])[..., 0]
            best = np.maximum(best, np.where((solved >= 0).all(axis=1), (right * solved).sum(axis=1), 0.0))
    return np.clip(best / max(measured, 1e-30), 0.0, 1.0)


@dataclass(frozen=True, eq=False)
class _Class:
    """All offsets of one axis, sense and flip."""

    orientation: Orientation
    explained: NDArray[np.float64]  # (offset,)
    shifts: NDArray[np.float64]  # (offset, row and column)


class OrientationSearch:
    """The hypotheses for one set of projections."""

    def __init__(
        self,
        labels: Labels,
        images: NDArray[np.float32],
        angles: NDArray[np.float64],
        pixel: float,
        centre: float,
        most_shift: int,
        outline: bool,
    ) -> None:
        rows, columns = images.shape[1:]
        # No coarser than there are rows: a scan may have but one.
        self.bin = min(max(1, -(-max(rows, columns) // _COARSE_PX)), rows, columns)
        self.shape = (max(1, rows // self.bin), max(1, columns // self.bin))
        chosen = spread_over(angles, MOST_IMAGES)
        self.angles = angles[chosen]
        top, left = ((size - count * self.bin) // 2 for size, count in zip((rows, columns), self.shape, strict=True))
        cut = images[chosen, top : top + self.shape[0] * self.bin, left : left + self.shape[1] * self.bin]
        binned = cut.reshape(len(chosen), self.shape[0], self.bin, self.shape[1], self.bin)
        self.images = binned.mean(axis=(2, 4), dtype=np.float64)
        # The level of each image is free: beam drift says nothing about the geometry.
        self.images -= self.images.mean(axis=(1, 2), keepdims=True)
        if not self.images.any():
            raise InputError("Nothing is seen in the projections: they are of one value.")
        self.centre = (centre - left + 0.5) / self.bin - 0.5
        self.middle = (rows / 2 - top) / self.bin - self.shape[0] / 2
        self.pixel = pixel * self.bin
        self.most_shift = -(-most_shift // self.bin) if most_shift > 0 else 0
        self.outline = outline
        self.several = len(self.angles) > 1
        self.axes = range(3) if self.several else range(1)
        labels = thinned(labels, _MOST_VOXELS)
        self.projectors = [LabelProjector.of(labels, self.shape, self.pixel, axis) for axis in self.axes]
        bands = min(_BANDS, self.shape[0])
        self.band_starts = np.arange(bands) * self.shape[0] // bands
        self.measured = self._band_sums((self.images**2).sum(axis=2))

    def run(self, progress: Progress) -> GeometryScore:
        """Compare all hypotheses, refine the best one, and return how well it and the labels as given match."""
        classes: list[_Class] = []
        for axis in self.axes:
            progress(0.25 * axis, f"Comparing with axis {axis} as the rotation axis")
            maps = np.stack([self._maps(axis, angle) for angle in np.arange(0.0, 360.0, GRID_STEP_DEG)])
            for flipped in (False, True):
                turned = maps[:, :, ::-1] if flipped else maps
                for sense in (1, -1) if self.several else (1,):
                    classes.append(self._compared(Orientation(axis, sense, flipped), turned))
        progress(0.75, "Refining the best orientation")
        winner = max(classes, key=lambda one: float(one.explained.max()))
        orientation, shift, error, best = self._refined(winner)
        unshifted = np.zeros(2)
        plain = float(self._products(Orientation(), [0.0], unshifted).explained()[0])
        top = float(winner.explained.max())
        if nearly_as_good(winner.explained, top).mean() > 0.5:
            error = float("inf")
        if plain >= best:
            orientation, shift, best = Orientation(), unshifted, plain
        others = sorted(self._rivals(classes, winner), key=lambda one: -one[0])
        rivals = tuple(one for explained, one in others if nearly_as_good(np.array([explained]), top)[0])
        # Not the same sense, axis and flip: how fast the score falls with the angle is what the error tells.
        differing = (one for _, one in others if replace(one.orientation, offset_deg=0.0) != winner.orientation)
        next_best = next(differing, None)
        given = Candidate(Orientation(), float(np.sqrt(plain)))
        found = Candidate(orientation, float(np.sqrt(best)))
        progress(1.0, "Compared")
        step = (float(shift[0] * self.bin), float(shift[1] * self.bin))
        findings = findings_of(given, found, error, rivals, self.several)
        return GeometryScore(given, found, error, rivals, step, findings, next_best)

    def _maps(
        self, axis: int, angle: float, flipped: bool = False, shift: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """Predicted maps with their mean taken off, (material, row, column)."""
        row, column = (0.0, 0.0) if shift is None else shift
        maps = self.projectors[axis].path_lengths_um(angle, self.centre + column, self.middle + row, flipped)
        if self.outline:
            maps = (maps.sum(axis=0, keepdims=True) > 0.5 * self.pixel).astype(np.float64)
        centred: NDArray[np.float64] = maps - maps.mean(axis=(1, 2), keepdims=True)
        return centred

    def _band_sums(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum the last axis (rows) band by band."""
        return np.add.reduceat(values, self.band_starts, axis=-1)

    def _compared(self, orientation: Orientation, maps: NDArray[np.float64]) -> _Class:
        """Explained variance of each offset of the grid, at the shift that suits it best."""
        grid = len(maps)
        steps = np.rint(orientation.sense * self.angles / GRID_STEP_DEG).astype(int)
        places = (np.arange(grid)[:, np.newaxis] + steps) % grid  # (offset, image)
        shifts = self._shifts(maps, places) if self.most_shift else np.zeros((grid, 2))
        gram = np.einsum("gmrc,gnrc->gmn", maps, maps, optimize=True)
        if self.most_shift:
            cross = np.zeros((grid, maps.shape[1]))
            for offset, (row, column) in enumerate(shifts.astype(int)):
                there = np.roll(self.images, (-row, -column), (1, 2))
                cross[offset] = np.einsum("krc,kmrc->m", there, maps[places[offset]], optimize=True)
        else:
            each = np.einsum("krc,gmrc->kgm", self.images, maps, optimize=True)
            cross = np.stack([each[k, places[:, k]] for k in range(len(self.angles))]).sum(axis=0)
        return _Class(orientation, _explained(cross, gram[places].sum(axis=1), float(self.measured.sum())), shifts)

    def _shifts(self, maps: NDArray[np.float64], places: NDArray[np.intp]) -> NDArray[np.float64]:
        """Rows and columns by which the sum of the path lengths is to be moved for the best correlation."""
        from scipy import fft

        size = tuple(fft.next_fast_len(n + self.most_shift, real=True) for n in self.shape)
        totals = maps.sum(axis=1)
        there = fft.rfft2(self.images, size)
        back = np.conj(fft.rfft2(totals, size))
        steps = np.arange(-self.most_shift, self.most_shift + 1)
        found = np.zeros((len(maps), 2))
        for offset, images in enumerate(places):
            surface = fft.irfft2((there * back[images]).sum(axis=0), size)[np.ix_(steps, steps)]
            row, column = np.unravel_index(int(surface.argmax()), surface.shape)
            found[offset] = steps[row], steps[column]
        return found

    def _products(self, orientation: Orientation, offsets: Sequence[float], shift: NDArray[np.float64]) -> _Products:
        """Products of one class at exact offsets."""
        cross, gram = [], []
        for image, angle in zip(self.images, self.angles, strict=True):
            turned = [
                self._maps(orientation.axis, orientation.sense * angle + offset, orientation.flipped, shift)
                for offset in offsets
            ]
            maps = np.stack(turned)
            cross.append(self._band_sums(np.einsum("rc,omrc->omr", image, maps)))
            gram.append(self._band_sums(np.einsum("omrc,onrc->omnr", maps, maps)))
        return _Products(np.moveaxis(np.stack(cross), -1, 1), np.moveaxis(np.stack(gram), -1, 1), self.measured)

    def _refined(self, winner: _Class) -> tuple[Orientation, NDArray[np.float64], float, float]:
        """Best offset and shift near those of the grid, the standard error of the offset, and what is explained."""
        at = int(winner.explained.argmax())
        offset, shift = at * GRID_STEP_DEG, winner.shifts[at].copy()
        turned = winner.orientation
        steps = [_FINE_DEG, 0.5 * _FINE_DEG] if self.most_shift else [_FINE_DEG]
        for step in steps:
            offsets = offset + step * np.arange(-3, 4)
            products = self._products(turned, offsets.tolist(), shift)
            offset = _vertex(offsets, products.explained())
            if abs(offset - offsets[3]) >= 2.5 * step and len(steps) < _MOST_STEPS:
                steps.append(step)  # the top is farther off, as with outlines that hardly change
            for side in (0, 1) if self.most_shift else ():
                moves = step * np.arange(-2, 3)
                values = [
                    float(self._products(turned, [offset], shift + move * np.eye(2)[side]).explained()[0])
                    for move in moves
                ]
                shift[side] += _vertex(moves, np.array(values))
        error = 0.0
        for each in products.jackknife():
            tops = np.array([_vertex(offsets, curve) for curve in each])
            error = float(np.hypot(error, np.sqrt((len(tops) - 1) * np.var(tops))))
        best = float(self._products(turned, [offset], shift).explained()[0])
        offset = (offset + 180) % 360 - 180
        return Orientation(turned.axis, turned.sense, turned.flipped, offset), shift, error, best

    def _rivals(self, classes: Sequence[_Class], winner: _Class) -> Iterator[tuple[float, Candidate]]:
        """The best of each other class, and the best other side of the same one, with the variance they explain."""
        for one in classes:
            explained = one.explained
            if one is winner:
                count = len(explained)
                apart = np.abs((np.arange(count) - explained.argmax() + count / 2) % count - count / 2)
                explained = np.where(apart * GRID_STEP_DEG > _SAME_SIDE_DEG, explained, 0.0)
            at = int(explained.argmax())
            offset = (at * GRID_STEP_DEG + 180) % 360 - 180
            turned = one.orientation
            orientation = Orientation(turned.axis, turned.sense, turned.flipped, offset)
            yield float(explained[at]), Candidate(orientation, float(np.sqrt(explained[at])))


def spread_over(angles: NDArray[np.float64], most: int) -> NDArray[np.intp]:
    """Up to so many of the angles, evenly over them, each the nearest to the grid of predictions."""
    if len(angles) <= most:
        return np.arange(len(angles))
    off_grid = np.abs(angles / GRID_STEP_DEG - np.rint(angles / GRID_STEP_DEG))
    groups = np.array_split(np.arange(len(angles)), most)
    return np.array([group[np.argmin(off_grid[group])] for group in groups])


def _vertex(at: NDArray[np.floating], values: NDArray[np.float64]) -> float:
    """Where a curve is highest: the vertex of a parabola through the highest value and its neighbours."""
    top = int(np.clip(np.argmax(values), 1, len(at) - 2))
    low, middle, high = values[top - 1 : top + 2]
    bend = low - 2 * middle + high
    step = 0.0 if bend >= 0 else 0.5 * (low - high) / bend
    return float(at[top] + np.clip(step, -1, 1) * (at[1] - at[0]))
