"""Strokes that teach survive a crash, with the review of the labels that they teach."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.labels import Material

from .conftest import crash


def draw(desk, material, start, stop):
    box = desk.dock.review.teaching
    box.draw(material)
    layer = box.layer
    with layer.block_history():
        for part in np.linspace(0, 1, 20):
            layer.paint(tuple(np.rint(np.array(start) + part * np.subtract(stop, start))), layer.selected_label)


@pytest.fixture
def drawn(make, volume, truth, source, warnings):
    desk = make()
    desk.open_volume(volume, source)
    desk.segment(truth)
    desk.dock.make_stages()
    draw(desk, Material.AIR, (8, 1, 3), (8, 1, 18))
    draw(desk, Material.CRYSTAL, (8, 8, 8), (8, 12, 15))
    draw(desk, Material.LOOP, (8, 4, 19), (8, 14, 19))
    desk.dock.review.teaching.layer.undo()
    return desk


def test_strokes_alone_are_kept_and_offered_again(drawn, make, volume, truth, source):
    before = drawn.dock.review.teaching.layer.data.copy()
    assert set(np.unique(before)) == {0, 3, 5}
    drawn.wait_saved()
    crash(drawn)
    desk = make()
    desk.open_volume(volume, source)
    desk.dock.make_stages()
    assert "0 edits, 0 places seen, strokes to teach" in desk.dock.recovery_bar.text.text()
    labels = desk.go_on()
    box = desk.dock.review.teaching
    np.testing.assert_array_equal(box.layer.data, before)
    assert not box.layer.visible and desk.dock.session.strokes is None and desk.dock.session.labels is labels
    assert box.classes.counts[Material.CRYSTAL].text() == str(np.count_nonzero(before == 3))
    assert "earlier work" in box.said.text()
    # They are one step to undo, are drawn on, and are kept on.
    draw(desk, Material.LIQUOR, (8, 3, 3), (8, 3, 6))
    after = box.layer.data.copy()
    desk.wait_saved()
    crash(desk)
    last = make()
    last.open_volume(volume, source)
    last.dock.make_stages()
    last.go_on()
    np.testing.assert_array_equal(last.dock.review.teaching.layer.data, after)
    last.dock.review.teaching.layer.undo()
    assert not last.dock.review.teaching.layer.data.any()


def test_strokes_that_were_wiped_do_not_come_back(drawn, make, volume, source):
    drawn.stroke((3, 4, 5))
    drawn.wait_saved()
    drawn.dock.review.teaching.clear()
    drawn.wait_saved()
    crash(drawn)
    desk = make()
    desk.open_volume(volume, source)
    desk.dock.make_stages()
    assert "strokes" not in desk.dock.recovery_bar.text.text()
    desk.go_on()
    assert desk.dock.review.teaching.layer is None


def test_strokes_stay_in_the_record_when_their_volume_is_closed(drawn, source):
    drawn.wait_saved()
    kept = drawn.dock.keeper.kept
    before = kept.state().settings["strokes"]
    drawn.viewer.layers.remove(drawn.dock.session.image)
    assert kept.state().settings["strokes"] == before and before
