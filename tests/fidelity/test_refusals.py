"""What does not fit is refused by each of the measures of fidelity."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.fidelity.edges import edge_profile
from napari_crystalseg.fidelity.levels import class_levels
from napari_crystalseg.fidelity.rings import mirrored_ring_profile, ring_profile


def test_what_does_not_fit_is_refused():
    voxel_values = np.zeros((20, 20))
    with pytest.raises(InputError, match="shape"):
        class_levels(voxel_values, np.zeros((20, 21), dtype=np.uint8))
    with pytest.raises(InputError, match="odd"):
        ring_profile(voxel_values, high_pass_px=10)
    with pytest.raises(InputError, match="both sample and air"):
        edge_profile(voxel_values, voxel_values > 0)
    with pytest.raises(InputError, match="half a pixel"):
        mirrored_ring_profile(voxel_values, 9.3)
