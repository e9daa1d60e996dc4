"""Whether a unit must be wrong, by the size of the crystal and by factors that are nearly 0 or 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..labels import Labels, Material

# No crystal that is measured with X-rays is larger or smaller, as a sphere of the same volume.
_LARGEST_UM, _SMALLEST_UM = 5000.0, 0.3
# Of the beam.
_NEARLY_ALL, _HARDLY_ANY = 1e-3, 1e-4


def unit_doubts(labels: Labels, absorption: ArrayLike) -> list[str]:
    """Say where a unit must be wrong: no crystal in diffraction has such a size, or factors are nearly 0 or 1.

    Parameters
    ----------
    labels : Labels
        What the factors were computed from, with a voxel size.
    absorption : array_like, any shape
        Absorption factors, 0 to 1, or their mean; NaN where there is none, empty where they are not computed.

    Returns
    -------
    list of str
        Sentences that begin with LOOK; none where nothing is odd.
    """
    sizes_um = labels.required_voxel_size_um
    found = []
    volume_um3 = float(np.count_nonzero(labels.data == Material.CRYSTAL)) * float(np.prod(sizes_um))
    across_um = (6 * volume_um3 / np.pi) ** (1 / 3)
    if across_um > _LARGEST_UM or 0 < across_um < _SMALLEST_UM:
        found.append(
            f"LOOK at the voxel size of {' × '.join(f'{size:g}' for size in sizes_um)} µm: the crystal would be "
            f"{across_um:.3g} µm across. Is it in another unit?"
        )
    values = np.asarray(absorption, dtype=np.float64)
    known = values[np.isfinite(values)]
    middle = float(np.median(known)) if known.size else 0.5
    if middle < _NEARLY_ALL or middle > 1 - _HARDLY_ANY:
        how_much = "nearly all" if middle < 0.5 else "hardly anything"
        found.append(
            f"LOOK at the factors: {how_much} is absorbed (A of {middle:.6f} in the median). "
            "Are voxel size in µm and coefficients in 1/µm?"
        )
    return found
