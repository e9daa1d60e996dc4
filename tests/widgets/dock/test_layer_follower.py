"""A session takes up what comes to its viewer, and lets go of what the viewer lets go of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image

from napari_crystalseg.provenance import Provenance
from napari_crystalseg.widgets.dock.layer_follower import LayerFollower
from napari_crystalseg.widgets.layers.label_layer import image_layer, labels_layer
from napari_crystalseg.widgets.session.sample_ties import have_same_origin
from napari_crystalseg.widgets.session.session import session_of


def test_layers_that_say_what_they_are_are_taken_up(volume, truth):
    viewer = ViewerModel()
    session = session_of(viewer)
    first = image_layer(volume, name="first")
    viewer.add_layer(first)
    stop = LayerFollower(session, viewer, [].append).stop
    assert session.image is first
    viewer.add_layer(Image(np.zeros((2, 2, 2))))
    assert session.image is first
    labels = labels_layer(truth)
    viewer.add_layer(labels)
    assert session.image is first and session.labels is labels
    stop()


def test_the_sample_that_came_last_is_worked_on(volume, truth):
    viewer = ViewerModel()
    session = session_of(viewer)
    stop = LayerFollower(session, viewer, [].append).stop
    layers = [image_layer(volume, name="a"), labels_layer(truth, name="a labels"), image_layer(volume, name="b")]
    for layer in layers:
        viewer.add_layer(layer)
    # As large and in the same place, but of another sample.
    assert session.image is layers[2] and session.labels is None
    other = labels_layer(truth, name="b labels")
    viewer.add_layer(other)
    assert session.labels is other and session.ties.volume_of(other) is layers[2]
    assert session.ties.volume_of(layers[1]) is layers[0]
    stop()


def test_labels_before_their_volume_are_kept(volume, truth):
    viewer = ViewerModel()
    session = session_of(viewer)
    stop = LayerFollower(session, viewer, [].append).stop
    labels, image = labels_layer(truth), image_layer(volume)
    viewer.add_layer(labels)
    viewer.add_layer(image)
    assert session.labels is labels and session.ties.volume_of(labels) is image
    stop()


def with_inputs(noun, **inputs):
    return replace(noun, provenance=Provenance({name: char * 64 for name, char in inputs.items()}))


def test_records_say_what_labels_are_of(volume, truth):
    image = image_layer(with_inputs(volume, scan="a", volume="b"))
    for inputs, same in (
        ({"volume": "b", "labels": "c"}, True),
        ({"scan": "a", "mine": "d"}, True),
        ({"volume": "e", "labels": "c"}, False),
        ({"labels": "c"}, None),
    ):
        assert have_same_origin(labels_layer(with_inputs(truth, **inputs)), image) is same
    viewer = ViewerModel()
    session = session_of(viewer)
    stop = LayerFollower(session, viewer, [].append).stop
    labels = labels_layer(with_inputs(truth, scan="a", labels="c"))
    viewer.add_layer(labels)
    # Two reconstructions of one scan: its labels stay.
    for inputs in ({"scan": "a", "first": "1"}, {"scan": "a", "second": "2"}):
        viewer.add_layer(image_layer(with_inputs(volume, **inputs)))
        assert session.labels is labels
    viewer.add_layer(image_layer(with_inputs(volume, other="3")))
    assert session.labels is None
    stop()


def test_the_brush_chooses_the_labels_that_it_paints(truth):
    viewer = ViewerModel()
    session = session_of(viewer)
    stop = LayerFollower(session, viewer, [].append).stop
    ours = labels_layer(truth)
    viewer.add_layer(ours)
    other = viewer.add_labels(np.zeros(truth.shape, np.uint8))
    assert session.labels is ours
    other.mode = "paint"
    assert session.labels is other
    viewer.layers.selection.active = ours
    assert session.labels is other  # looked at only
    ours.mode = "erase"
    assert session.labels is ours
    viewer.layers.selection.active = other
    assert session.labels is other
    stop()
    ours.mode = "paint"
    assert session.labels is other


def test_a_scan_goes_with_its_projections():
    from napari.layers import Layer

    from napari_crystalseg._sample_data import i13_scan, simulated_scan

    first, second = (Layer.create(*sample()[0]) for sample in (i13_scan, simulated_scan))
    viewer = ViewerModel()
    session = session_of(viewer)
    stop = LayerFollower(session, viewer, [].append).stop
    viewer.add_layer(first)
    assert session.scan.shape == (91, 135, 160) and session.taken.name.startswith("I13 rod")
    viewer.layers.remove(first)
    assert session.scan is None
    viewer.add_layer(first)
    viewer.add_layer(second)
    assert session.scan.shape == (150, 100, 100) and session.taken.name == "simulated scan"
    stop()
    viewer.layers.clear()
    LayerFollower(session, viewer, [].append).stop()
    assert session.scan is None


def test_deleted_layers_are_let_go():
    viewer = ViewerModel()
    session = session_of(viewer)
    stop = LayerFollower(session, viewer, [].append).stop
    layer, other = Image(np.zeros((2, 2, 2))), Image(np.zeros((2, 2, 2)))
    viewer.add_layer(layer)
    viewer.add_layer(other)
    session.image = layer
    viewer.layers.remove(other)
    assert session.image is layer
    viewer.layers.remove(layer)
    assert session.image is None
    viewer.add_layer(layer)
    session.image = layer
    stop()
    viewer.layers.remove(layer)
    assert session.image is layer
