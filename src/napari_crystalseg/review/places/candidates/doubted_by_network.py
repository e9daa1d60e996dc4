"""Regions that the network would label otherwise, and patches of surface that it is unsure of."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ....labels import Material
from ..evidence import Evidence
from .candidate import Candidate
from .patches import patches

LEAST_DOUBT = 0.12
"""Voxels whose label is less probably wrong belong to no place."""


def doubted_by_network(evidence: Evidence, patch_um: float) -> Iterator[Candidate]:
    """Yield regions where the network says another class than the labels, and doubtful edges.

    Of an edge both sides are yielded, each as a candidate of its own: what is outside may belong inside, and the
    reverse. The ranking keeps the one with more at stake.
    """
    doubtful = evidence.wrong > LEAST_DOUBT
    other = doubtful & (evidence.wrong > 0.5)
    for own in range(len(Material)):
        of_own = evidence.labels == own
        for to in range(len(Material)):
            if to == own:
                continue
            pair = of_own & (evidence.alternatives == to)
            for box, mask in patches(pair & other, evidence.voxel_size_um, patch_um):
                found = Candidate.of_mask(mask, _at(box, evidence), own, to, "disagreement", _missed(own, to))
                if found is not None:
                    yield found
            for box, mask in patches(pair & doubtful & ~other, evidence.voxel_size_um, patch_um):
                reason = "thin film" if {own, to} == {0, 1} and _is_thin(of_own, box, mask, own) else "edge doubtful"
                found = Candidate.of_mask(mask, _at(box, evidence), own, to, "edge", reason)
                if found is not None:
                    yield found


def _at(box: tuple[slice, slice, slice], evidence: Evidence) -> tuple[int, int, int]:
    z, y, x = (side.start + first for side, first in zip(box, evidence.origin, strict=True))
    return z, y, x


def _missed(own: int, to: int) -> str:
    if Material.CRYSTAL in (own, to):
        return "crystal missed" if to == Material.CRYSTAL else "crystal doubtful"
    if Material.LOOP in (own, to):
        return "loop missed" if to == Material.LOOP else "loop doubtful"
    return "liquor missed" if to == Material.LIQUOR else "liquor doubtful"


def _is_thin(of_own: np.ndarray, box: tuple[slice, slice, slice], mask: np.ndarray, own: int) -> bool:
    """Whether liquor is thinner than two voxels there: hardly any of it is left when a layer is taken off."""
    from scipy.ndimage import binary_erosion

    if own != Material.LIQUOR:
        return False
    around = tuple(slice(max(0, s.start - 2), min(n, s.stop + 2)) for s, n in zip(box, of_own.shape, strict=True))
    left = np.count_nonzero(binary_erosion(of_own[around]))
    return bool(left < 0.1 * np.count_nonzero(of_own[around]))
