"""Counts and check sum of labels follow edits from what they touched, as if all had been counted again."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.labels import Material
from napari_crystalseg.widgets.class_labels import label_monitor
from napari_crystalseg.widgets.label_edits.layer_edits import edits_of
from napari_crystalseg.widgets.layers.check_sum import fingerprint_with_voxel_size


@pytest.fixture
def counted(labelled, qtbot):
    """The dock with labels whose tally is known."""
    qtbot.waitUntil(lambda: edits_of(labelled.session.labels).edited.tally is not None)
    return labelled


def test_edits_are_followed_without_counting_all_again(counted, qtbot, monkeypatch):
    session = counted.session
    layer = session.labels
    recounts = []
    count = label_monitor.count_by_slab
    monkeypatch.setattr(label_monitor, "count_by_slab", lambda data: recounts.append(1) or count(data))
    rng = np.random.default_rng(0)
    before = session.fingerprint
    for step in range(12):
        kind = step % 4
        if kind == 0:
            layer.mode = "paint"
            with layer.block_history():
                layer.paint(tuple(rng.integers(0, layer.data.shape)), int(rng.integers(5)))
        elif kind == 1:
            edits_of(layer).apply(rng.random(layer.data.shape) < 0.2, int(rng.integers(5)))
        elif kind == 2:
            layer.undo()
        else:
            layer.redo()
        if kind % 2:
            qtbot.waitUntil(lambda: session.fingerprint is not None)
            assert session.fingerprint == fingerprint_with_voxel_size(layer)
        voxel = float(np.prod((0.3, 0.4, 0.5)))
        volumes = {one: np.count_nonzero(layer.data == one) * voxel for one in Material}
        assert session.volumes_um3 == pytest.approx(volumes)
    while edits_of(layer).edited.timeline.next_undo is not None:
        layer.undo()
    qtbot.waitUntil(lambda: session.fingerprint is not None)
    assert session.fingerprint == before
    assert not recounts


def test_what_something_else_wrote_is_counted_again(counted, qtbot):
    session = counted.session
    layer = session.labels
    layer.data[3, 4, 5:9] = Material.LOOP
    layer.refresh()
    qtbot.waitUntil(lambda: session.fingerprint == fingerprint_with_voxel_size(layer))
    assert session.volumes_um3[Material.LOOP] == pytest.approx(np.count_nonzero(layer.data == 2) * 0.06)
    # And what is edited then is counted from there.
    edits_of(layer).apply((slice(3, 4), slice(4, 5), slice(5, 9)), int(Material.AIR))
    qtbot.waitUntil(lambda: session.fingerprint == fingerprint_with_voxel_size(layer))
    assert session.volumes_um3[Material.LOOP] == pytest.approx(np.count_nonzero(layer.data == 2) * 0.06)
