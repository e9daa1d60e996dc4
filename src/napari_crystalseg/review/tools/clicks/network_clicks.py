"""Clicks by a network that was trained with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....box import Box, box_of, grown, whole
from ....errors import InputError
from ....labels import Material
from ....progress import Progress, part, silent
from ....segmentation.grids.working_grid import WorkingGrid
from ....segmentation.guidance.guided_network import SEEN_VOXELS, GuidedNetwork
from ....segmentation.guidance.marks import WRONG, Mark
from ....segmentation.guidance.working_values import LastWorkingValues
from ....segmentation.model_folders.model_folder import ModelFolder, bundled_guided_model
from ....volume import Volume
from ...edits.change import Change
from ..proposed_change import proposed
from .click import Click, ClickModel, check_clicks
from .region_clicks import RegionClicks, ball_about, squares_about

_WORKING_VOXELS = 96
_NEAR_VOXELS = 2.5
"""What the network changes is the click's as far as it hangs together with this much about it, on the working grid."""
_BRUSH_VOXELS = 3.0
"""Who changes no more than a ball of this radius found nothing but the click itself."""
_LONGER = 4.0
_FURTHER_BOXES = 3
"""How often it goes on where a region ends at a side of what was seen."""
_FEWEST_TOUCHING = 9
"""Fewer voxels at that side are not worth another look."""
_CUBES = (1.0, 1.0, 1.0)  # voxels of the working grid
_LEAST_VOXELS = 3.0
"""A region ends at so many times the click's distance to where the labels say already what it says, from so much on."""


class NetworkClicks:
    """Asks a network that was trained with clicks, and rules where that finds nothing but the click itself.

    Rules see where voxel values change about a click; the network knows what samples look like. It sees a box about
    the click, on a grid of 96 voxels along the volume's longest side: voxel values, clicks, and the labels so far.
    A region that ends at a side of that box is followed from there, in up to three boxes more. Of what it would
    label otherwise, the connected region at the click changes that becomes the class that is here, or that loses
    the class that is not, no further than four times the distance to where the labels say already what the click
    says. Class probabilities are interpolated to the grid of the volume, so that surfaces stay smooth.

    Parameters
    ----------
    model : ModelFolder, optional
        Network; the bundled one by default.
    rules : ClickModel, optional
        The rules; :class:`.RegionClicks` by default.
    """

    def __init__(self, model: ModelFolder | None = None, rules: ClickModel | None = None) -> None:
        self._model = model
        self._network: GuidedNetwork | None = None
        self._rules: ClickModel = RegionClicks() if rules is None else rules
        self._seen = LastWorkingValues(_WORKING_VOXELS)

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is made again when it is needed."""
        return {**vars(self), "_network": None, "_seen": LastWorkingValues(_WORKING_VOXELS)}

    def propose(
        self,
        labels: NDArray[np.uint8],
        volume: Volume,
        clicks: Sequence[Click],
        probabilities: NDArray[np.floating] | None = None,
        progress: Progress = silent,
    ) -> Change | None:
        """Propose what labels become about clicks; see :meth:`.ClickModel.propose`.

        Raises
        ------
        InputError
            No click, one outside of the volume, or labels or probabilities of another shape.
        """

        def rules(told: Progress) -> Change | None:
            return self._rules.propose(labels, volume, clicks, probabilities, told)

        return self.before(rules, labels, volume.data, volume.voxel_size_um, clicks, progress)

    def before(
        self,
        rules: Callable[[Progress], Change | None],
        labels: NDArray[np.uint8],
        values: NDArray[Any],
        voxel_size_um: tuple[float, float, float] | None,
        clicks: Sequence[Click],
        progress: Progress = silent,
    ) -> Change | None:
        """Ask the network, and rules where it finds no more than a brush would change; the larger change is returned.

        Parameters
        ----------
        rules : callable
            Takes ``progress``, and returns what rules propose.
        labels, values, voxel_size_um, clicks, progress
            As in :meth:`followed`.
        """
        change = self.followed(labels, values, voxel_size_um, clicks, part(progress, 0.0, 0.6))
        found = 0 if change is None else change.voxels
        if found > 4 / 3 * np.pi * _BRUSH_VOXELS**3:
            return change
        other = rules(part(progress, 0.6, 1.0))
        return other if other is not None and other.voxels > found else change

    def followed(
        self,
        labels: NDArray[np.uint8],
        values: NDArray[Any],
        voxel_size_um: tuple[float, float, float] | None,
        clicks: Sequence[Click],
        progress: Progress = silent,
    ) -> Change | None:
        """What the network alone makes of clicks.

        Parameters
        ----------
        labels : ndarray of uint8, shape (z, y, x)
            Labels so far.
        values : ndarray, shape (z, y, x)
            Voxel values of any type. They are averaged once for as long as the array is the same.
        voxel_size_um : (float, float, float) or None
            Voxel size along (z, y, x), µm; None for cubes.
        clicks : sequence of Click
            The last is the one to follow; those before it are also shown to the network.
        progress : Progress
            Told of each step.

        Returns
        -------
        Change or None
            None where the network does not follow the last click, or can see nothing in the volume: it is constant, or
            holds NaN.

        Raises
        ------
        InputError
            No click, one outside of the volume, or labels of another shape.
        """
        check_clicks(labels, values.shape, clicks)
        if self._network is None:
            progress(0.0, "loading the network")
            self._network = GuidedNetwork(self._model or bundled_guided_model())
        progress(0.2, "preparing the volume")
        try:
            seen = self._seen.of(np.asarray(values), voxel_size_um)
        except InputError:
            return None
        return _followed(self._network, seen.grid, seen.voxel_values, labels, clicks, part(progress, 0.5, 1.0))


def _followed(
    network: GuidedNetwork,
    grid: WorkingGrid,
    voxel_values: NDArray[np.float32],
    labels: NDArray[np.uint8],
    clicks: Sequence[Click],
    progress: Progress,
) -> Change | None:
    click = clicks[-1]
    shape = grid.working_shape
    at = _on_grid(click.place, grid)
    box = _box_about(at, shape)
    before = _sampled(labels, grid, whole(shape))
    marks = _marks(clicks, grid)
    # What was not seen stays as it is labelled.
    probabilities = np.stack([before == int(code) for code in Material]).astype(np.float32)
    known = np.zeros(shape, dtype=bool)
    now = before.copy()
    bound = _bound_squares((before[box] == click.label) == click.here, at, box)
    region = known
    for turn in range(1 + _FURTHER_BOXES):
        progress(turn / (1 + _FURTHER_BOXES), "asking the network")
        found = network.see(voxel_values[box], _within(marks, box), labels=np.ascontiguousarray(now[box]))
        fresh = ~known[box]
        probabilities[:, *box] = np.where(fresh, found, probabilities[:, *box])
        known[box] = True
        after = probabilities.argmax(axis=0)
        changed = (after == click.label) & (before != click.label)
        if not click.here:
            changed = (before == click.label) & (after != click.label)
        region = _piece_near(changed & known & (squares_about(at, _CUBES, shape) <= bound), at)
        touched = _touched(region, known)
        if touched is None:
            break
        # It goes on beyond what was seen: from a place in it, labelled by now, which is shown as one more click.
        now = np.where(region, after, before).astype(np.uint8)
        marks = (*marks, Mark(touched, click.label if click.here else WRONG))
        box = _box_about(touched, shape)
    inner = box_of(region)
    if inner is None:
        return None
    # A voxel that surfaces may take, and one to interpolate from.
    inner = grown(inner, (2, 2, 2), region.shape)
    return _on_volume(grid, whole(shape), inner, region, probabilities, labels, click)


def _touched(region: NDArray[np.bool_], known: NDArray[np.bool_]) -> tuple[int, int, int] | None:
    """The place where most of a region ends as nothing beyond was seen; None where it does not."""
    best: tuple[int, tuple[int, int, int] | None] = (_FEWEST_TOUCHING - 1, None)
    for axis in range(3):
        for step in (1, -1):
            beyond = np.zeros(known.shape, dtype=bool)
            inside = [slice(None)] * 3
            outside = [slice(None)] * 3
            inside[axis], outside[axis] = (slice(None, -1), slice(1, None))[::step]
            beyond[tuple(inside)] = ~known[tuple(outside)]
            ends = np.argwhere(region & beyond)
            if len(ends) > best[0]:
                middle = ends[((ends - ends.mean(axis=0)) ** 2).sum(axis=1).argmin()]
                best = len(ends), (int(middle[0]), int(middle[1]), int(middle[2]))
    return best[1]


def _on_grid(place: tuple[int, int, int], grid: WorkingGrid) -> tuple[int, int, int]:
    z, y, x = (
        min(int((index + 0.5) * working / length), working - 1)
        for index, working, length in zip(place, grid.working_shape, grid.shape, strict=True)
    )
    return z, y, x


def _box_about(at: tuple[int, int, int], shape: tuple[int, int, int]) -> Box:
    sides = []
    for index, length in zip(at, shape, strict=True):
        start = min(max(index - SEEN_VOXELS // 2, 0), max(0, length - SEEN_VOXELS))
        sides.append(slice(start, min(start + SEEN_VOXELS, length)))
    return sides[0], sides[1], sides[2]


def _marks(clicks: Sequence[Click], grid: WorkingGrid) -> tuple[Mark, ...]:
    return tuple(Mark(_on_grid(click.place, grid), click.label if click.here else WRONG) for click in clicks)


def _within(marks: Sequence[Mark], box: Box) -> tuple[Mark, ...]:
    """Marks by their places in a box; those outside are shown no less, as the network knows how to leave them out."""
    moved = []
    for mark in marks:
        z, y, x = (index - side.start for index, side in zip(mark.place, box, strict=True))
        moved.append(Mark((z, y, x), mark.channel))
    return tuple(moved)


def _sampled(labels: NDArray[np.uint8], grid: WorkingGrid, box: Box) -> NDArray[np.uint8]:
    """Labels at the centres of the grid's voxels in a box."""
    places = [
        ((np.arange(side.start, side.stop) + 0.5) * length / working).astype(int)
        for side, length, working in zip(box, grid.shape, grid.working_shape, strict=True)
    ]
    return np.ascontiguousarray(labels[np.ix_(*places)])


def _bound_squares(right: NDArray[np.bool_], at: tuple[int, int, int], box: Box) -> float:
    """Square of a few times the distance from a place to where the labels in a box are right; infinite if nowhere."""
    if not right.any():
        return float("inf")
    z, y, x = (index - side.start for index, side in zip(at, box, strict=True))
    squares = squares_about((z, y, x), _CUBES, right.shape)
    return float((_LONGER * max(float(np.sqrt(squares[right].min())), _LEAST_VOXELS)) ** 2)


def _piece_near(mask: NDArray[np.bool_], at: tuple[int, int, int]) -> NDArray[np.bool_]:
    """The connected parts of a mask that come near a place."""
    from scipy.ndimage import label

    pieces, _ = label(mask, np.ones((3, 3, 3)))
    near = np.unique(pieces[mask & ball_about(at, _NEAR_VOXELS, _CUBES, mask.shape)])
    region: NDArray[np.bool_] = np.isin(pieces, near[near > 0])
    return region


def _on_volume(
    grid: WorkingGrid,
    box: Box,
    inner: Box,
    region: NDArray[np.bool_],
    probabilities: NDArray[np.float32],
    labels: NDArray[np.uint8],
    click: Click,
) -> Change | None:
    """Bring a region from the working grid to the grid of the volume; surfaces by the interpolated probabilities."""
    from scipy.ndimage import binary_dilation

    about = binary_dilation(region, np.ones((3, 3, 3)))[inner]
    target, places, nearest = [], [], []
    for side, within, working, length in zip(box, inner, grid.working_shape, grid.shape, strict=True):
        first, last = side.start + within.start, side.start + within.stop
        start, stop = round(first * length / working), min(round(last * length / working), length)
        place = (np.arange(start, stop) + 0.5) * working / length - 0.5 - first
        target.append(slice(start, stop))
        places.append(np.clip(place, 0, last - first - 1))
        nearest.append(np.rint(places[-1]).astype(int))
    volume_box = (target[0], target[1], target[2])
    before = labels[volume_box]
    best = np.full(before.shape, -1.0, dtype=np.float32)
    winner = np.zeros(before.shape, dtype=np.uint8)
    for code in Material:
        one = _interpolated(probabilities[int(code)][inner], places)
        better = one > best
        best[better], winner[better] = one[better], int(code)
    changes = about[np.ix_(*nearest)]
    if click.here:
        changes &= (winner == click.label) & (before != click.label)
    else:
        changes &= (before == click.label) & (winner != click.label)
    after = np.where(changes, winner, before).astype(np.uint8)
    own = tuple(index - side.start for index, side in zip(click.place, volume_box, strict=True))
    reached = all(0 <= index < length for index, length in zip(own, before.shape, strict=True))
    if (labels[click.place] != click.label) == click.here and not (reached and changes[own]):
        return None  # what lies beside the click alone was not meant
    return proposed(labels, volume_box, after)


def _interpolated(values: NDArray[np.float32], places: Sequence[NDArray[np.float64]]) -> NDArray[np.float32]:
    """Interpolate linearly, axis by axis."""
    for axis, place in enumerate(places):
        below = np.floor(place).astype(int)
        above = np.minimum(below + 1, values.shape[axis] - 1)
        shape = [-1 if axis == other else 1 for other in range(3)]
        share = (place - below).astype(np.float32).reshape(shape)
        values = np.take(values, below, axis) * (1 - share) + np.take(values, above, axis) * share
    return values
