"""Regions that no sample looks like: pieces, holes, floating fragments, crystal in the air, films, cut edges."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ....labels import Material
from ..evidence import Evidence
from .candidate import Candidate
from .patches import patches
from .shapes import FEWEST_VOXELS, enclosed, pieces, thin_film

SMALL_FRAGMENT = 0.2
"""Pieces of loop smaller than this part of the largest are fragments, not the mount beyond a crystal."""

_EVERYWHERE = np.ones((3, 3, 3), dtype=bool)


def implausible(evidence: Evidence, patch_um: float, shape: tuple[int, int, int]) -> Iterator[Candidate]:
    """Yield regions that a physicist would doubt whatever the network says.

    Parameters
    ----------
    evidence : Evidence
        Labels around the sample.
    patch_um : float
        Diameter of a patch of surface, µm.
    shape : (int, int, int)
        Voxels of the whole volume, to see where the field ends.
    """
    labels = evidence.labels
    crystal = labels == Material.CRYSTAL
    yield from _fragments(evidence, crystal, Material.CRYSTAL, 1.0, "crystal piece")
    yield from _fragments(evidence, labels == Material.LOOP, Material.LOOP, SMALL_FRAGMENT, "loop fragment")
    yield from _holes(evidence, crystal)
    yield from _enclosed_air(evidence)
    if (labels == Material.LIQUOR).any():
        yield from _crystal_in_air(evidence, crystal, patch_um)
        yield from _thin_films(evidence, crystal, patch_um)
    yield from _cut(evidence, crystal, shape)


def _candidate(
    evidence: Evidence,
    mask: NDArray[np.bool_],
    at: tuple[int, int, int],
    from_label: int,
    to_label: int | None,
    reason: str,
) -> Iterator[Candidate]:
    z, y, x = (first + start for first, start in zip(evidence.origin, at, strict=True))
    found = Candidate.of_mask(mask, (z, y, x), from_label, to_label, "plausibility", reason)
    if found is not None and found.voxels >= FEWEST_VOXELS:
        yield found


def _fragments(
    evidence: Evidence, mask: NDArray[np.bool_], own: int, smaller_than: float, reason: str
) -> Iterator[Candidate]:
    """Yield pieces other than the largest, to become what is around them."""
    from scipy.ndimage import binary_dilation

    found = list(pieces(mask))
    if len(found) < 2:
        return
    sizes = [int(np.count_nonzero(piece)) for _, piece in found]
    largest = int(np.argmax(sizes))
    for number, (box, own_voxels) in enumerate(found):
        if number == largest or sizes[number] >= smaller_than * sizes[largest] or sizes[number] < FEWEST_VOXELS:
            continue
        wide = tuple(slice(max(0, s.start - 1), min(n, s.stop + 1)) for s, n in zip(box, mask.shape, strict=True))
        piece = np.zeros([side.stop - side.start for side in wide], dtype=bool)
        piece[tuple(slice(b.start - w.start, b.stop - w.start) for b, w in zip(box, wide, strict=True))] = own_voxels
        around = evidence.labels[wide][binary_dilation(piece, _EVERYWHERE) & ~piece]
        counts = np.bincount(around, minlength=len(Material))
        counts[own] = 0
        z, y, x = (side.start for side in wide)
        yield from _candidate(evidence, piece, (z, y, x), own, int(counts.argmax()), reason)


def _holes(evidence: Evidence, crystal: NDArray[np.bool_]) -> Iterator[Candidate]:
    """Yield what the crystal encloses, each class by itself."""
    for box, hole in enclosed(crystal):
        for own in np.unique(evidence.labels[box][hole]):
            mask = hole & (evidence.labels[box] == own)
            z, y, x = (side.start for side in box)
            yield from _candidate(evidence, mask, (z, y, x), int(own), Material.CRYSTAL, "hole in crystal")


def _enclosed_air(evidence: Evidence) -> Iterator[Candidate]:
    """Yield air inside the sample that is not inside the crystal, to become what is around it."""
    from scipy.ndimage import binary_dilation

    for box, hole in enclosed(evidence.labels != Material.AIR):
        if not (evidence.labels[box][hole] == Material.AIR).all():
            continue
        wide = tuple(slice(max(0, s.start - 1), s.stop + 1) for s in box)
        room = evidence.labels[wide]
        own = np.zeros(room.shape, dtype=bool)
        own[tuple(slice(b.start - w.start, b.stop - w.start) for b, w in zip(box, wide, strict=True))] = hole
        ring = np.bincount(room[binary_dilation(own, _EVERYWHERE) & ~own], minlength=len(Material))
        ring[Material.AIR] = 0
        to = int(ring.argmax())
        if to != Material.CRYSTAL and ring[to]:
            z, y, x = (side.start for side in wide)
            yield from _candidate(evidence, own, (z, y, x), Material.AIR, to, "enclosed air")


def _crystal_in_air(evidence: Evidence, crystal: NDArray[np.bool_], patch_um: float) -> Iterator[Candidate]:
    """Yield air that touches the crystal: a film of liquor may have been missed."""
    from scipy.ndimage import binary_dilation

    film = binary_dilation(crystal) & (evidence.labels == Material.AIR)
    for box, mask in patches(film, evidence.voxel_size_um, patch_um):
        z, y, x = (side.start for side in box)
        yield from _candidate(evidence, mask, (z, y, x), Material.AIR, Material.LIQUOR, "crystal touches air")


def _thin_films(evidence: Evidence, crystal: NDArray[np.bool_], patch_um: float) -> Iterator[Candidate]:
    """Yield liquor thinner than two voxels on the crystal: what is drawn is a guess, and it may be none."""
    film = thin_film(evidence.labels, crystal)
    for box, mask in patches(film, evidence.voxel_size_um, patch_um):
        z, y, x = (side.start for side in box)
        yield from _candidate(evidence, mask, (z, y, x), Material.LIQUOR, Material.AIR, "thin film")


def _cut(evidence: Evidence, crystal: NDArray[np.bool_], shape: tuple[int, int, int]) -> Iterator[Candidate]:
    """Yield crystal at the ends of the field: what lies beyond is not counted, and nothing can be proposed."""
    for axis, (side, length) in enumerate(zip(evidence.box, shape, strict=True)):
        ends = {0: 0} if side.start == 0 else {}
        ends |= {-1: crystal.shape[axis] - 1} if side.stop == length else {}
        for plane in ends.values():
            mask = np.zeros(crystal.shape, dtype=bool)
            at = tuple(plane if other == axis else slice(None) for other in range(3))
            mask[at] = crystal[at]
            yield from _candidate(evidence, mask, (0, 0, 0), Material.CRYSTAL, None, "cut at edge")
