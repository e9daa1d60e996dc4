"""What the network made of a volume."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels
from napari_crystalseg.segmentation.segmentation import Segmentation


def test_uncertainty_must_fit_the_labels():
    with pytest.raises(InputError, match="uncertainty"):
        Segmentation(Labels(np.zeros((2, 2, 2), dtype=np.uint8), 1.0), np.zeros((2, 2, 3), dtype=np.uint8))


def test_uncertainty_of_another_type_is_refused():
    with pytest.raises(InputError, match="must be uint8"):
        Segmentation(Labels(np.zeros((2, 2, 2), dtype=np.uint8), 1.0), np.zeros((2, 2, 2), dtype=np.float32))
