"""Right labels made wrong in the ways in which segmentations are: seeded, for tests, benchmarks and calibration."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, binary_erosion, distance_transform_edt, gaussian_filter, label

AIR, LIQUOR, LOOP, CRYSTAL = range(4)
Kind = Callable[[NDArray[np.uint8], np.random.Generator], NDArray[np.uint8]]


def damaged(labels: NDArray[np.uint8], kinds: Sequence[str], seed: int) -> tuple[NDArray[np.uint8], list[str]]:
    """Damage labels in some ways, one after the other.

    What would take away more than two thirds of the crystal is left out.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Right labels.
    kinds : sequence of str
        Names of :data:`KINDS`, in the order in which they are done.
    seed : int
        The same seed gives the same labels.

    Returns
    -------
    ndarray of uint8, shape (z, y, x), and list of str
        Wrong labels, and the names of the kinds that did something.
    """
    rng = np.random.default_rng(seed)
    made = labels.copy()
    names: list[str] = []
    crystal = np.count_nonzero(labels == CRYSTAL)
    for name in kinds:
        after = KINDS[name](made, rng)
        if (after != made).any() and np.count_nonzero(after == CRYSTAL) > crystal / 3:
            made, names = after, [*names, name]
    return made, names


def drawn_kinds(rng: np.random.Generator, most: int = 3) -> list[str]:
    """Draw one to ``most`` different kinds of damage."""
    return [str(name) for name in rng.choice(list(KINDS), int(rng.integers(1, most + 1)), replace=False)]


def _ball(mask: NDArray[np.bool_], at: NDArray[np.int64], radius: float) -> NDArray[np.bool_]:
    z, y, x = np.ogrid[tuple(slice(0, n) for n in mask.shape)]
    ball: NDArray[np.bool_] = (z - at[0]) ** 2 + (y - at[1]) ** 2 + (x - at[2]) ** 2 <= radius**2
    return ball


def _point(mask: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.int64]:
    points = np.argwhere(mask)
    point: NDArray[np.int64] = points[rng.integers(len(points))]
    return point


def _radius(labels: NDArray[np.uint8]) -> float:
    """Radius of a ball of the crystal's volume, voxels."""
    return float((0.75 / np.pi * max(int(np.count_nonzero(labels == CRYSTAL)), 1)) ** (1 / 3))


def _around(labels: NDArray[np.uint8], mask: NDArray[np.bool_], but: int) -> int:
    ring = labels[binary_dilation(mask, iterations=2) & ~mask]
    counts = np.bincount(ring[ring != but], minlength=5)
    return int(counts.argmax()) if counts.any() else LIQUOR


def _surface(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    surface: NDArray[np.bool_] = mask & ~binary_erosion(mask)
    return surface


def _part_lost(labels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    crystal = labels == CRYSTAL
    if not crystal.any():
        return labels
    ball = _ball(crystal, _point(_surface(crystal), rng), _radius(labels) * rng.uniform(0.4, 0.8))
    return np.where(crystal & ball, np.uint8(LIQUOR), labels)


def _face_cut(labels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    crystal = labels == CRYSTAL
    points = np.argwhere(crystal)
    if len(points) < 30:
        return labels
    normal = rng.normal(size=3)
    normal /= np.linalg.norm(normal)
    height = points @ normal
    cut = points[height > np.quantile(height, 1 - rng.uniform(0.06, 0.2))]
    made = labels.copy()
    mask = np.zeros(labels.shape, bool)
    mask[tuple(cut.T)] = True
    made[mask] = _around(labels, mask, CRYSTAL)
    return made


def _film_lost(labels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    crystal, liquor = labels == CRYSTAL, labels == LIQUOR
    near = liquor & binary_dilation(crystal, iterations=3)
    if not near.any():
        return labels
    ball = _ball(crystal, _point(near, rng), _radius(labels) * rng.uniform(0.5, 1.0))
    return np.where(ball & near, np.uint8(AIR), labels)


def _fragment_lost(labels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    loop = labels == LOOP
    if not loop.any():
        return labels
    mask = loop & _ball(loop, _point(loop, rng), max(4.0, _radius(labels) * rng.uniform(0.4, 0.8)))
    return np.where(mask, np.uint8(_around(labels, mask, LOOP)), labels)


def _fragment_added(labels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    room = (labels == LIQUOR) | (labels == CRYSTAL)
    if not room.any():
        return labels
    ball = _ball(room, _point(room, rng), max(2.5, _radius(labels) * rng.uniform(0.2, 0.4)))
    return np.where(ball & room, np.uint8(LOOP), labels)


def _holes(labels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    crystal = labels == CRYSTAL
    deep = binary_erosion(crystal, iterations=3)
    if not deep.any():
        return labels
    made = labels.copy()
    for _ in range(int(rng.integers(1, 4))):
        ball = _ball(crystal, _point(deep, rng), _radius(labels) * rng.uniform(0.15, 0.35))
        made[ball & binary_erosion(crystal)] = rng.choice([AIR, LIQUOR])
    return made


def _blob(labels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    liquor = labels == LIQUOR
    if not liquor.any():
        return labels
    return np.where(
        liquor & _ball(liquor, _point(liquor, rng), _radius(labels) * rng.uniform(0.3, 0.6)), np.uint8(CRYSTAL), labels
    )


def _shifted(labels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Move the crystal's surface by two or three voxels on one side of it, outwards or inwards."""
    crystal = labels == CRYSTAL
    points = np.argwhere(crystal)
    if len(points) < 30:
        return labels
    normal = rng.normal(size=3)
    normal /= np.linalg.norm(normal)
    side = (np.indices(labels.shape).transpose(1, 2, 3, 0) - points.mean(axis=0)) @ normal > 0.3 * _radius(labels)
    steps = int(rng.integers(2, 4))
    made = labels.copy()
    if rng.random() < 0.5:
        made[side & binary_dilation(crystal, iterations=steps) & (labels != LOOP)] = CRYSTAL
        return made
    lost = side & crystal & ~binary_erosion(crystal, iterations=steps)
    if lost.any():
        made[lost] = _around(labels, lost, CRYSTAL)
    return made


def _crystal_as_loop(labels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    crystal = labels == CRYSTAL
    if not crystal.any():
        return labels
    noise = gaussian_filter(rng.normal(size=labels.shape), max(2.0, 0.4 * _radius(labels)))
    parts, _ = label(crystal & (noise > np.quantile(noise[crystal], 0.75)))
    sizes = np.bincount(parts.reshape(-1))[1:]
    return np.where(parts == 1 + int(sizes.argmax()), np.uint8(LOOP), labels) if len(sizes) else labels


def _liquor_thinned(labels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Move the outer surface of the liquor inwards by two voxels on one side of the sample."""
    sample = labels != AIR
    if not sample.any():
        return labels
    depth = distance_transform_edt(sample)
    normal = rng.normal(size=3)
    middle = np.argwhere(sample).mean(axis=0)
    side = (np.indices(labels.shape).transpose(1, 2, 3, 0) - middle) @ (normal / np.linalg.norm(normal)) > 0
    return np.where(side & (labels == LIQUOR) & (depth <= 2.5), np.uint8(AIR), labels)


KINDS: dict[str, Kind] = {
    "part of crystal given to liquor": _part_lost,
    "face cut off": _face_cut,
    "liquor film lost": _film_lost,
    "loop fragment lost": _fragment_lost,
    "loop fragment added": _fragment_added,
    "holes in crystal": _holes,
    "blob of crystal in liquor": _blob,
    "surface shifted on one side": _shifted,
    "crystal as loop": _crystal_as_loop,
    "liquor thinned on one side": _liquor_thinned,
}
"""Ways in which labels become wrong, by name."""
