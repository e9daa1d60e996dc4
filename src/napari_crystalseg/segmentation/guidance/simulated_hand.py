"""A simulated hand: the clicks and strokes that a network learns from, as a person would make them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...labels import Material
from .marks import CLASSES, WRONG, Mark

NOTHING = 255
_JITTER_VOXELS = 1.0
_SLIPS = 0.03  # share of clicks with a wrong class
_SAID_WRONG = 0.25  # share of clicks that say what is wrong, not what is right
_LEAST_VOXELS = 6


def draw_clicks(rng: np.random.Generator, labels: NDArray[np.uint8], truth: NDArray[np.uint8], most: int) -> list[Mark]:
    """Click into pieces of labels that are wrong, large ones first as a rule, and now and then where all is right.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every choice.
    labels, truth : ndarray of uint8, shape (z, y, x)
        Labels that are corrected, and what is right.
    most : int
        Clicks at most, one at least.

    Returns
    -------
    list of Mark
        Off the middle of the piece by a Gaussian of one voxel along each axis; three in a hundred of a wrong class.
    """
    from scipy.ndimage import distance_transform_edt, label

    wrong = labels != truth
    pieces, count = label(wrong)
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
    large = np.flatnonzero(sizes >= _LEAST_VOXELS)
    clicks: list[Mark] = []
    wanted = int(rng.integers(1, most + 1))
    if len(large):
        weights = sizes[large].astype(float) ** 0.7
        for piece in rng.choice(large, min(wanted, len(large)), replace=False, p=weights / weights.sum()):
            own = pieces == piece + 1
            # A piece may be wrong in several ways: the commonest is what a person sees.
            should = int(np.bincount(truth[own]).argmax())
            own &= truth == should
            box = tuple(slice(max(0, a.min() - 1), a.max() + 2) for a in np.nonzero(own))
            depth = distance_transform_edt(np.pad(own[box], 1))[1:-1, 1:-1, 1:-1]
            deep = np.argwhere(depth >= 0.7 * depth.max())
            at = deep[rng.integers(len(deep))] + [side.start for side in box]
            clicks.append(_clicked(rng, at, should, truth.shape))
    if not clicks or rng.random() < 0.2:
        present = [code for code in range(CLASSES) if (truth == code).any()]
        code = int(rng.choice(present))
        points = np.argwhere((truth == code) & ~wrong)
        if len(points):
            clicks.append(_clicked(rng, points[rng.integers(len(points))], code, truth.shape, confirmed=True))
    return clicks


def _clicked(
    rng: np.random.Generator, at: NDArray[np.int64], code: int, shape: tuple[int, ...], confirmed: bool = False
) -> Mark:
    moved = np.clip(np.rint(at + rng.normal(0, _JITTER_VOXELS, 3)).astype(int), 0, np.array(shape) - 1)
    channel = code
    if not confirmed and rng.random() < _SAID_WRONG:
        channel = WRONG
    elif rng.random() < _SLIPS:
        channel = int(rng.choice([other for other in range(4) if other != code]))
    return Mark((int(moved[0]), int(moved[1]), int(moved[2])), channel)


def draw_strokes(rng: np.random.Generator, truth: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Paint short strokes of the classes on one to three slices of one direction.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every choice.
    truth : ndarray of uint8, shape (z, y, x)
        What is right.

    Returns
    -------
    ndarray of uint8, shape (z, y, x)
        Code of the class painted, 255 where nothing is.
    """
    painted = np.full(truth.shape, NOTHING, dtype=np.uint8)
    axis = int(rng.integers(3))
    across, drawn = np.moveaxis(truth, axis, 0), np.moveaxis(painted, axis, 0)
    crystal = np.flatnonzero((across == Material.CRYSTAL).any(axis=(1, 2)))
    if not len(crystal):
        crystal = np.flatnonzero((across > 0).any(axis=(1, 2)))
    if not len(crystal):
        return painted
    for index in rng.choice(crystal, min(len(crystal), int(rng.integers(1, 4))), replace=False):
        for code in range(CLASSES):
            points = np.argwhere(across[index] == code)
            if len(points) < 4 or rng.random() < 0.25:
                continue
            for _ in range(int(rng.integers(1, 3))):
                _stroke(rng, across[index], drawn[index], points, code)
    return painted


def _stroke(
    rng: np.random.Generator,
    truth: NDArray[np.uint8],
    painted: NDArray[np.uint8],
    points: NDArray[np.int64],
    code: int,
) -> None:
    """Draw a straight stroke that stays in its class but for the edges of the brush."""
    first = points[rng.integers(len(points))]
    near = points[np.abs(points - first).max(axis=1) <= 16]
    last = near[rng.integers(len(near))]
    steps = int(np.abs(last - first).max()) + 1
    path = np.rint(np.linspace(first, last, steps)).astype(int)
    inside = truth[tuple(path.T)] == code
    path = path[: steps if inside.all() else int(inside.argmin())]
    if rng.random() < 0.5:  # a brush of three pixels
        sides = np.array([(0, 0), (0, 1), (1, 0), (0, -1), (-1, 0)])
        path = (path[:, None] + sides).reshape(-1, 2)
        path = path[((path >= 0) & (path < truth.shape)).all(axis=1)]
        path = path[(truth[tuple(path.T)] == code) | (rng.random(len(path)) < 0.1)]
    painted[tuple(path.T)] = code


def spoil(rng: np.random.Generator, labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give one to three balls of a sample to other classes, so that there is something to correct.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every choice.
    labels : ndarray of uint8, shape (z, y, x)
        Labels, which stay as they are.

    Returns
    -------
    ndarray of uint8, shape (z, y, x)
    """
    points = np.argwhere((labels == Material.CRYSTAL) | (labels == Material.LOOP))
    if not len(points):
        points = np.argwhere(labels > 0)
    made = labels.copy()
    if not len(points):
        return made
    radius = float(0.75 / np.pi * max(int(np.count_nonzero(labels == Material.CRYSTAL)), 200)) ** (1 / 3)
    z, y, x = np.ogrid[tuple(slice(0, n) for n in labels.shape)]
    for _ in range(int(rng.integers(1, 4))):
        at = points[rng.integers(len(points))] + rng.normal(0, 2, 3)
        size = radius * rng.uniform(0.25, 0.9)
        ball = (z - at[0]) ** 2 + (y - at[1]) ** 2 + (x - at[2]) ** 2 <= size**2
        was = int(rng.choice([Material.LIQUOR, Material.LOOP, Material.CRYSTAL]))
        becomes = int(rng.choice([code for code in range(4) if code != was]))
        made[ball & (made == was)] = becomes
    return made
