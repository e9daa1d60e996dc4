"""Reviews are saved as they go, each in a folder of its own, and what cannot be saved is said at once."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Material
from napari_crystalseg.review.session.begun_review import BegunReview, reviews_in
from napari_crystalseg.review.session.kept_labels import labels_of_review
from napari_crystalseg.review.session.review_state import Tick, Verdict
from napari_crystalseg.widgets.keeping.places_seen import PlacesSeen
from napari_crystalseg.widgets.keeping.saved_line import SavedLine

TICK = Tick("1 thin film", Verdict.RIGHT, ((2, 4), (3, 6), (5, 9)), 0.8)


def found_in(path):
    """What the folder says, None before it is whole."""
    try:
        return BegunReview.of(path)
    except InputError:
        return None


def reviews(source):
    return sorted(path.name for path in source.parent.iterdir() if path.name.endswith(".review"))


@pytest.fixture
def desk(make, volume, truth, source, warnings):
    one = make()
    one.open_volume(volume, source)
    one.segment(truth)
    return one


def test_looking_around_writes_nothing_and_the_first_stroke_begins_a_folder_beside_the_data(desk, source, qtbot, truth):
    desk.viewer.dims.set_current_step(0, 5)
    desk.dock.keeper.save_all()
    qtbot.wait(150)
    assert reviews(source) == []
    desk.stroke((3, 4, 5))
    desk.wait_saved()
    assert reviews(source) == ["sample.review"]
    found = BegunReview.of(source.parent / "sample.review")
    assert (found.edits, found.held, found.accepted) == (1, True, False)
    # Even where the next edits are not saved before the half minute is over.
    desk.dock.keeper._every.timeout.emit()
    desk.stroke((8, 4, 5))
    desk.stroke((9, 4, 5), Material.LOOP)
    desk.dock.keeper._every.timeout.emit()
    qtbot.waitUntil(lambda: BegunReview.of(found.path).edits == 3, timeout=20000)
    desk.dock.close_down()
    labels = labels_of_review(found.path)
    np.testing.assert_array_equal(labels.data, desk.viewer.layers[-1].data)
    assert labels.voxel_size_um == truth.voxel_size_um


def test_a_tick_is_saved_at_once_and_the_line_says_when_and_how_long(desk, source, qtbot):
    line = SavedLine(desk.dock.keeper)
    qtbot.addWidget(line)
    desk.dock.keeper.take_places(PlacesSeen((TICK,), "1 thin film", TICK.box, (TICK.box,)))
    path = source.parent / "sample.review"
    qtbot.waitUntil(lambda: (found := found_in(path)) is not None and found.places == 1, timeout=20000)
    qtbot.waitUntil(lambda: line.text().startswith("saved "), timeout=20000)
    assert line.text().endswith(" s spent")
    assert str(path) in line.toolTip()


def test_labels_that_lie_elsewhere_than_in_memory_are_said_not_to_be_kept(desk):
    layer = desk.viewer.add_labels(np.zeros((16, 20, 24), dtype=np.int64))
    desk.dock.session.labels = layer
    assert desk.dock.keeper.kept is None
    assert "not kept on disk" in desk.dock.keeper.line


def test_two_viewers_with_the_same_sample_keep_two_folders(desk, make, volume, truth, source):
    other = make()
    other.open_volume(volume, source)
    other.segment(truth)
    desk.stroke((3, 4, 5))
    other.stroke((8, 9, 10), Material.LOOP)
    desk.wait_saved()
    other.wait_saved()
    assert reviews(source) == ["sample-2.review", "sample.review"]
    assert other.dock.recovery.offer is None
    for one in (desk, other):
        path = one.dock.keeper.kept.path
        one.dock.close_down()
        np.testing.assert_array_equal(labels_of_review(path).data, one.dock.session.labels.data)


def test_data_that_may_not_be_written_beside_are_kept_with_the_users_own_files(desk, source, monkeypatch):
    from napari_crystalseg.review.session import session_folder

    real = session_folder.write_labels

    def refusing(labels, path):
        if source.parent in path.parents:
            raise InputError(f"{path} cannot be written (Read-only file system); choose another place.")
        real(labels, path)

    monkeypatch.setattr(session_folder, "write_labels", refusing)
    desk.stroke((3, 4, 5))
    desk.wait_saved()
    assert reviews(source) == []
    path = desk.dock.keeper.kept.path
    assert source.parent not in path.parents and path.name.startswith("sample-")
    desk.dock.close_down()
    np.testing.assert_array_equal(labels_of_review(path).data, desk.dock.session.labels.data)


def test_a_full_disk_is_said_at_once_and_saved_when_there_is_room(desk, source, qtbot, monkeypatch, warnings):
    from napari_crystalseg.review.session import edit_file

    def full(*arguments, **named):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(edit_file.os, "fsync", full)
        desk.stroke((3, 4, 5))
        qtbot.waitUntil(lambda: desk.dock.bar.warns, timeout=20000)
        assert desk.dock.bar.message.text().startswith(
            "\N{WARNING SIGN} The edits are not saved, but nothing is lost yet"
        )
        assert "No space left" in desk.dock.bar.message.text()
        assert desk.dock.keeper.line.startswith("not saved")
        # Counts that come now, or a click, are not to take the warning away.
        desk.dock.session.other_codes = {7: 1}
        desk.dock.session.other_codes = {}
        desk.dock.bar.forget_warning()
        assert desk.dock.bar.warns and "No space left" in desk.dock.bar.message.text()
        assert reviews(source) == []  # no litter of tries that came to nothing
        desk.stroke((8, 4, 5))
        desk.dock.keeper._every.timeout.emit()
        qtbot.wait(300)
        assert len(warnings) == 1  # the same is not said again and again
        told = []
        desk.dock.keeper.leave(lambda: told.append("left"), told.append)
        qtbot.waitUntil(lambda: bool(told), timeout=20000)
        assert "is not saved" in told[0]
        desk.dock.keeper.leave(lambda: told.append("left"), told.append)
        assert told[1] == "left"
    desk.dock.keeper._every.timeout.emit()
    qtbot.waitUntil(lambda: not desk.dock.keeper.kept.trouble and desk.dock.keeper.kept.is_saved, timeout=20000)
    qtbot.waitUntil(lambda: desk.dock.bar.message.text() == "The edits are saved again.", timeout=20000)
    path = desk.dock.keeper.kept.path
    desk.dock.close_down()
    np.testing.assert_array_equal(labels_of_review(path).data, desk.dock.session.labels.data)


@pytest.fixture
def slow_disk(monkeypatch):
    """A disk that takes an edit only when it is let."""
    import threading

    from napari_crystalseg.review.session import session_folder

    go = threading.Event()
    real = session_folder.write_edit

    def waiting(edit, path):
        go.wait(20)
        real(edit, path)

    monkeypatch.setattr(session_folder, "write_edit", waiting)
    yield go
    go.set()


def test_another_sample_waits_for_the_save(desk, source, qtbot, slow_disk):
    left = []
    desk.dock.keeper.leave(lambda: left.append("at once"), left.append)
    assert left == ["at once"]  # nothing was done yet
    desk.stroke((3, 4, 5))
    desk.dock.keeper.leave(lambda: left.append("saved"), left.append)
    qtbot.wait(300)
    assert left == ["at once"]
    slow_disk.set()
    qtbot.waitUntil(lambda: len(left) == 2, timeout=20000)
    assert left[1] == "saved"
    assert BegunReview.of(source.parent / "sample.review").edits == 1


def test_a_layer_that_is_renamed_or_removed_while_it_is_saved_is_saved_whole(desk, source, qtbot, slow_disk):
    layer = desk.dock.session.labels
    desk.stroke((3, 4, 5))
    qtbot.waitUntil(lambda: desk.dock.keeper.kept.busy, timeout=20000)
    layer.name = "another name"
    desk.stroke((8, 4, 5))
    desk.viewer.layers.remove(layer)
    assert desk.dock.keeper.kept is None
    slow_disk.set()
    path = source.parent / "sample.review"
    qtbot.waitUntil(lambda: not desk.dock.keeper._going and not BegunReview.of(path).held, timeout=20000)
    np.testing.assert_array_equal(labels_of_review(path).data, layer.data)


def test_a_viewer_that_is_closed_while_it_is_saved_waits_no_longer_than_a_bound(
    desk, source, slow_disk, monkeypatch, qtbot
):
    from napari_crystalseg.widgets.keeping import review_keeper

    monkeypatch.setattr(review_keeper, "CLOSING_S", 0.3)
    desk.stroke((3, 4, 5))
    layer = desk.dock.session.labels
    desk.dock.close_down()
    slow_disk.set()
    path = source.parent / "sample.review"
    qtbot.waitUntil(lambda: (found := found_in(path)) is not None and not found.held, timeout=20000)
    np.testing.assert_array_equal(labels_of_review(path).data, layer.data)


def test_a_dock_that_is_opened_again_goes_on_in_the_same_folder(desk, source, qtbot):
    from napari_crystalseg.widgets import CrystalSegDock

    desk.stroke((3, 4, 5))
    desk.wait_saved()
    desk.dock.close_down()
    again = CrystalSegDock(desk.viewer)
    qtbot.addWidget(again)
    desk.dock = again
    assert again.recovery.offer is None
    desk.stroke((8, 4, 5))
    desk.wait_saved()
    assert reviews(source) == ["sample.review"]
    again.close_down()
    ((_, found),) = reviews_in(source.parent)
    assert found.edits == 2
    np.testing.assert_array_equal(labels_of_review(found.path).data, again.session.labels.data)


def test_labels_with_a_code_of_no_class_and_labels_made_here_are_kept_too(make, volume, truth, qtbot):
    desk = make()
    data = truth.data.copy()
    data[0, 0, 0] = 7
    layer = desk.viewer.add_labels(data, name="a/b: odd")
    desk.dock.session.labels = layer
    desk.stroke((8, 4, 5))
    desk.wait_saved()
    path = desk.dock.keeper.kept.path
    assert path.name == "a_b_ odd.review"
    desk.dock.close_down()
    with pytest.raises(InputError, match="run from 0 to 7"):
        labels_of_review(path)


def test_labels_of_another_shape_in_the_same_layer_begin_a_review_of_their_own(desk, source, qtbot):
    desk.stroke((3, 4, 5))
    desk.wait_saved()
    first = desk.dock.session.labels.data.copy()
    desk.dock.session.labels.data = np.zeros((5, 6, 7), np.uint8)
    desk.stroke((2, 2, 2))
    desk.wait_saved()
    desk.dock.close_down()
    np.testing.assert_array_equal(labels_of_review(source.parent / "sample.review").data, first)
