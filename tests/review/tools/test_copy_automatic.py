import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.review.tools.copy_automatic import CopyAutomatic, copy_automatic
from napari_crystalseg.review.tools.scene import Scene


def test_automatic_labels_come_back_within_a_box_a_mask_or_a_distance():
    automatic = np.ones((9, 10, 11), np.uint8)
    labels = np.zeros_like(automatic)
    box = (slice(1, 3), slice(2, 5), slice(3, 7))
    assert copy_automatic(labels, automatic, box).voxels == 24
    mask = np.zeros((2, 3, 4), bool)
    mask[1, 2, 3] = True
    assert copy_automatic(labels, automatic, box, mask).box == (slice(2, 3), slice(4, 5), slice(6, 7))
    assert copy_automatic(automatic, automatic) is None
    near = CopyAutomatic(radius_um=2.0).propose(Scene(labels, (2.0, 2.0, 2.0), point=(4, 5, 6), automatic=automatic))
    assert near.voxels == 7
    with pytest.raises(InputError, match="run Segment first"):
        CopyAutomatic().propose(Scene(labels, (1.0, 1.0, 1.0), point=(1, 1, 1)))
