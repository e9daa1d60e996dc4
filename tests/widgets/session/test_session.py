"""A session belongs to its viewer."""

from __future__ import annotations

import gc
import weakref

from napari.components import ViewerModel

from napari_crystalseg.widgets.dock.layer_follower import LayerFollower
from napari_crystalseg.widgets.session.session import session_of


def test_each_viewer_has_its_own_and_keeps_it():
    first, second = ViewerModel(), ViewerModel()
    assert session_of(first) is session_of(first)
    assert session_of(first) is not session_of(second)


def test_a_session_does_not_keep_its_viewer():
    viewer = ViewerModel()
    stop = LayerFollower(session_of(viewer), viewer, [].append).stop
    stop()
    gone = weakref.ref(viewer)
    del viewer, stop
    gc.collect()
    assert gone() is None
