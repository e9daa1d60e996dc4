from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from helpers.known_sample import sample_labels, volume_of
from napari_crystalseg.absorption import Histogram
from napari_crystalseg.labels import Labels
from napari_crystalseg.pictures.sample_pictures import histogram_png, nice_length, plane_position, slices_png


@pytest.mark.parametrize(("length", "nice"), [(1.0, 1), (1.99, 1), (2, 2), (4.9, 2), (73, 50), (1e-3, 1e-3)])
def test_scale_bars_have_round_lengths(length, nice):
    assert nice_length(length) == pytest.approx(nice)


def test_slices_go_through_the_crystal():
    assert plane_position(sample_labels()) == (18, 18, 18)
    assert plane_position(Labels(np.zeros((4, 6, 8), dtype=np.uint8), 1.0)) == (2, 3, 4)


def test_slices_show_the_class_colours_and_are_the_same_each_time():
    labels = sample_labels()
    png = slices_png(volume_of(labels), labels, None)
    assert png == slices_png(volume_of(labels), labels, None)
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)
    # Voxel values have no colour; the overlay has.
    coloured = (pixels.max(axis=2) - pixels.min(axis=2)) > 40
    assert coloured.mean() > 0.02
    half = len(pixels) // 2
    assert coloured[half:].sum() > 50 * max(1, coloured[: half - 20].sum())


def test_a_thin_stack_and_flat_voxel_values_can_be_drawn():
    labels = Labels(np.zeros((1, 5, 400), dtype=np.uint8), 1.0)
    assert slices_png(volume_of(labels), labels, np.zeros(labels.shape, np.uint8)).startswith(b"\x89PNG")


def test_a_histogram_of_one_bin_can_be_drawn():
    assert histogram_png(Histogram(np.array([0.5, 0.6]), np.array([3])), 0.55).startswith(b"\x89PNG")


@pytest.mark.parametrize("kinds", [2, 3])
def test_of_a_single_slice_one_plane_is_drawn_side_by_side(kinds):
    labels = Labels(sample_labels().data[18:19], 0.5)
    uncertainty = None if kinds == 2 else np.zeros(labels.shape, np.uint8)
    pixels = np.asarray(Image.open(io.BytesIO(slices_png(volume_of(labels), labels, uncertainty))).convert("RGB"))
    height, width, _ = pixels.shape
    # As many squares beside each other as there are kinds.
    assert width / height == pytest.approx(kinds, rel=0.15)
    coloured = (pixels.max(axis=2).astype(int) - pixels.min(axis=2)) > 40
    voxel_values, classes = coloured[:, : width // kinds], coloured[:, width // kinds : 2 * width // kinds]
    assert classes.sum() > 50 * max(1, voxel_values.sum())
