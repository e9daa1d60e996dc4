"""A session belongs to its viewer and lets go of what the viewer lets go of."""

from __future__ import annotations

import gc
import weakref

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image

from napari_crystalseg.widgets.label_layer import image_layer, labels_layer
from napari_crystalseg.widgets.session import follow, session_of


def test_each_viewer_has_its_own_and_keeps_it():
    first, second = ViewerModel(), ViewerModel()
    assert session_of(first) is session_of(first)
    assert session_of(first) is not session_of(second)


def test_a_session_does_not_keep_its_viewer():
    viewer = ViewerModel()
    stop = follow(session_of(viewer), viewer)
    stop()
    gone = weakref.ref(viewer)
    del viewer, stop
    gc.collect()
    assert gone() is None


def test_layers_that_say_what_they_are_are_taken_up(volume, truth):
    viewer = ViewerModel()
    session = session_of(viewer)
    first = image_layer(volume, name="first")
    viewer.add_layer(first)
    stop = follow(session, viewer)
    assert session.image is first
    viewer.add_layer(Image(np.zeros((2, 2, 2))))
    viewer.add_layer(image_layer(volume, name="second"))
    labels = labels_layer(truth)
    viewer.add_layer(labels)
    assert session.image is first and session.labels is labels
    stop()


def test_a_scan_goes_with_its_projections():
    from napari.layers import Layer

    from napari_crystalseg._sample_data import i13_scan, simulated_scan

    first, second = (Layer.create(*sample()[0]) for sample in (i13_scan, simulated_scan))
    viewer = ViewerModel()
    session = session_of(viewer)
    stop = follow(session, viewer)
    viewer.add_layer(first)
    assert session.scan.shape == (91, 135, 160) and session.scan_name.startswith("I13 rod")
    viewer.layers.remove(first)
    assert session.scan is None
    viewer.add_layer(first)
    viewer.add_layer(second)
    assert session.scan.shape == (150, 100, 100) and session.scan_name == "simulated scan"
    stop()
    viewer.layers.clear()
    follow(session, viewer)()
    assert session.scan is None


def test_deleted_layers_are_let_go():
    viewer = ViewerModel()
    session = session_of(viewer)
    stop = follow(session, viewer)
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
