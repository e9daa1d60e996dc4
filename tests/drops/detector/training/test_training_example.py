"""Outlined micrographs at the size that a detector sees, and their variants."""

from __future__ import annotations

import numpy as np

from napari_crystalseg.drops.detector.training.training_example import TrainingExample
from napari_crystalseg.drops.objects import CRYSTAL, DROP, DropObject, DropObjects


def example(side_px=64):
    values = np.full((128, 96, 3), 90, np.uint8)
    values[40:60, 20:30] = 200
    objects = (
        DropObject(DROP, np.ones((100, 80), bool), (10, 8)),
        DropObject(CRYSTAL, np.ones((20, 10), bool), (40, 20)),
        DropObject(CRYSTAL, np.ones((2, 2), bool), (90, 50)),
    )
    return TrainingExample.of(values, DropObjects((128, 96), objects), side_px)


def test_outlines_go_along_with_the_size_and_what_cannot_be_seen_is_left_out():
    one = example()
    assert one.values.shape == (64, 48, 3)
    assert one.labels.tolist() == [1, 2]
    assert one.boxes.tolist() == [[4, 5, 43, 54], [10, 20, 14, 29]]


def test_variants_keep_the_outlines_on_what_they_outline():
    one = example()
    shapes = set()
    for seed in range(12):
        varied = one.varied(np.random.default_rng(seed))
        shapes.add(varied.values.shape)
        crystal = varied.masks[1]
        light = varied.values.astype(float).mean(-1)
        assert crystal.sum() == one.masks[1].sum()
        assert light[crystal].min() > light[~crystal & varied.masks[0]].max()
    assert shapes == {(64, 48, 3), (48, 64, 3)}
    again = one.varied(np.random.default_rng(5))
    assert np.array_equal(again.values, one.varied(np.random.default_rng(5)).values)


def test_a_line_of_pixels_has_a_box_with_an_area():
    values = np.zeros((64, 64, 3), np.uint8)
    objects = DropObjects((64, 64), (DropObject(CRYSTAL, np.ones((1, 9), bool), (63, 3)),))
    assert TrainingExample.of(values, objects, 64).boxes.tolist() == [[3, 63, 11, 64]]


def test_nothing_outlined():
    one = TrainingExample.of(np.zeros((32, 32, 3), np.uint8), DropObjects((32, 32)), 64)
    assert one.masks.shape == (0, 64, 64) and one.boxes.shape == (0, 4)
    assert one.varied(np.random.default_rng(0)).masks.shape == (0, 64, 64)
