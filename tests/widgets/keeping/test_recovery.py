"""After a crash the next opening offers to go on: labels, places seen, row and every undo as they were saved."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.review.session.review_state import Tick, Verdict
from napari_crystalseg.widgets.keeping.places_seen import PlacesSeen
from napari_crystalseg.widgets.label_edits.layer_edits import edits_of

from .conftest import crash

TICK = Tick("1 thin film", Verdict.RIGHT, ((2, 4), (3, 6), (5, 9)), 0.8)
OTHER = Tick("2 edge doubtful", Verdict.SKIPPED, ((8, 10), (3, 7), (5, 9)), 0.2)


@pytest.fixture
def crashed(make, volume, truth, source, warnings):
    """A dock that came to three strokes, one of them taken back, and a tick, and then crashed."""
    desk = make()
    desk.open_volume(volume, source)
    layer = desk.segment(truth)
    desk.stroke((3, 4, 5))
    desk.stroke((8, 9, 10), Material.LOOP)
    desk.stroke((9, 12, 13), Material.LOOP)
    layer.undo()
    desk.dock.keeper.take_places(PlacesSeen((TICK,), OTHER.place, OTHER.box, (TICK.box, OTHER.box)))
    desk.wait_saved()
    desk.kept_labels = layer.data.copy()
    crash(desk)
    return desk


def next_dock(make, volume, source, labels=None):
    desk = make()
    desk.open_volume(volume, source)
    if labels is not None:
        desk.segment(labels)
    return desk


def test_a_volume_alone_goes_on_at_the_same_row_and_every_undo(crashed, make, volume, truth, source):
    desk = next_dock(make, volume, source)
    bar = desk.dock.recovery_bar
    assert bar.isVisibleTo(desk.dock)
    # However long the machine took.
    assert re.search(r"found for this sample: 2 edits, 1 place seen, \d+\.\d min\.$", bar.text.text())
    layer = desk.go_on()
    assert not bar.isVisibleTo(desk.dock)
    np.testing.assert_array_equal(layer.data, crashed.kept_labels)
    np.testing.assert_array_equal(layer.scale, desk.dock.session.image.scale)
    assert desk.dock.session.earlier_ticks[layer] == (TICK,)
    assert desk.dock.keeper.kept.seen.row_box == OTHER.box
    assert desk.viewer.dims.current_step[0] in (8, 9)
    np.testing.assert_array_equal(desk.dock.session.automatic[layer], truth.data)
    layer.redo()
    layer.undo()
    np.testing.assert_array_equal(layer.data, crashed.kept_labels)
    for _ in range(5):
        layer.undo()
    np.testing.assert_array_equal(layer.data, truth.data)
    # And it is kept on, in the same folder, with the places that were seen before.
    desk.stroke((5, 4, 5))
    desk.dock.keeper.take_places(PlacesSeen((OTHER,), "", None, (OTHER.box,)))
    desk.wait_saved()
    assert desk.dock.keeper.kept.path == source.parent / "sample.review"
    assert desk.dock.keeper.kept.state().ticks == (TICK, OTHER)
    crash(desk)
    last = next_dock(make, volume, source)
    np.testing.assert_array_equal(last.go_on().data, layer.data)
    assert last.dock.session.earlier_ticks[last.dock.session.labels] == (TICK, OTHER)


@pytest.fixture
def slow_close(monkeypatch):
    """Folders that are let go of late, as under heavy load."""
    from napari_crystalseg.review.session.session_folder import SessionFolder

    real = SessionFolder.close

    def late(folder):
        time.sleep(0.7)
        real(folder)

    monkeypatch.setattr(SessionFolder, "close", late)


def test_labels_that_were_removed_are_offered_once_their_folder_is_free(
    make, volume, truth, source, warnings, slow_close, qtbot
):
    desk = make()
    desk.open_volume(volume, source)
    layer = desk.segment(truth)
    desk.stroke((3, 4, 5))
    drawn = layer.data.copy()
    desk.viewer.layers.remove(layer)  # by mistake
    assert desk.dock.recovery.offer is None  # it is still being saved
    qtbot.waitUntil(lambda: desk.dock.recovery.offer is not None, timeout=20000)
    assert "1 edit" in desk.dock.recovery_bar.text.text()
    np.testing.assert_array_equal(desk.go_on().data, drawn)


def test_a_folder_that_is_let_go_of_late_is_offered_all_the_same(slow_close, crashed, make, volume, source):
    desk = next_dock(make, volume, source)
    np.testing.assert_array_equal(desk.go_on().data, crashed.kept_labels)


def test_labels_that_were_made_again_stay_beside_the_work_that_is_gone_on_with(crashed, make, volume, truth, source):
    again = Labels(np.where(truth.data == 2, 1, truth.data).astype(np.uint8), truth.voxel_size_um)
    desk = next_dock(make, volume, source, again)
    made = desk.dock.session.labels
    layer = desk.go_on()
    assert layer is not made and made in desk.viewer.layers and not made.visible
    np.testing.assert_array_equal(layer.data, crashed.kept_labels)
    np.testing.assert_array_equal(made.data, again.data)


def test_begun_anew_the_earlier_work_stays_as_it_is(crashed, make, volume, truth, source):
    def files():
        return {file.name: file.read_bytes() for file in (source.parent / "sample.review").iterdir()}

    before = files()
    desk = next_dock(make, volume, source, truth)
    desk.dock.recovery_bar.anew_button.click()
    assert not desk.dock.recovery_bar.isVisibleTo(desk.dock)
    desk.stroke((4, 4, 4), Material.OTHER)
    desk.wait_saved()
    assert desk.dock.keeper.kept.path == source.parent / "sample-2.review"
    assert files() == before


def test_work_that_is_open_elsewhere_or_of_other_data_is_not_offered(crashed, make, volume, truth, source):
    first = next_dock(make, volume, source)
    first.go_on()
    assert next_dock(make, volume, source).dock.recovery.offer is None
    crash(first)
    source.write_bytes(b"other voxels")
    assert next_dock(make, volume, source).dock.recovery.offer is None


@pytest.mark.parametrize("damage", ["record", "edit"])
def test_a_damaged_folder_is_said_and_begun_anew(crashed, make, volume, truth, source, damage, warnings):
    folder = source.parent / "sample.review"
    if damage == "record":
        (folder / "review.json").write_text("{")
    else:
        for file in folder.glob("edit-*.npz"):
            file.write_bytes(b"nothing")
    desk = next_dock(make, volume, source, truth)
    made = desk.dock.session.labels
    bar = desk.dock.recovery_bar
    if damage == "edit":
        desk.go_on()
        assert desk.dock.bar.warns and "damaged" in desk.dock.bar.message.text()
    else:
        assert "damaged" in bar.text.text() and bar.text.text().endswith("A new review is begun beside it.")
        assert not bar.go_on_button.isVisibleTo(bar)
        bar.anew_button.click()
    assert not bar.isVisibleTo(desk.dock)
    assert len([text for text in warnings if "damaged" in text]) == 1
    assert desk.dock.recovery.offer is None and desk.dock.session.labels is made
    desk.stroke((4, 4, 4), Material.OTHER)
    desk.wait_saved()
    assert desk.dock.keeper.kept.path == source.parent / "sample-2.review"


def test_another_sample_that_comes_while_work_is_read_does_not_get_it(crashed, make, volume, truth, source):
    desk = next_dock(make, volume, source)
    other = source.with_name("other.tif")
    other.write_bytes(b"others")
    desk.dock.recovery.go_on()
    layer = desk.open_volume(volume, other)
    desk.qtbot.waitUntil(lambda: not desk.dock.recovery.busy, timeout=20000)
    assert desk.dock.session.image is layer and desk.dock.session.labels is None
    assert "changed meanwhile" in desk.dock.bar.message.text()


def test_a_volume_without_a_file_is_known_by_its_voxel_values(make, volume, truth):
    from napari_crystalseg.widgets.layers.label_layer import image_layer

    def opened(values):
        desk = make()
        layer = image_layer(values)
        desk.viewer.add_layer(layer)
        desk.dock.session.image = layer
        return desk

    desk = opened(volume)
    desk.segment(truth)
    desk.stroke((3, 4, 5))
    desk.wait_saved()
    crash(desk)
    other = type(volume)(volume.data + np.float32(0.001), volume.voxel_size_um, volume.quantity)
    assert opened(other).dock.recovery.offer is None
    np.testing.assert_array_equal(opened(volume).go_on().data, desk.dock.session.labels.data)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_a_dock_that_is_killed_loses_nothing_older_than_its_last_save(make, volume, truth, tmp_path, source):
    """A dock in a process of its own paints, saves and paints on, and is killed in the middle."""
    np.savez(tmp_path / "sample.npz", values=volume.data, labels=truth.data, voxel_um=truth.voxel_size_um)
    log = tmp_path / "log"
    script = Path(__file__).with_name("scripted_dock.py")
    process = subprocess.Popen([sys.executable, str(script), str(tmp_path / "sample.npz"), str(source), str(log)])
    try:
        end = time.monotonic() + 60
        while not (log.is_file() and log.read_text().count("\n") >= 3):
            assert process.poll() is None and time.monotonic() < end
            time.sleep(0.05)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    lines = [json.loads(line) for line in log.read_text().splitlines(keepends=True) if line.endswith("\n")]
    least = max(line["saved"] for line in lines)
    desk = next_dock(make, volume, source)
    layer = desk.go_on()
    timeline = edits_of(layer).edited.timeline
    assert timeline.position >= least >= 3
    while edits_of(layer).edited.timeline.position:
        layer.undo()
    np.testing.assert_array_equal(layer.data, truth.data)
