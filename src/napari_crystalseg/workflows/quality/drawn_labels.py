"""Drawn labels: others that the doubt about labels allows."""

from __future__ import annotations

import numpy as np

from ...labels import Labels
from ...review.places.evidence import Evidence

PATCH_VOXELS = 6.0
"""Errors of labels lie in patches: the doubt of voxels so near to each other is drawn together."""


def drawn_labels(
    labels: Labels, evidence: Evidence, seed: int, *, odds: float = 1.0, patch_voxels: float = PATCH_VOXELS
) -> Labels:
    """Draw labels within the doubt: each voxel gets its other class as often as it is probably wrong, in patches.

    A smooth random field says for each voxel which quantile of the doubt is drawn there; voxels whose probability to
    be wrong is above it change to the most probable other class.

    Parameters
    ----------
    labels : Labels
        The labels at hand.
    evidence : Evidence
        How probably each voxel is wrong, and what else it may be.
    seed : int
        Seed of the field. Odd ones draw the opposite of the even ones before them, so that too much and too little
        both come.
    odds : float
        Factor of the odds that a voxel is wrong: above 1 more is doubted than the evidence says.
    patch_voxels : float
        Standard deviation of the smoothing of the field, voxels.
    """
    from scipy.ndimage import gaussian_filter
    from scipy.special import ndtr

    rng = np.random.default_rng(seed // 2)
    field = gaussian_filter(rng.normal(size=evidence.labels.shape).astype(np.float32), patch_voxels, mode="wrap")
    field *= (-1) ** (seed % 2) / max(float(field.std()), 1e-12)
    data = labels.data.copy()
    inside = data[evidence.box]
    wrong = odds * evidence.wrong / (1 + (odds - 1) * evidence.wrong)
    data[evidence.box] = np.where(ndtr(field) < wrong, evidence.alternatives, inside).astype(np.uint8)
    return Labels(data, labels.voxel_size_um)
