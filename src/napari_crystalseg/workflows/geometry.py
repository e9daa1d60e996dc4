"""Do labels and projections agree? Rotation sense, axis, flips and the zero of the angles, with a score.

The score is the correlation of the measured −ln T with the best combination, without negative coefficients, of the path
lengths of the materials, so that no attenuation coefficient needs to be known. All offsets share one table of cross
products, because the prediction depends on the effective angle only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..checks import checked_finite
from ..errors import InputError
from ..labels import Labels, Material
from ..progress import Progress, silent
from ..scan import Scan
from .label_projection import LabelProjector, Orientation, thinned

GRID_STEP_DEG = 3.0
# Binned pixels along the longer side: enough to tell orientations apart, few enough for thousands of hypotheses.
_COARSE_PX = 96
_MOST_IMAGES = 24
_MOST_VOXELS = 192
_BANDS = 8
_FINE_DEG = 1.0
# An orientation is not told apart from the best one when it leaves less than so many times as much of the variance
# unexplained (pixels' residuals hang together, so that some forty of them count), or explains as good as the same.
_UNDECIDED = 1.25
_LEAST_DIFFERENCE = 0.002
_LEAST_OFFSET_DEG = 0.75
_SAME_SIDE_DEG = 30
_MOST_STEPS = 8
# Below this correlation nothing has been recognised.
LEAST_SCORE = 0.5


@dataclass(frozen=True)
class Candidate:
    """An orientation with its score.

    Parameters
    ----------
    orientation : Orientation
        How the labels are turned.
    score : float
        Correlation of measured and predicted attenuation, 0 to 1.
    """

    orientation: Orientation
    score: float

    def to_dict(self) -> dict[str, Any]:
        """Return orientation and score as JSON-ready values."""
        turned = self.orientation
        return {
            "axis": turned.axis,
            "sense": turned.sense,
            "flipped": turned.flipped,
            "offset_deg": round(turned.offset_deg, 3),
            "score": round(self.score, 5),
        }


@dataclass(frozen=True)
class GeometryScore:
    """How well labels match projections, as given and turned otherwise.

    Parameters
    ----------
    given : Candidate
        The labels as they are.
    best : Candidate
        The orientation that matches best.
    offset_error_deg : float
        Standard error of the best offset, degrees; infinite where the sample looks the same from all sides.
    rivals : tuple of Candidate
        Other orientations that match about as well as the best.
    shift_px : (float, float)
        Rows and columns by which the labels were moved to match, where that was allowed.
    findings : tuple of str
        What the user should know.
    """

    given: Candidate
    best: Candidate
    offset_error_deg: float
    rivals: tuple[Candidate, ...]
    shift_px: tuple[float, float]
    findings: tuple[str, ...]

    @property
    def decided(self) -> bool:
        """Whether one orientation is better than all others."""
        return not self.rivals and bool(np.isfinite(self.offset_error_deg)) and self.best.score >= LEAST_SCORE

    def to_dict(self) -> dict[str, Any]:
        """Return all as JSON-ready values."""
        return {
            "as_given": self.given.to_dict(),
            "best": self.best.to_dict(),
            "offset_error_deg": None if np.isinf(self.offset_error_deg) else round(self.offset_error_deg, 3),
            "decided": self.decided,
            "equally_good": [rival.to_dict() for rival in self.rivals],
            "shift_px": {"row": round(self.shift_px[0], 2), "column": round(self.shift_px[1], 2)},
            "findings": list(self.findings),
        }


def scan_geometry(
    labels: Labels, scan: Scan, centre_px: float | None = None, progress: Progress = silent
) -> GeometryScore:
    """Compare labels with all projections of the scan that they come from.

    Parameters
    ----------
    labels : Labels
        Labels of the reconstructed scan; the middle of axes 1 and 2 lies on the rotation axis.
    scan : Scan
        Raw scan, with its pixel size.
    centre_px : float, optional
        Column of the rotation axis; by default the scan's own, else found.
    progress : Progress
        Called as the work goes on.

    Returns
    -------
    GeometryScore

    Raises
    ------
    InputError
        No pixel size in the scan, labels that are all air, or unusable flats.
    """
    from ..tomography import normalise

    pixel_size_um = pixel_size_of(scan)
    if centre_px is None:
        centre_px = centre_of_rotation(scan)
    chosen = spread_over(scan.angles_deg, _MOST_IMAGES)
    few = replace(scan, projections=scan.projections[chosen], angles_deg=scan.angles_deg[chosen])
    return geometry_score(
        labels,
        -np.log(normalise(few)),
        few.angles_deg,
        pixel_size_um=pixel_size_um,
        centre_px=centre_px,
        progress=progress,
    )


def geometry_score(
    labels: Labels,
    attenuation: ArrayLike,
    angles_deg: float | ArrayLike,
    *,
    pixel_size_um: float | None = None,
    centre_px: float | None = None,
    most_shift_px: int = 0,
    outline: bool = False,
    progress: Progress = silent,
) -> GeometryScore:
    """Find how labels must be turned to match one or more projections.

    Parameters
    ----------
    labels : Labels
        The sample.
    attenuation : array_like, shape (row, column) or (image, row, column)
        Measured −ln T, or anything that grows with it: a picture of the viewing camera of the diffraction beamline at
        a known goniometer angle will do, bright where the sample is. With one image the sense of the rotation cannot
        be told.
    angles_deg : float or array_like, shape (image,)
        Rotation (goniometer) angle of each image. The best offset is what must be added to them: for images of the
        diffraction experiment the ``offset`` between tomography and diffraction.
    pixel_size_um : float, optional
        Pixel at the sample, µm; the voxel size of the labels by default.
    centre_px : float, optional
        Column of the rotation axis; the middle by default.
    most_shift_px : int
        Look for shifts up to this many pixels along rows and columns, where axis and height are not known to the
        pixel.
    outline : bool
        Compare outlines only: the image is 1 in the sample and 0 elsewhere.
    progress : Progress
        Called as the work goes on.

    Returns
    -------
    GeometryScore

    Raises
    ------
    InputError
        No images, NaN, another number of angles, labels that are all air, or images of one grey.
    """
    images = np.asarray(attenuation, dtype=np.float32)
    images = images[np.newaxis] if images.ndim == 2 else images
    angles = np.atleast_1d(np.asarray(angles_deg, dtype=np.float64))
    if images.ndim != 3 or images.size == 0:
        raise InputError(f"Projections need the axes (image, row, column), not the shape {images.shape}.")
    checked_finite(images, "The projections")
    if angles.shape != (len(images),) or not np.isfinite(angles).all():
        raise InputError(
            f"There are {len(images)} projections but {angles.size} angles; give one for each, in degrees."
        )
    if not (labels.data != Material.AIR).any():
        raise InputError("The labels are all air: there is nothing to compare; open the labels of the sample.")
    pixel = labels.voxel_size_um[2] if pixel_size_um is None else float(pixel_size_um)
    centre = (images.shape[2] - 1) / 2 if centre_px is None else float(centre_px)
    search = _Search(labels, images, angles, pixel, centre, int(most_shift_px), outline)
    return search.run(progress)


def centre_of_rotation(scan: Scan) -> float:
    """Column of the rotation axis: the scan's own, else found."""
    from ..tomography import find_centre, normalise

    if scan.rotation_centre_px is not None:
        return scan.rotation_centre_px
    return find_centre(normalise(scan), scan.angles_deg)


def pixel_size_of(scan: Scan) -> float:
    """Pixel size of a scan, µm; refuse one that does not say it."""
    if scan.pixel_size_um is None:
        raise InputError("The scan does not say its pixel size, so lengths are unknown; give --voxel-size-um.")
    return scan.pixel_size_um


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


class _Search:
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
        self.bin = max(1, -(-max(rows, columns) // _COARSE_PX))
        self.shape = (max(1, rows // self.bin), max(1, columns // self.bin))
        chosen = spread_over(angles, _MOST_IMAGES)
        self.angles = angles[chosen]
        top, left = ((size - count * self.bin) // 2 for size, count in zip((rows, columns), self.shape, strict=True))
        cut = images[chosen, top : top + self.shape[0] * self.bin, left : left + self.shape[1] * self.bin]
        binned = cut.reshape(len(chosen), self.shape[0], self.bin, self.shape[1], self.bin)
        self.images = binned.mean(axis=(2, 4), dtype=np.float64)
        # The level of each image is free: beam drift says nothing about the geometry.
        self.images -= self.images.mean(axis=(1, 2), keepdims=True)
        if not self.images.any():
            raise InputError("Nothing is seen in the projections: they are of one grey.")
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
        alike = _alike(winner.explained, top)
        if alike.mean() > 0.5:
            error = float("inf")
        if plain >= best:
            orientation, shift, best = Orientation(), unshifted, plain
        rivals = tuple(sorted(self._rivals(classes, winner, top), key=lambda one: -one.score))
        given = Candidate(Orientation(), float(np.sqrt(plain)))
        found = Candidate(orientation, float(np.sqrt(best)))
        progress(1.0, "Compared")
        step = (float(shift[0] * self.bin), float(shift[1] * self.bin))
        findings = _findings(given, found, error, rivals, self.several)
        return GeometryScore(given, found, error, rivals, step, findings)

    def _maps(
        self, axis: int, angle: float, flipped: bool = False, shift: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """Predicted maps with their mean taken off, (material, row, column)."""
        row, column = (0.0, 0.0) if shift is None else shift
        maps = self.projectors[axis].path_lengths_um(angle, self.centre + column, self.middle + row, flipped)
        if self.outline:
            maps = (maps.sum(axis=0, keepdims=True) > 0.5 * self.pixel).astype(np.float64)
        return maps - maps.mean(axis=(1, 2), keepdims=True)

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
        reach = np.arange(-self.most_shift, self.most_shift + 1)
        found = np.zeros((len(maps), 2))
        for offset, images in enumerate(places):
            surface = fft.irfft2((there * back[images]).sum(axis=0), size)[np.ix_(reach, reach)]
            row, column = np.unravel_index(int(surface.argmax()), surface.shape)
            found[offset] = reach[row], reach[column]
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

    def _rivals(self, classes: Sequence[_Class], winner: _Class, top: float) -> Iterator[Candidate]:
        """The best of each other class, and the other sides of the same one, that match as well."""
        for one in classes:
            explained = one.explained
            if one is winner:
                count = len(explained)
                apart = np.abs((np.arange(count) - explained.argmax() + count / 2) % count - count / 2)
                explained = np.where(apart * GRID_STEP_DEG > _SAME_SIDE_DEG, explained, 0.0)
            at = int(explained.argmax())
            if _alike(explained[at : at + 1], top)[0]:
                offset = (at * GRID_STEP_DEG + 180) % 360 - 180
                turned = one.orientation
                yield Candidate(
                    Orientation(turned.axis, turned.sense, turned.flipped, offset), float(np.sqrt(explained[at]))
                )


def _alike(explained: NDArray[np.float64], best: float) -> NDArray[np.bool_]:
    """Whether hypotheses leave hardly more unexplained than the best one."""
    left = 1 - explained
    return (left < _UNDECIDED * (1 - best)) | (best - explained < _LEAST_DIFFERENCE)


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


def _findings(
    given: Candidate, best: Candidate, offset_error: float, rivals: tuple[Candidate, ...], several: bool
) -> tuple[str, ...]:
    said = []
    turned = best.orientation
    clearly = not _alike(np.array([given.score**2]), best.score**2)[0]
    if best.score < LEAST_SCORE:
        said.append(
            f"The labels match the projections nowhere (the best score is {best.score:.2f}): they may be of another "
            "sample, or the pixel size, the rotation centre or the flat field is wrong."
        )
    elif clearly:
        said.append(
            f"The labels match the projections best when {turned.described()}: the score is then {best.score:.3f} "
            f"instead of {given.score:.3f}."
        )
    elif abs(turned.offset_deg) > max(_LEAST_OFFSET_DEG, 4 * offset_error) and turned.is_turned_only:
        said.append(f"The angles seem to be off: {turned.offset_deg:+.2f} ± {offset_error:.2f}° should be added.")
    if np.isinf(offset_error):
        said.append("The sample looks the same from all sides, so the zero of the angles cannot be told.")
    if rivals and best.score >= LEAST_SCORE:
        ways = "; ".join(rival.orientation.described() for rival in rivals[:3])
        said.append(f"This is not decided, since the labels match about as well when: {ways}.")
    if not several:
        said.append("One projection does not tell the sense of the rotation; give several at different angles.")
    return tuple(said)
