"""A file that is opened takes the place of the sample at hand once its edits are saved, whichever way it comes."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from helpers.shared_holder import SharedHolder
from napari_crystalseg import io
from napari_crystalseg.review.session.begun_review import BegunReview

LONG_MS = 60000


@pytest.fixture
def desk(make, volume, truth, source, warnings, shared_worker):
    one = make()
    one.dock.bar.holder = SharedHolder(shared_worker)
    one.open_volume(volume, source)
    one.segment(truth)
    yield one
    one.dock.bar.cancel()


@pytest.fixture
def slow_disk(monkeypatch):
    """A disk that takes an edit only when it is let."""
    from napari_crystalseg.review.session import session_folder

    go = threading.Event()
    real = session_folder.write_edit

    def waiting(edit, path):
        go.wait(20)
        real(edit, path)

    monkeypatch.setattr(session_folder, "write_edit", waiting)
    yield go
    go.set()


@pytest.fixture
def full_disk(monkeypatch):
    from napari_crystalseg.review.session import edit_file

    def full(*arguments, **named):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(edit_file.os, "fsync", full)


@pytest.fixture
def other(tmp_path, volume):
    path = tmp_path / "other.tif"
    io.save_volume(volume, path)
    return path


def in_dock(desk, path):
    desk.dock.open.opener.open_later(path)


def in_napari(desk, path):
    desk.viewer.open(path, plugin="napari-crystalseg")


@pytest.mark.parametrize("way", [in_dock, in_napari])
@pytest.mark.usefixtures("plugin")
def test_another_file_waits_for_the_save(desk, way, other, source, slow_disk, qtbot):
    before = desk.dock.session.image
    desk.stroke((3, 4, 5))
    way(desk, other)
    qtbot.wait(400)
    assert desk.dock.session.image is before and not desk.dock.session.busy
    slow_disk.set()
    qtbot.waitUntil(lambda: desk.dock.session.image is not before, timeout=LONG_MS)
    assert desk.dock.session.image is desk.viewer.layers["other"]
    assert BegunReview.of(source.parent / "sample.review").edits == 1


def test_the_active_layer_waits_for_the_save_as_a_file_does(desk, volume, source, slow_disk, qtbot):
    before, button = desk.dock.session.image, desk.dock.open.active_button
    other = desk.viewer.add_image(volume.data, name="other")
    desk.stroke((3, 4, 5))
    desk.viewer.layers.selection.active = before
    button.click()  # nothing takes its place
    assert not desk.dock.session.leaving.asking
    desk.viewer.layers.selection.active = other
    button.click()
    qtbot.wait(400)
    assert desk.dock.session.image is before
    slow_disk.set()
    qtbot.waitUntil(lambda: desk.dock.session.image is other, timeout=LONG_MS)
    assert BegunReview.of(source.parent / "sample.review").edits == 1


@pytest.mark.usefixtures("full_disk")
def test_an_active_layer_is_not_taken_where_the_sample_cannot_be_saved(desk, volume, warnings, qtbot):
    before, button = desk.dock.session.image, desk.dock.open.active_button
    other = desk.viewer.add_image(volume.data, name="other")
    desk.stroke((3, 4, 5))
    desk.viewer.layers.selection.active = other
    button.click()
    qtbot.waitUntil(lambda: any("'other' was not taken" in text for text in warnings), timeout=LONG_MS)
    assert desk.dock.session.image is before
    button.click()
    qtbot.waitUntil(lambda: desk.dock.session.image is other, timeout=LONG_MS)


@pytest.mark.usefixtures("plugin")
def test_several_files_that_are_dropped_meanwhile_are_all_taken(desk, other, truth, tmp_path, slow_disk, qtbot):
    io.save_labels(truth, tmp_path / "truth.tif")
    desk.stroke((3, 4, 5))
    in_napari(desk, other)
    in_napari(desk, tmp_path / "truth.tif")
    slow_disk.set()
    qtbot.waitUntil(lambda: desk.dock.session.labels is desk.viewer.layers["truth"], timeout=LONG_MS)
    assert desk.dock.session.image is desk.viewer.layers["other"]


@pytest.mark.usefixtures("plugin", "full_disk")
def test_what_cannot_be_saved_is_said_and_left_when_asked_again(desk, other, warnings, qtbot):
    before = desk.dock.session.image
    desk.stroke((3, 4, 5))
    in_dock(desk, other)
    qtbot.waitUntil(lambda: any("was not opened" in text for text in warnings), timeout=LONG_MS)
    said = next(text for text in warnings if "was not opened" in text)
    assert "No space left" in said and said.endswith("Once more leaves it unsaved in the viewer.")
    in_dock(desk, other)
    qtbot.waitUntil(lambda: desk.dock.session.image is not before, timeout=LONG_MS)
    assert desk.dock.session.labels in desk.viewer.layers or desk.dock.session.labels is None


@pytest.mark.usefixtures("plugin", "full_disk")
def test_a_dropped_file_stays_in_the_list_where_the_sample_cannot_be_saved(desk, other, warnings, qtbot):
    before = desk.dock.session.image
    desk.stroke((3, 4, 5))
    in_napari(desk, other)
    qtbot.waitUntil(lambda: any("not worked on" in text for text in warnings), timeout=LONG_MS)
    assert desk.dock.session.image is before and "other" in desk.viewer.layers
    desk.viewer.layers.selection.active = desk.viewer.layers["other"]
    desk.dock.open.active_button.click()
    assert desk.dock.session.image is desk.viewer.layers["other"]


@pytest.mark.usefixtures("plugin")
def test_a_file_that_is_removed_again_before_the_save_is_not_taken(desk, other, slow_disk, qtbot):
    before = desk.dock.session.image
    desk.stroke((3, 4, 5))
    in_napari(desk, other)
    desk.viewer.layers.remove("other")
    slow_disk.set()
    qtbot.waitUntil(lambda: not desk.dock.session.leaving.asking, timeout=LONG_MS)
    assert desk.dock.session.image is before
    np.testing.assert_array_equal(desk.dock.session.labels.data, desk.dock.keeper.kept.layer.data)
