"""Regions whose voxel values are those of another class."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..evidence import Evidence
from .candidate import Candidate
from .patches import patches

FAR = 3.0
"""Robust standard deviations from the median of a class beyond which a value (mean of 27 voxels) is far from it."""

NEAR = 1.5
"""Robust standard deviations from the median of a class within which it is near."""


def unlike_values(evidence: Evidence, patch_um: float, codes: tuple[int, ...]) -> Iterator[Candidate]:
    """Yield regions far from the median of their class and near that of another, thicker than two voxels.

    Along surfaces every value between two classes occurs, and tells nothing; so thin regions are left out.
    """
    from scipy.ndimage import binary_opening, uniform_filter

    if evidence.values is None:
        return
    values = uniform_filter(np.nan_to_num(evidence.values.values.astype(np.float32, copy=False)), 3)
    medians, deviations = evidence.values.medians, evidence.values.deviations
    known = [code for code in range(len(medians)) if np.isfinite(medians[code]) and deviations[code] > 0]
    for own in known:
        of_own = evidence.labels == own
        far = of_own & (np.abs(values - medians[own]) > FAR * deviations[own])
        if not far.any():
            continue
        others = [code for code in known if code != own and code in codes]
        if not others:
            continue
        distance = np.stack([np.abs(values[far] - medians[code]) / deviations[code] for code in others])
        best = distance.argmin(axis=0)
        close = distance.min(axis=0) < NEAR
        for number, to in enumerate(others):
            mask = np.zeros(far.shape, dtype=bool)
            mask[far] = close & (best == number)
            mask = binary_opening(mask, np.ones((3, 3, 3), dtype=bool))
            for box, piece in patches(mask, evidence.voxel_size_um, patch_um):
                z, y, x = (side.start + first for side, first in zip(box, evidence.origin, strict=True))
                found = Candidate.of_mask(piece, (z, y, x), own, to, "values", "voxel values")
                if found is not None:
                    yield found
