"""The queue of samples: what is kept, what becomes of each, and opening them one after the other."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import dock_worker_tasks as work
from napari_crystalseg import io
from napari_crystalseg.jobs import Worker
from napari_crystalseg.labels import Material
from napari_crystalseg.volume import Volume
from napari_crystalseg.widgets.process.process_settings import ProcessSettings
from napari_crystalseg.widgets.queue.file_drop import FileDrop
from napari_crystalseg.widgets.queue.queued_sample import QueuedSample, State
from napari_crystalseg.widgets.queue.sample_queue import SampleQueue
from napari_crystalseg.widgets.tasks import process as tasks

LONG_MS = 240000


@pytest.fixture(scope="module")
def queue_worker():
    with Worker() as worker:
        yield worker


@pytest.fixture
def queued(dock, queue_worker, monkeypatch):
    from helpers.shared_holder import SharedHolder

    monkeypatch.setattr(tasks, "process_sample", work.process_by_grey)
    monkeypatch.setattr(tasks, "process_in_background", work.process_by_grey_in_background)
    dock.runner.holder = SharedHolder(queue_worker)
    return dock


@pytest.fixture
def files(tmp_path, volume):
    """Two samples, one without a crystal, and one file that is nothing."""
    without = Volume(np.where(volume.data == np.float32(0.02), 0.01, volume.data), volume.voxel_size_um)
    for name, noun in (("one.tif", volume), ("two.tif", volume), ("empty.tif", without)):
        io.save_volume(noun, tmp_path / name)
    (tmp_path / "broken.tif").write_text("not a TIFF")
    return [tmp_path / f"{name}.tif" for name in ("one", "broken", "empty", "two")]


def states(queue):
    return [str(sample.state) for sample in queue]


def finished(dock, qtbot):
    qtbot.waitUntil(lambda: not dock.session.busy, timeout=LONG_MS)


def test_samples_are_processed_while_one_is_reviewed(queued, viewer, files, qtbot):
    dock, box = queued, queued.open.queue_box
    box.add(files)
    assert not dock.session.busy and box.fold.title.isChecked()
    qtbot.waitUntil(lambda: dock.queue[0].is_finished, timeout=LONG_MS)
    # The first is reviewed while the others are processed.
    box.next_button.click()
    finished(dock, qtbot)
    assert [layer.name for layer in viewer.layers if layer.visible] == ["one", "one labels"]
    qtbot.waitUntil(lambda: dock.queue.next_waiting() is None and dock.runner.running is None, timeout=LONG_MS)
    assert states(dock.queue) == ["done", "failed", "needs a look", "done"]
    assert dock.queue[0].sentence.startswith("Mean A 0.") and dock.queue[2].sentence == "No crystal was found."
    assert "broken.tif" in dock.queue[1].sentence and "\n" not in dock.queue[1].sentence
    assert box.fold.title.text() == "Samples: 3 of 4 finished"

    # What was worked on stays, out of sight; the rest of the sample goes.
    labels = dock.session.labels
    labels.paint((8, 10, 12), Material.LIQUOR)
    box.next_button.click()
    qtbot.waitUntil(lambda: "one" not in viewer.layers, timeout=LONG_MS)  # once the stroke is saved
    finished(dock, qtbot)
    assert [layer.name for layer in viewer.layers if layer.visible] == ["empty", "empty labels"]
    assert labels in viewer.layers and not labels.visible and "one" not in viewer.layers
    assert dock.session.factors is None
    box.next_button.click()
    finished(dock, qtbot)
    assert dock.session.image.name == "two" and dock.session.factors is not None
    assert not box.next_button.isEnabled()
    qtbot.waitUntil(lambda: dock.session.fingerprint is not None)
    assert not dock.session.stale


def test_whoever_holds_unsaved_work_is_asked_before_a_sample_goes(queued, viewer, files, warnings, qtbot):
    dock, box = queued, queued.open.queue_box
    box.add(files[:1])
    qtbot.waitUntil(lambda: dock.queue[0].is_finished, timeout=LONG_MS)
    answers = []
    forget = dock.session.leaving.ask_first(lambda leave, stay: answers.append((leave, stay)))
    box.next_button.click()
    assert len(answers) == 1 and not dock.session.busy
    answers[0][1]("The disk is full: make room.")
    assert warnings[-1] == "The disk is full: make room." and not dock.session.busy
    box.next_button.click()
    answers[1][0]()
    answers[1][0]()
    finished(dock, qtbot)
    assert dock.session.labels is not None
    forget()


def test_the_queue_survives_a_restart(files):
    queue = SampleQueue()
    queue.add(files[:2], ProcessSettings(energy_kev=12.4, pattern="{stem}_out"))
    first = queue[0]
    queue.update(first, QueuedSample(first.path, first.folder, State.RUNNING, energy_kev=12.4))
    queue.let_go()
    again = SampleQueue()
    assert states(again) == ["waiting", "waiting"]  # what ran goes on from its last stage
    assert again[0].energy_kev == 12.4 and again[0].folder == str(files[0].parent / "one_out")
    # Samples of one name in two places do not share a folder.
    other = files[0].parent / "elsewhere" / "one.h5"
    again.add([other], ProcessSettings(pattern=str(files[0].parent / "{stem}_out")))
    assert again[2].folder == str(files[0].parent / "one_out_2")
    assert again.add(files[:1], ProcessSettings()) and len(again) == 3
    again.remove(again[0])
    again.let_go()
    assert len(SampleQueue()) == 2


def test_one_of_two_docks_has_the_list(queued, files, warnings, qtbot):
    from napari.components import ViewerModel

    from napari_crystalseg.widgets import CrystalSegDock

    queued.queue.add(files[:2], ProcessSettings())
    other = CrystalSegDock(ViewerModel())
    qtbot.addWidget(other)
    other.make_stages()
    assert len(other.queue) == 0 and other.open.queue_box.fold.title.text().endswith("in another window")
    other.take_files([files[0], files[3]])
    assert warnings[-1].startswith("The list of samples is open in another window of napari")
    assert other.runner.running is None and [one.name for one in queued.queue] == ["one.tif", "broken.tif"]
    queued.queue.add(files[2:3], ProcessSettings())
    queued.close_down()
    # With the next that is added there, it has what the first has left.
    other.runner.start = lambda: None
    other.take_files([files[3], files[3]])
    assert [one.name for one in other.queue] == ["one.tif", "broken.tif", "empty.tif", "two.tif"]
    assert "finished" in other.open.queue_box.fold.title.text()
    other.close_down()
    assert len(SampleQueue()) == 4


def test_a_sample_is_paused_and_goes_on(queued, tmp_path, volume, qtbot):
    from napari_crystalseg.widgets.parts.job_bar import WorkerHolder

    dock, box = queued, queued.open.queue_box
    dock.runner.holder = WorkerHolder()  # it is killed
    io.save_volume(volume, tmp_path / "slow.tif")
    box.add([tmp_path / "slow.tif"])
    qtbot.waitUntil(lambda: "working" in box.list.topLevelItem(0).text(1), timeout=LONG_MS)
    assert box.run_button.text() == "Pause"
    box.run_button.click()
    assert states(dock.queue) == ["waiting"] and box.run_button.text() == "Go on"
    box.list.setCurrentItem(box.list.topLevelItem(0))
    box.remove_button.click()
    assert len(dock.queue) == 0 and not box.list.isVisibleTo(dock.open)
    dock.runner.holder.close()


def test_several_files_dropped_on_the_dock_become_a_queue(queued, files, qtbot):
    from qtpy.QtCore import QMimeData, QPointF, Qt, QUrl
    from qtpy.QtGui import QDropEvent

    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in (files[0], files[3])])
    event = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    # As Qt delivers it once a drag has entered.
    assert queued.findChild(FileDrop).eventFilter(queued, event)
    assert [sample.name for sample in queued.queue] == ["one.tif", "two.tif"]
    queued.runner.pause()


def test_several_open_samples_are_offered_for_the_queue(queued, viewer, files, qtbot):
    button = queued.open.queue_box.all_button
    for path in (files[0], files[3]):
        assert button.isHidden()
        queued.open.opener.open_path(path)
        finished(queued, qtbot)
    assert not button.isHidden() and button.text() == "Process all 2 samples that are open"
    # What became of several that were dropped on the canvas is said.
    told = queued.bar.message.text
    qtbot.waitUntil(lambda: told().startswith("2 samples are open, and 'two' is at hand. 'Process all 2"))
    button.click()
    assert [sample.name for sample in queued.queue] == ["one.tif", "two.tif"] and button.isHidden()
    queued.runner.pause()


def test_all_that_is_told_of_the_sample_that_runs_can_be_read(queued, files, monkeypatch):
    dock, box = queued, queued.open.queue_box
    monkeypatch.setattr(type(dock.runner), "start", lambda runner: None)
    box.add(files[:2])
    dock.runner._sample = dock.queue[0]
    told = "30% Reconstructed 100 slices, corrections: stripes, about 12 s left"
    dock.runner.told.emit(told)
    item = box.list.topLevelItem(0)
    assert item.text(1) == "▶ 30% Reconstructed 100 slices" and item.toolTip(1) == told
    assert box.sentence.text() == f"one.tif: {told}" and not box.sentence.isHidden() and box.sentence.wordWrap()
    # Another one that is chosen has its own sentence, also when there is news.
    box.list.setCurrentItem(box.list.topLevelItem(1))
    assert box.sentence.text() == dock.queue[1].sentence
    dock.runner.told.emit(told)
    assert box.sentence.text() == dock.queue[1].sentence
    dock.runner._sample = None
    box._show()
    assert box.sentence.isHidden()
