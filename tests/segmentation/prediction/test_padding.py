from __future__ import annotations

import numpy as np
import torch

from napari_crystalseg.segmentation.prediction.padding import padded_by_edges
from napari_crystalseg.segmentation.prediction.tiles import air_about


def test_what_the_field_cuts_off_goes_on():
    values = np.arange(2 * 3 * 2).reshape(2, 3, 2)
    longer = padded_by_edges(values, (4, 3, 5))
    assert longer.shape == (4, 3, 5)
    assert np.array_equal(longer[1:3, :, 1:3], values)
    assert np.array_equal(longer[0], longer[1])
    assert np.array_equal(longer[..., 3], longer[..., 2])


def test_tensors_go_on_as_arrays_do():
    values = np.arange(3 * 2 * 4).reshape(3, 2, 4)
    for shape in ((5, 5, 5), (3, 2, 9)):
        assert np.array_equal(padded_by_edges(torch.from_numpy(values), shape).numpy(), padded_by_edges(values, shape))
        assert np.array_equal(
            padded_by_edges(values, shape), np.pad(values, air_about(values.shape, shape), mode="edge")
        )


def test_what_is_long_enough_stays():
    values = np.ones((4, 5, 6), dtype=np.uint8)
    assert np.array_equal(padded_by_edges(values, (2, 5, 3)), values)
