"""What napari flips and turns is flipped and turned in what is computed, or refused."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image
from napari.layers import Labels as LabelsLayer

from napari_crystalseg.errors import InputError
from napari_crystalseg.widgets.layers.check_sum import fingerprint_with_voxel_size
from napari_crystalseg.widgets.layers.label_layer import labels_of, volume_of
from napari_crystalseg.widgets.layers.layer_place import set_voxel_size_um, spatial_of, voxel_size_um

CODES = np.random.default_rng(0).integers(0, 5, (4, 5, 6)).astype(np.uint8)
UM = ("um",) * 3


def drawn(layer, place):
    """Value that the canvas shows at a place of the world."""
    return layer.data[tuple(np.round(layer.world_to_data(place)).astype(int))]


def all_turns():
    for axes in itertools.permutations(range(3)):
        for signs in itertools.product((1, -1), repeat=3):
            yield np.eye(3)[list(axes)] * np.array(signs)[:, np.newaxis]


@pytest.mark.parametrize("turn", list(all_turns()))
def test_labels_are_those_that_are_seen(turn):
    affine = np.eye(4)
    affine[:3, :3] = turn
    viewer = ViewerModel()
    layer = viewer.add_labels(CODES, units=UM, scale=(0.3, 0.4, 0.5), affine=affine, translate=(1.0, 2.0, 3.0))
    labels = labels_of(layer)
    place = spatial_of(layer)
    np.testing.assert_allclose(place["scale"], labels.voxel_size_um)
    shown = viewer.add_labels(labels.data, **place)
    for voxel in np.ndindex(labels.shape):
        at = shown.data_to_world(voxel)
        assert drawn(layer, at) == labels.data[voxel]
    steps = [step["step"] for step in labels.provenance.steps]
    assert steps == ([] if np.array_equal(turn, np.eye(3)) else ["turn as seen in napari"])


def test_scale_rotation_and_affine_of_the_layer():
    for how, expected in (
        ({"scale": (2, 2, 2)}, CODES),
        ({"scale": (2, -2, 2)}, CODES[:, ::-1]),
        ({"scale": (2, 2, 2), "rotate": 90}, None),
        ({"scale": (2, 2, 2), "rotate": 180}, CODES[:, ::-1, ::-1]),
        ({"scale": (2, 2, 2), "rotate": (0, 0, 90)}, None),
    ):
        layer = ViewerModel().add_labels(CODES, units=UM, **how)
        labels = labels_of(layer)
        assert labels.voxel_size_um == (2.0, 2.0, 2.0)
        if expected is None:
            assert labels.shape != CODES.shape or (labels.data != CODES).any()
        else:
            np.testing.assert_array_equal(labels.data, expected)


def test_voxel_values_are_those_that_are_seen():
    voxel_values = np.arange(120, dtype=np.float32).reshape(4, 5, 6)
    layer = Image(voxel_values, units=UM, scale=(1, 1, -1))
    np.testing.assert_array_equal(volume_of(layer).data, voxel_values[:, :, ::-1])
    one = Image(voxel_values[0], units=("um",) * 2, scale=(-1, 1))
    np.testing.assert_array_equal(volume_of(one).data, voxel_values[:1, ::-1])


@pytest.mark.parametrize("how", [{"rotate": 30}, {"rotate": (0, 5, 0)}, {"affine": "turn"}])
def test_other_turns_are_refused_with_what_helps(how):
    if how.get("affine"):
        affine = np.eye(4)
        affine[1:3, 1:3] = [[0.8, 0.6], [-0.6, 0.8]]
        how = {"affine": affine}
    for layer in (LabelsLayer(CODES, units=UM, **how), Image(CODES.astype(float), units=UM, **how)):
        with pytest.raises(InputError, match="multiple of 90"):
            labels_of(layer) if isinstance(layer, LabelsLayer) else volume_of(layer)


def test_a_tilt_that_nobody_sees_and_a_move_are_no_turn():
    layer = LabelsLayer(CODES, units=UM, scale=(1, 2, 3), rotate=(0, 0, 0.01), translate=(5, -6, 7))
    labels = labels_of(layer)
    np.testing.assert_array_equal(labels.data, CODES)
    assert labels.voxel_size_um == (1.0, 2.0, 3.0) and not labels.provenance.steps


def test_a_flip_makes_other_labels():
    layer = LabelsLayer(CODES, units=UM)
    before = fingerprint_with_voxel_size(layer)
    layer.scale = (1, -1, 1)
    assert fingerprint_with_voxel_size(layer) != before
    layer.scale = (1, 1, 1)
    assert fingerprint_with_voxel_size(layer) == before


def test_a_voxel_size_is_given_as_the_layer_is_seen():
    affine = np.eye(4)
    affine[:3, :3] = [[0, 1, 0], [1, 0, 0], [0, 0, -1]]
    for units in ("um", "pixel"):
        layer = LabelsLayer(CODES, units=(units,) * 3, affine=affine)
        set_voxel_size_um(layer, (0.3, 0.4, 0.5))
        assert voxel_size_um(layer) == pytest.approx((0.3, 0.4, 0.5))
        assert labels_of(layer).shape == (5, 4, 6)
        np.testing.assert_allclose(layer.scale, (0.4, 0.3, 0.5))


def test_labels_lie_on_a_flipped_volume(dock, viewer, volume, truth, monkeypatch, qtbot):
    from helpers import dock_worker_tasks as work
    from napari_crystalseg.widgets.layers.label_layer import image_layer
    from napari_crystalseg.widgets.tasks import segmentation

    layer = image_layer(volume)
    layer.scale = np.asarray(layer.scale) * (1, -1, 1)
    viewer.add_layer(layer)
    dock.session.image = layer
    monkeypatch.setattr(segmentation, "segment", work.segment_by_value)
    dock.segment.segment_button.click()
    qtbot.waitUntil(lambda: not dock.session.busy, timeout=60000)
    labels = dock.session.labels
    np.testing.assert_array_equal(labels.data, truth.data[:, ::-1])
    at = layer.data_to_world((8.0, 7.0, 8.0))
    assert drawn(labels, at) == truth.data[8, 7, 8]
    np.testing.assert_array_equal(labels_of(labels).data, truth.data[:, ::-1])


def test_axes_by_other_names_are_refused():
    layer = ViewerModel().add_labels(CODES, units=UM, axis_labels=("x", "y", "z"))
    with pytest.raises(InputError, match="are called x, y, z, but z"):
        labels_of(layer)
    layer.axis_labels = ("z", "y", "x")
    np.testing.assert_array_equal(labels_of(layer).data, CODES)
    named = ViewerModel().add_labels(CODES, units=UM, axis_labels=("plane", "row", "column"))
    np.testing.assert_array_equal(labels_of(named).data, CODES)
