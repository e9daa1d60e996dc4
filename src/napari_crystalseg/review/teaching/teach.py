"""A few strokes of each class to the labels of the whole volume."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ...checks import read_only
from ...computing.threads import in_threads
from ...errors import InputError
from ...labels import Material
from ...progress import Progress, part, silent
from ...segmentation.grids.working_grid import WorkingGrid
from ...volume import Volume
from ..edits.change import Change
from .appearance import Appearance
from .forest import Forest
from .second_opinion import SecondOpinion
from .strokes import Strokes

_WORKING_SIZE = 128
_SURE = 0.95
_BATCH = 2**18
_STRENGTH, _STEPS = 6.0, 4
_THICK_SHARE = 0.8


@dataclass(frozen=True, eq=False)
class Taught:
    """What strokes made of a volume.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Class of each voxel; strokes are kept as they were painted.
    uncertainty : ndarray of uint8, shape (z, y, x)
        255 times the probability that the label is wrong; 0 where a stroke says it.
    change : Change or None
        What differs from the labels before; None where nothing does.
    trust : dict of Material to float
        Weight that what was known before the strokes had in each class, 0 to 1; empty where nothing was.
    """

    labels: NDArray[np.uint8]
    uncertainty: NDArray[np.uint8]
    change: Change | None
    trust: dict[Material, float]


def teach(
    volume: Volume,
    strokes: Strokes,
    labels: NDArray[np.uint8] | None = None,
    *,
    probabilities: NDArray[np.floating] | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Taught:
    """Label a whole volume as a few strokes of each class show it.

    Filters of several scales say what each voxel looks like, on a working grid of at most 128 voxels along each side; a
    forest of decision trees learns from the strokes which class looks so; neighbours of like voxel values then agree,
    and probabilities are interpolated to the grid of the volume, so that surfaces stay smooth. What a network or
    earlier labels say is mixed in, each class with a weight that falls where strokes contradict it. Classes without a
    stroke come from there alone. The same call gives the same bytes.

    Parameters
    ----------
    volume : Volume
        Voxel values of any scale, offset and contrast. Voxels of unknown size are taken for cubes.
    strokes : Strokes
        Two classes or more.
    labels : ndarray of uint8, shape (z, y, x), optional
        Labels so far: the change is against them, and they count as what was known before where ``probabilities`` are
        not given. None, and all is air before.
    probabilities : ndarray of float, shape (class, z', y', x'), optional
        Probability of each code 0 to 4 by a network, on any grid over the same field.
    seed : int
        Seed of the forest.
    progress : Progress
        Told of every step; raises :class:`~napari_crystalseg.errors.Cancelled` to stop.

    Returns
    -------
    Taught

    Raises
    ------
    InputError
        Strokes of a single class or outside of the volume, a constant volume, or labels of another shape.
    """
    strokes.check_within(volume.shape)
    if len(strokes.classes) < 2:
        raise InputError(
            f"All strokes are {strokes.classes[0].title}; paint a few of each class that the volume holds, air too."
        )
    if labels is not None and np.shape(labels) != volume.shape:
        raise InputError(f"The labels have shape {np.shape(labels)}, the volume {volume.shape}; they must be the same.")
    lowest = float(volume.data.min())
    if not float(volume.data.max()) > lowest:
        raise InputError(
            f"Every voxel of the volume is {lowest:g}, so strokes can teach nothing; check the reconstruction."
        )
    progress(0.0, "preparing the volume")
    voxel = volume.voxel_size_um or (1.0, 1.0, 1.0)
    grid = WorkingGrid.of(volume.shape, voxel, _WORKING_SIZE)
    appearance = Appearance.of(grid.average(volume.data), part(progress, 0.1, 0.4))
    progress(0.4, "learning from the strokes")
    places, classes = _on_grid(strokes, grid)
    forest = Forest.grown(appearance.at(places), classes, seed)
    evidence = _everywhere(forest, appearance, part(progress, 0.45, 0.75))
    trust: dict[Material, float] = {}
    opinion = SecondOpinion.of(labels, probabilities, grid)
    if opinion is not None:
        progress(0.75, "weighing what was known before")
        evidence, trust = opinion.mixed_into(evidence, places, classes)
    smooth = _smoothed(evidence, appearance.images[0], places, classes, part(progress, 0.78, 0.9))
    progress(0.9, "drawing the labels")
    from .smoothing_kernel import draw

    after = np.empty(volume.shape, dtype=np.uint8)
    uncertainty = np.empty(volume.shape, dtype=np.uint8)
    in_threads(lambda start, stop: draw(smooth, after, uncertainty, start, stop), volume.shape[0])
    stroked = tuple(strokes.indices.T)
    after[stroked] = strokes.labels
    uncertainty[stroked] = 0
    progress(0.98, "comparing with the labels before")
    before = np.zeros(volume.shape, dtype=np.uint8) if labels is None else labels
    change = Change.between(before, after)
    progress(1.0, "labelled")
    return Taught(read_only(after), read_only(uncertainty), change, trust)


def _on_grid(strokes: Strokes, grid: WorkingGrid) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Voxels of the working grid that strokes pass through, each with the class that has most of them."""
    scale = np.array(grid.working_shape) / np.array(grid.shape)
    places = ((strokes.indices + 0.5) * scale).astype(np.int64)
    flat = np.ravel_multi_index(tuple(places.T), grid.working_shape)
    found, inverse = np.unique(flat, return_inverse=True)
    counts = np.zeros((len(found), len(Material)), dtype=np.int64)
    np.add.at(counts, (inverse, strokes.labels), 1)
    return np.stack(np.unravel_index(found, grid.working_shape), axis=1), counts.argmax(axis=1).astype(np.uint8)


def _everywhere(forest: Forest, appearance: Appearance, progress: Progress) -> NDArray[np.float32]:
    """Probabilities of every voxel, shape (z, y, x, class): every other voxel first, and all where that is not sure."""
    from scipy.ndimage import maximum_filter, minimum_filter

    shape = appearance.images.shape[1:]
    coarse = tuple((length + 1) // 2 for length in shape)
    places = np.indices(coarse, dtype=np.int32).reshape(3, -1).T * 2
    first = _asked(forest, appearance, places, part(progress, 0.0, 0.5)).reshape(*coarse, -1)
    best = first.argmax(axis=-1).astype(np.uint8)
    unsure = (first.max(axis=-1) < _SURE) | (maximum_filter(best, 3) != minimum_filter(best, 3))
    fine = first
    for axis, length in enumerate(shape):
        fine = fine.repeat(2, axis=axis)
        unsure = unsure.repeat(2, axis=axis)
        fine = np.take(fine, range(length), axis=axis) if fine.shape[axis] != length else fine
        unsure = np.take(unsure, range(length), axis=axis) if unsure.shape[axis] != length else unsure
    again = np.argwhere(unsure)
    fine[tuple(again.T)] = _asked(forest, appearance, again, part(progress, 0.5, 1.0))
    return np.ascontiguousarray(fine)


def _asked(
    forest: Forest, appearance: Appearance, places: NDArray[np.integer], progress: Progress
) -> NDArray[np.float32]:
    """Probabilities of some voxels, a batch at a time, so that the features take little memory."""
    found = np.empty((len(places), len(Material)), dtype=np.float32)

    def ask(start: int, stop: int) -> None:
        found[start:stop] = forest.probabilities(appearance.at(places[start:stop]))

    for start in range(0, len(places), _BATCH):
        progress(start / len(places), "asking what each voxel looks like")
        in_threads(ask, min(start + _BATCH, len(places)), start)
    return found


def _without_shells(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """Doubt crystal that is two voxels thin: the blurred surface of a brighter body looks like it, and crystals do not.

    Where a larger part of all crystal is as thin, it is a plate or a needle, and left alone.
    """
    from scipy.ndimage import binary_dilation, binary_erosion

    crystal = probabilities.argmax(axis=-1) == Material.CRYSTAL
    thick = binary_dilation(binary_erosion(crystal, border_value=1)) & crystal
    if np.count_nonzero(thick) >= _THICK_SHARE * np.count_nonzero(crystal):
        probabilities[crystal & ~thick, Material.CRYSTAL] *= np.float32(0.05)
        probabilities /= probabilities.sum(axis=-1, keepdims=True)
    return probabilities


def _smoothed(
    evidence: NDArray[np.float32],
    image: NDArray[np.float32],
    places: NDArray[np.int64],
    classes: NDArray[np.uint8],
    progress: Progress,
) -> NDArray[np.float32]:
    """Let neighbours agree, but not argue with strokes."""
    from .smoothing_kernel import mean_field

    evidence = evidence + np.float32(1e-5)
    evidence /= evidence.sum(axis=-1, keepdims=True)
    evidence[tuple(places.T)] = 1e-6
    evidence[(*places.T, classes)] = 1.0
    steps = [np.abs(np.diff(image[::2, ::2, ::2], axis=axis)).ravel() for axis in range(3) if image.shape[axis] > 2]
    typical = float(np.median(np.concatenate(steps))) if steps else 0.0
    contrast = max(3 * typical, 0.02)
    before, after = evidence.copy(), np.empty_like(evidence)
    for step in range(_STEPS):
        progress(step / _STEPS, "smoothing the surfaces")
        in_threads(partial(mean_field, evidence, image, _STRENGTH, contrast, before, after), len(image))
        before, after = after, before
    before = _without_shells(before)
    # Strokes are not argued with.
    before[tuple(places.T)] = 0.0
    before[(*places.T, classes)] = 1.0
    return before
