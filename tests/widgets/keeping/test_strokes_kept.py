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


# Before there are labels.


def forget_all(desk):
    """As the system does with a process that was killed: nothing is saved any more."""
    crash(desk)
    desk.dock.strokes_keeper._viewer = lambda: None


def wait_kept(desk):
    keeper = desk.dock.strokes_keeper
    keeper.save()
    desk.qtbot.waitUntil(lambda: not keeper.busy and not keeper._running, timeout=20000)


@pytest.fixture
def unlabelled(make, volume, source, warnings):
    desk = make()
    desk.open_volume(volume, source)
    desk.dock.make_stages()
    draw(desk, Material.AIR, (8, 1, 3), (8, 1, 18))
    draw(desk, Material.CRYSTAL, (8, 8, 8), (8, 12, 15))
    return desk


def kept_in(source):
    return sorted(path.name for path in source.parent.glob("*.strokes.json"))


def test_strokes_without_labels_are_kept_and_here_again(unlabelled, make, volume, source, qtbot):
    before = unlabelled.dock.review.teaching.layer.data.copy()
    assert kept_in(source) == []  # every half minute
    wait_kept(unlabelled)
    assert kept_in(source) == ["sample.strokes.json"]
    forget_all(unlabelled)
    desk = make()
    desk.open_volume(volume, source)
    desk.dock.make_stages()
    box = desk.dock.review.teaching
    qtbot.waitUntil(lambda: box.layer is not None, timeout=20000)
    np.testing.assert_array_equal(box.layer.data, before)
    assert not box.layer.visible and desk.dock.session.strokes is None and "earlier work" in box.said.text()
    # They are drawn on, and are kept on in the same file; wiped ones do not come back.
    draw(desk, Material.LIQUOR, (8, 3, 3), (8, 3, 6))
    wait_kept(desk)
    assert kept_in(source) == ["sample.strokes.json"]
    box.clear()
    wait_kept(desk)
    assert kept_in(source) == []
    box.layer.undo()
    wait_kept(desk)
    assert kept_in(source) == ["sample.strokes.json"]


def test_a_review_of_labels_takes_them_over(unlabelled, truth, source, qtbot):
    wait_kept(unlabelled)
    unlabelled.segment(truth)
    unlabelled.wait_saved()
    wait_kept(unlabelled)
    assert kept_in(source) == [] and (source.parent / "sample.review").is_dir()
    assert unlabelled.dock.keeper.kept.state().settings["strokes"]


def test_they_are_kept_when_the_dock_or_the_volume_is_closed(unlabelled, make, volume, source):
    unlabelled.dock.close_down()
    assert kept_in(source) == ["sample.strokes.json"]
    (source.parent / "sample.strokes.json").unlink()
    desk = make()
    desk.open_volume(volume, source)
    desk.dock.make_stages()
    draw(desk, Material.LOOP, (8, 4, 19), (8, 14, 19))
    desk.viewer.layers.remove(desk.dock.session.image)
    wait_kept(desk)
    assert kept_in(source) == ["sample.strokes.json"]


def test_strokes_of_two_windows_are_two_files(unlabelled, make, volume, source, qtbot):
    wait_kept(unlabelled)
    desk = make()
    desk.open_volume(volume, source)
    desk.dock.make_stages()
    qtbot.waitUntil(lambda: desk.dock.review.teaching.layer is not None, timeout=20000)
    draw(unlabelled, Material.LOOP, (8, 4, 19), (8, 14, 19))
    wait_kept(unlabelled)
    draw(desk, Material.LIQUOR, (8, 3, 3), (8, 3, 6))
    wait_kept(desk)
    assert kept_in(source) == ["sample-2.strokes.json", "sample.strokes.json"]


def test_a_disk_that_takes_none_is_said_and_tried_again(unlabelled, source, warnings, monkeypatch):
    from napari_crystalseg.errors import InputError
    from napari_crystalseg.review.session import strokes_file

    def full(path):
        raise InputError("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(strokes_file, "replacing", full)
        wait_kept(unlabelled)
    assert any("strokes are not saved, but nothing is lost yet" in text for text in warnings)
    wait_kept(unlabelled)
    assert "sample.strokes.json" in kept_in(source)
    assert "saved again" in unlabelled.dock.bar.message.text()


def test_damaged_or_foreign_files_are_left_alone(make, volume, source):
    file = source.parent / "sample.strokes.json"
    for content in (b"{", b"[]", b'{"kind": "napari-crystalseg strokes", "schema": 99}'):
        file.write_bytes(content)
        desk = make()
        desk.open_volume(volume, source)
        assert not desk.dock.session.earlier_strokes
        desk.dock.make_stages()
        draw(desk, Material.LOOP, (8, 4, 19), (8, 14, 19))
        wait_kept(desk)
        assert file.read_bytes() == content and kept_in(source) == ["sample-2.strokes.json", "sample.strokes.json"]
        (source.parent / "sample-2.strokes.json").unlink()
        forget_all(desk)
