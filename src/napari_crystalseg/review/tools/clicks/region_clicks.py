"""Clicks without a network: regions by voxel values, edges and distance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....box import Box, grown
from ....labels import Material
from ....progress import Progress, silent
from ....volume import Volume
from ...edits.change import Change
from ..proposed_change import proposed
from ..regions.edge_strength import edge_strength
from ..regions.region_grow import piece_at
from .class_evidence import ClassEvidence
from .click import Click, check_clicks

_LEVELS = (0.0, 0.5, 1.0, 2.0, 4.0)
"""How much likelier the other class must be, in logarithms, of which that with the strongest edge is chosen."""
_STRONGER = 2.0
"""An edge must be so many times stronger before a smaller region is taken for it."""
_BRUSH_VOXELS = 1.5
_LOCAL_VOXELS = 2.5
"""Radius about a click whose place looks like something else: it says nothing of what lies further."""
_SHAKE_VOXELS, _DEEPER = 2.5, 2.0
"""A region this near to whose edge the click lies, and that is so many times deeper elsewhere, was not meant."""
_LONGER, _LONGER_ALIKE = 4.0, 1.25
"""How much further than half its thickness a wrong part may go on."""
_ROUNDS = 2


@dataclass(frozen=True)
class RegionClicks:
    """Re-labels the region about a click that looks like what the click says.

    In a box about the clicks, which is widened while the region leaves it, each class is what its voxels look like, the
    places of clicks above all. A click that a class is here takes the connected region about it that looks more like
    that class than like what it is labelled; a click that it is not here takes the connected region of that class that
    looks like something else, and each of its voxels becomes the likeliest of the classes that lie about it. Of several
    extents that with the strongest edge is taken. Where clicks that disagree fall into one region, they part it by
    watershed. A region goes no further than a few times the distance from the click to where the labels say already
    what the click says. A region that is deep elsewhere but not at the click, or that looks like what it was labelled,
    is not taken: a hand may shake by a voxel or two. Sizes are in µm, so voxels may be anisotropic.

    Parameters
    ----------
    first_um : float, optional
        Half of the first box's side, µm; by default 24 of the finest voxels.
    most_voxels : int
        Voxels of the largest box. A region that leaves it is cut off there, so that no click changes the whole volume.
    """

    first_um: float | None = None
    most_voxels: int = 96**3

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
        check_clicks(labels, volume.shape, clicks)
        voxel = volume.voxel_size_um or (1.0, 1.0, 1.0)
        half_um = 24 * min(voxel) if self.first_um is None else self.first_um
        while True:
            box = _box_about(clicks, half_um, voxel, volume.shape)
            progress(0.0, f"looking within {half_um:.0f} µm")
            after, open_sides = _relabelled(labels, volume, clicks, box, voxel, probabilities)
            wider = _box_about(clicks, 1.5 * half_um, voxel, volume.shape)
            if not open_sides or wider == box or _voxels(wider) > self.most_voxels:
                break
            half_um *= 1.5
        progress(1.0, "found the region")
        return proposed(labels, box, after)


def _relabelled(
    labels: NDArray[np.uint8],
    volume: Volume,
    clicks: Sequence[Click],
    box: Box,
    voxel: tuple[float, float, float],
    probabilities: NDArray[np.floating] | None,
) -> tuple[NDArray[np.uint8], bool]:
    """Labels of a box after all clicks, and whether a region goes on beyond it.

    One click after the other, and each twice: first the classes are learnt from the labels as earlier clicks left them,
    then from what the click made of those, for labels that are wrong teach wrong classes.
    """
    values, after = np.ascontiguousarray(volume.data[box]), labels[box]
    edges = edge_strength(values, voxel, min(voxel))
    open_sides = False
    against: tuple[bool, ...] = ()
    for number in range(1, len(clicks) + 1):
        before, doubted = after, False
        for _ in range(_ROUNDS):
            evidence = ClassEvidence.of(
                values, after, clicks[:number], box, volume.shape, voxel, probabilities, against=against
            )
            against = evidence.against
            region = _region(before, evidence, clicks[:number], edges, box, voxel)
            # What the click itself made of the labels is no witness: the first round decides.
            doubted = doubted or _doubtful(region, evidence, before, clicks[number - 1], box, voxel)
            if doubted:
                at = _inside(clicks[number - 1], box)
                region &= ball_about(at, _BRUSH_VOXELS * min(voxel), voxel, region.shape)
            click, after = clicks[number - 1], before.copy()
            after[region] = click.label if click.here else _likeliest(evidence.scores, region, before, click.label)
            if doubted:
                break
        open_sides |= _open(region, box, volume.shape)
    for click in clicks:
        inside = _inside(click, box)
        if click.here:
            after[inside] = click.label
        elif after[inside] == click.label:
            rest = np.flatnonzero(np.arange(len(Material)) != click.label)
            after[inside] = rest[evidence.scores[(rest, *inside)].argmax()]
    return after, open_sides


def _region(
    labels: NDArray[np.uint8],
    evidence: ClassEvidence,
    clicks: Sequence[Click],
    edges: NDArray[np.float32],
    box: Box,
    voxel: tuple[float, float, float],
) -> NDArray[np.bool_]:
    """Voxels that the last of some clicks is about."""
    click, score = clicks[-1], evidence.scores
    rival = np.delete(score, click.label, axis=0).max(axis=0)
    advantage = score[click.label] - rival if click.here else rival - score[click.label]
    may = (labels != click.label) if click.here else (labels == click.label)
    may &= _within_leak_bound(labels, evidence, click, box, voxel)
    ball = ball_about(_inside(click, box), _BRUSH_VOXELS * min(voxel), voxel, labels.shape)
    if evidence.against[-1]:
        may &= ball_about(_inside(click, box), _LOCAL_VOXELS * min(voxel), voxel, labels.shape)
    region = _strongest_edge(advantage, may, ball, click, box, edges)
    region = _without_bridges(region, click, box)
    return _parted(region, click, [other for other in clicks[:-1] if _disagree(click, other)], edges, box, voxel)


def _within_leak_bound(
    labels: NDArray[np.uint8], evidence: ClassEvidence, click: Click, box: Box, voxel: tuple[float, float, float]
) -> NDArray[np.bool_]:
    """Voxels no further from a click than a few times its distance to where the labels say already what it says.

    A wrong part is seldom much longer than it is thick. Where values do not tell the two classes apart nothing else
    ends a region, and it stays about as long as thick.
    """
    at = _inside(click, box)
    right = (labels == click.label) == click.here
    if not right.any():
        return np.ones(labels.shape, dtype=bool)
    squares = squares_about(at, voxel, labels.shape)
    nearest = float(np.sqrt(squares[right].min()))
    others = np.unique(labels[right]) if not click.here else [labels[at]]
    alike = any(evidence.alike(click.label, int(other)) for other in others if other != click.label)
    bound = max((_LONGER_ALIKE if alike else _LONGER) * nearest, _LOCAL_VOXELS * min(voxel))
    return np.asarray(squares <= bound**2)


def _doubtful(
    region: NDArray[np.bool_],
    evidence: ClassEvidence,
    labels: NDArray[np.uint8],
    click: Click,
    box: Box,
    voxel: tuple[float, float, float],
) -> bool:
    """Whether a region is not what a hand that shakes by a voxel or two meant by a click.

    A click on a blurred edge can take what lies on the wrong side of it. Such a region begins beside the click and is
    deep further off, or looks like what it was labelled.
    """
    from scipy.ndimage import distance_transform_edt

    ball = ball_about(_inside(click, box), _LOCAL_VOXELS * min(voxel), voxel, region.shape)
    further = region & ~ball
    if not further.any():
        return False
    if evidence.contradicts(further, labels, click):
        return True
    # Beyond the box a region goes on, so its sides are not its end.
    depth = distance_transform_edt(np.pad(region, 1, mode="edge"), sampling=voxel)[1:-1, 1:-1, 1:-1]
    own = float(depth[ball_about(_inside(click, box), 1.01 * min(voxel), voxel, region.shape)].max())
    return own <= _SHAKE_VOXELS * min(voxel) and float(depth.max()) > _DEEPER * own


def _strongest_edge(
    advantage: NDArray[np.float32],
    may: NDArray[np.bool_],
    ball: NDArray[np.bool_],
    click: Click,
    box: Box,
    edges: NDArray[np.float32],
) -> NDArray[np.bool_]:
    """Of the regions about a click at several levels of advantage, that with the strongest edge on its outside."""
    from scipy.ndimage import binary_dilation

    best, strongest, largest = None, -1.0, 0
    for level in _LEVELS:
        region = piece_at((advantage > level) & may | ball, click.place, box)
        size = int(np.count_nonzero(region))
        if best is not None and (size == largest or size <= 2 * np.count_nonzero(ball)):
            break
        rim = binary_dilation(region) & ~region & may
        strength = float(edges[rim].mean()) if rim.any() else 0.0
        if best is None or strength > _STRONGER * strongest:
            best, strongest = region, max(strength, 1e-12)
        largest = size
    assert best is not None
    return best


def _without_bridges(region: NDArray[np.bool_], click: Click, box: Box) -> NDArray[np.bool_]:
    """Cut off what hangs on by a bridge of one or two voxels, where the rest is thicker than that."""
    from scipy.ndimage import binary_dilation, binary_erosion

    core = binary_erosion(region, border_value=1)
    inside = _inside(click, box)
    if np.count_nonzero(core) < 0.2 * np.count_nonzero(region) or not core[inside]:
        return region
    core = piece_at(core, click.place, box)
    return np.asarray(binary_dilation(core, iterations=2) & region)


def _parted(
    region: NDArray[np.bool_],
    click: Click,
    others: Sequence[Click],
    edges: NDArray[np.float32],
    box: Box,
    voxel: tuple[float, float, float],
) -> NDArray[np.bool_]:
    """Leave to earlier clicks that disagree what is theirs by the edges between."""
    theirs = [other for other in others if region[_inside(other, box)]]
    if not theirs:
        return region
    from skimage.segmentation import watershed

    markers, radius_um = np.zeros(region.shape, dtype=np.int32), _BRUSH_VOXELS * min(voxel)
    for other in theirs:
        markers[ball_about(_inside(other, box), radius_um, voxel, region.shape) & region] = 2
    markers[ball_about(_inside(click, box), radius_um, voxel, region.shape) & region] = 1
    for other in theirs:
        markers[_inside(other, box)] = 2
    return np.asarray(watershed(edges, markers, mask=region) == 1)


def _likeliest(
    score: NDArray[np.float32], region: NDArray[np.bool_], labels: NDArray[np.uint8], target: int
) -> NDArray[np.uint8]:
    """Class of each voxel of a region: the likeliest of those that lie about it, or of all where none does."""
    from scipy.ndimage import binary_dilation

    rim = binary_dilation(region, iterations=2) & ~region
    about = np.bincount(labels[rim], minlength=len(Material))[: len(Material)]
    about[target] = 0
    allowed = about > 0.02 * max(about.sum(), 1)
    if not allowed.any():
        allowed = np.arange(len(Material)) != target
    allowed[target] = False
    candidates = np.flatnonzero(allowed)
    found: NDArray[np.uint8] = candidates[score[candidates][:, region].argmax(axis=0)].astype(np.uint8)
    return found


def _box_about(
    clicks: Sequence[Click], half_um: float, voxel: tuple[float, float, float], shape: tuple[int, int, int]
) -> Box:
    places = np.array([click.place for click in clicks])
    z, y, x = (slice(int(low), int(high) + 1) for low, high in zip(places.min(axis=0), places.max(axis=0), strict=True))
    dz, dy, dx = (max(2, round(half_um / size)) for size in voxel)
    return grown((z, y, x), (dz, dy, dx), shape)


def _voxels(box: Box) -> int:
    return int(np.prod([side.stop - side.start for side in box]))


def _inside(click: Click, box: Box) -> tuple[int, int, int]:
    z, y, x = (index - side.start for index, side in zip(click.place, box, strict=True))
    return z, y, x


def ball_about(
    place: tuple[int, int, int], radius_um: float, voxel: tuple[float, float, float], shape: tuple[int, ...]
) -> NDArray[np.bool_]:
    """Return the voxels of an array of a shape (z, y, x) within a distance of a place, in µm."""
    return np.asarray(squares_about(place, voxel, shape) <= radius_um**2)


def squares_about(
    place: tuple[int, int, int], voxel: tuple[float, float, float], shape: tuple[int, ...]
) -> NDArray[np.float64]:
    """Return the squared distance of each voxel of an array of a shape (z, y, x) from a place, in µm²."""
    z, y, x = (
        ((np.arange(length) - index) * size) ** 2 for length, index, size in zip(shape, place, voxel, strict=True)
    )
    return np.asarray(z[:, None, None] + y[None, :, None] + x[None, None, :])


def _disagree(one: Click, other: Click) -> bool:
    """Whether two clicks cannot lie in one region of a class."""
    if one.here and other.here:
        return one.label != other.label
    return one.label == other.label and one.here != other.here


def _open(region: NDArray[np.bool_], box: Box, shape: tuple[int, int, int]) -> bool:
    """Whether a region reaches a side of the box that is none of the volume."""
    for axis, side in enumerate(box):
        if side.start > 0 and np.take(region, 0, axis=axis).any():
            return True
        if side.stop < shape[axis] and np.take(region, -1, axis=axis).any():
            return True
    return False
