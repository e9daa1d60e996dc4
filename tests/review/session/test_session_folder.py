import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.provenance import hash_array
from napari_crystalseg.review.edits.change import Change
from napari_crystalseg.review.edits.edited_labels import EditedLabels
from napari_crystalseg.review.session.acceptance import accept, corrected_from
from napari_crystalseg.review.session.autosave import Autosave
from napari_crystalseg.review.session.clock import ReviewClock
from napari_crystalseg.review.session.review_state import ReviewState, Tick, Verdict
from napari_crystalseg.review.session.session_folder import SessionFolder, read_record
from napari_crystalseg.review.session.session_place import begun_reviews, facts_of, new_place
from napari_crystalseg.review.session.snapshot import Snapshot
from napari_crystalseg.samples import sample_data_folder

SHAPE = (12, 15, 17)
STATE = ReviewState().ticked(Tick("thin film 2", Verdict.MENDED, ((0, 2), (3, 4), (5, 9)), 0.75))


def begun(path: Path, budget_bytes: int = 10**9) -> tuple[EditedLabels, SessionFolder]:
    data = np.zeros(SHAPE, np.uint8)
    data[3:9, 4:9, 5:12] = 7  # a code that is no class stays as it is
    edited = EditedLabels(data, budget_bytes=budget_bytes)
    return edited, SessionFolder.create(path, edited.data, {"shape": list(SHAPE)})


def edit(edited: EditedLabels, rng: np.random.Generator) -> None:
    box = tuple(slice(int(a), int(a) + 6) for a in rng.integers(0, 6, 3))
    edited.apply_edit(Change(box, rng.random((6, 6, 6)) < 0.5, rng.integers(0, 5, (6, 6, 6))), name="tool ½")


def save(folder: SessionFolder, edited: EditedLabels, state: ReviewState = STATE) -> None:
    folder.save(Snapshot.of(edited, state, folder.needs_labels(edited.timeline)))


@pytest.mark.parametrize("budget_bytes", [10**9, 15_000])
def test_a_review_goes_on_with_labels_undo_and_ticks_as_they_were(tmp_path, budget_bytes):
    rng = np.random.default_rng(4)
    edited, folder = begun(tmp_path / "a.review", budget_bytes)
    for step in range(60):
        edit(edited, rng)
        for _ in range(int(rng.integers(0, 3))):
            edited.undo()
        if rng.random() < 0.2:
            edited.redo()
        if step % 4 == 0:
            save(folder, edited)
    save(folder, edited)
    folder.close()

    again = SessionFolder.open(tmp_path / "a.review")
    resumed = again.resume(budget_bytes)
    np.testing.assert_array_equal(resumed.labels, edited.data)
    assert resumed.state == STATE
    assert [one.name for one in resumed.timeline.edits[-2:]] == [one.name for one in edited.timeline.edits[-2:]]
    back = EditedLabels(resumed.labels, timeline=resumed.timeline)
    while edited.timeline.next_undo is not None:
        edited.undo()
        assert back.undo() is not None
        np.testing.assert_array_equal(back.data, edited.data)
    # And what is done after it was opened again is saved as well.
    edit(back, rng)
    save(again, back)
    again.close()
    np.testing.assert_array_equal(SessionFolder.open(tmp_path / "a.review").resume().labels, back.data)


def test_files_that_no_record_names_are_removed(tmp_path):
    rng = np.random.default_rng(5)
    edited, folder = begun(tmp_path / "a.review")
    for _ in range(3):
        edit(edited, rng)
    save(folder, edited)
    while edited.undo():
        pass
    edit(edited, rng)
    save(folder, edited)
    assert len(list(folder.path.glob("edit-*.npz"))) == 1


def test_two_processes_do_not_share_a_review(tmp_path):
    _, folder = begun(tmp_path / "a.review")
    with pytest.raises(InputError, match="being written by another run"):
        SessionFolder.open(tmp_path / "a.review")
    folder.close()
    SessionFolder.open(tmp_path / "a.review").close()


def test_a_folder_that_holds_something_is_not_taken(tmp_path):
    (tmp_path / "a.review").mkdir()
    (tmp_path / "a.review" / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="is there already"):
        SessionFolder.create(tmp_path / "a.review", np.zeros(SHAPE, np.uint8), {})


@pytest.mark.parametrize("damage", ["truncated edit", "missing edit", "other counts", "not JSON", "later version"])
def test_a_damaged_review_is_refused_in_a_sentence(tmp_path, damage):
    edited, folder = begun(tmp_path / "a.review")
    edit(edited, np.random.default_rng(6))
    save(folder, edited)
    folder.close()
    record = tmp_path / "a.review" / "review.json"
    file = next((tmp_path / "a.review").glob("edit-*.npz"))
    if damage == "truncated edit":
        file.write_bytes(file.read_bytes()[:-40])
    elif damage == "missing edit":
        file.unlink()
    elif damage == "other counts":
        record.write_text(json.dumps({**json.loads(record.read_text()), "counts": {"0": 5}}))
    elif damage == "later version":
        record.write_text(json.dumps({**json.loads(record.read_text()), "schema": 99}))
    else:
        record.write_text("{")
    with pytest.raises(InputError):
        SessionFolder.open(tmp_path / "a.review").resume()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_at_any_moment_what_was_saved_last_is_there(tmp_path):
    """Twenty-four reviews are killed at random moments; each goes on from its last save, or from one that had begun."""
    script = Path(__file__).with_name("scripted_review.py")
    subprocess.run([sys.executable, str(script), str(tmp_path), "24"], check=True, timeout=300)
    for number in range(24):
        lines = [line.split() for line in (tmp_path / f"{number}.log").read_text().splitlines()]
        lines = [line for line in lines if len(line) == 3 and len(line[2]) == 64]
        last = max(int(step) for word, step, _ in lines if word == "saved")
        good = {digest for _, step, digest in lines if int(step) >= last}
        folder = SessionFolder.open(tmp_path / f"{number}.review")
        resumed = folder.resume()
        folder.close()
        assert hash_array(resumed.labels) in good
        assert len(resumed.state.ticks) >= last
        back = EditedLabels(resumed.labels, timeline=resumed.timeline)
        while back.undo():
            pass


def test_a_full_disk_is_told_and_loses_nothing(tmp_path, monkeypatch):
    edited, folder = begun(tmp_path / "a.review")
    told = []
    autosave = Autosave(folder, edited, lambda: STATE, told.append)
    edit(edited, np.random.default_rng(8))
    import napari_crystalseg.review.session.edit_file as edit_file

    def full(*arguments, **named):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(edit_file.os, "fsync", full)
        assert "No space left" in autosave.finish()
    assert len(told) == 1 and "choose another place" in told[0]
    assert not autosave.up_to_date
    assert autosave.finish() == ""
    assert told[1] == ""
    assert autosave.up_to_date
    autosave.close()
    np.testing.assert_array_equal(SessionFolder.open(tmp_path / "a.review").resume().labels, edited.data)


def test_nothing_new_is_not_saved_again(tmp_path):
    edited, folder = begun(tmp_path / "a.review")
    autosave = Autosave(folder, edited, lambda: STATE, lambda sentence: None)
    autosave.finish()
    before = (tmp_path / "a.review" / "review.json").stat().st_mtime_ns
    autosave.finish()
    assert (tmp_path / "a.review" / "review.json").stat().st_mtime_ns == before
    autosave.close()


def test_a_review_that_was_closed_has_let_go_of_its_folder_already(tmp_path):
    edited, folder = begun(tmp_path / "a.review")
    autosave = Autosave(folder, edited, lambda: STATE, lambda sentence: None)
    assert not autosave.is_let_go
    autosave.close()
    autosave.release(1.0)
    assert autosave.is_let_go
    SessionFolder.open(tmp_path / "a.review").close()


def test_a_review_of_the_same_file_is_found_and_one_of_a_changed_file_is_not(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    source = tmp_path / "scan.rec.tif"
    source.write_bytes(b"abc")
    facts = facts_of(source, SHAPE, (1.0, 0.5, 2.0))
    place = new_place(source, "scan")
    assert place == tmp_path / "scan.review"
    folder = SessionFolder.create(place, np.zeros(SHAPE, np.uint8), facts)
    assert begun_reviews(source, "scan", facts) == [place]
    assert new_place(source, "scan") == tmp_path / "scan-2.review"
    folder.close()
    source.write_bytes(b"other")
    assert begun_reviews(source, "scan", facts_of(source, SHAPE, (1.0, 0.5, 2.0))) == []


def test_reviews_of_the_sample_data_lie_with_the_users_own_files(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    place = new_place(sample_data_folder() / "simulated_volume.tif", "simulated_volume")
    assert tmp_path / "home" in place.parents


def test_beside_data_that_may_not_be_written_the_users_own_folder_serves(tmp_path, monkeypatch):
    import napari_crystalseg.review.session.session_place as session_place

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(session_place, "_may_be_written", lambda folder: False)
    source = tmp_path / "visit" / "scan.tif"
    source.parent.mkdir()
    source.write_bytes(b"abc")
    place = new_place(source, "scan")
    assert tmp_path / "home" in place.parents
    facts = facts_of(source, SHAPE, None)
    SessionFolder.create(place, np.zeros(SHAPE, np.uint8), facts).close()
    assert begun_reviews(source, "scan", facts) == [place]


def test_the_stamp_says_what_was_done_and_the_difference_makes_the_corrected_labels_again(tmp_path):
    automatic = np.zeros(SHAPE, np.uint8)
    automatic[2:8, 2:8, 2:8] = 1
    edited = EditedLabels(automatic.copy(), (1.0, 0.5, 2.0))
    edited.apply_edit((slice(3, 6),) * 3, Material.CRYSTAL, name="Fill")
    state = STATE.ticked(Tick("edge 1", Verdict.RIGHT, ((1, 2), (1, 2), (1, 2)), 0.1))
    labels = Labels(edited.data.copy(), (1.0, 0.5, 2.0))
    stamp = json.loads(accept(tmp_path, automatic, labels, edited.timeline, state, {"model": "abc"}).read_text())
    assert stamp["voxels_corrected"] == 27
    assert stamp["edits"] == [{"name": "Fill", "voxels": 27}]
    assert [place["verdict"] for place in stamp["places"]] == ["mended", "right"]
    assert stamp["automatic_sha256"] == hash_array(automatic)
    np.testing.assert_array_equal(corrected_from(tmp_path, automatic), edited.data)
    with pytest.raises(InputError):
        corrected_from(tmp_path, edited.data)


def test_labels_that_were_right_are_accepted_as_they_are(tmp_path):
    automatic = np.ones(SHAPE, np.uint8)
    edited = EditedLabels(automatic.copy(), 1.0)
    accept(tmp_path, automatic, Labels(automatic, 1.0), edited.timeline, ReviewState(), {})
    np.testing.assert_array_equal(corrected_from(tmp_path, automatic), automatic)


def test_the_clock_counts_no_time_away():
    now = 0.0
    clock = ReviewClock(5.0, lambda: now)
    clock.touch()
    now = 20.0
    clock.touch()
    now = 1000.0
    assert clock.seconds == pytest.approx(5 + 20 + 60)
    clock.stop()
    now = 2000.0
    assert clock.seconds == pytest.approx(85)


def test_a_record_says_its_state_in_json(tmp_path):
    edited, folder = begun(tmp_path / "a.review")
    state = ReviewState(row="edge 3", locked=frozenset({Material.CRYSTAL}), seconds=12.5, settings={"brush_um": 3.0})
    save(folder, edited, state)
    assert ReviewState.from_dict(read_record(folder.path)["state"]) == state


def test_what_was_accepted_outlives_saving_on_and_opening_again(tmp_path):
    edited, folder = begun(tmp_path / "a.review")
    automatic = np.where(edited.data == 7, 1, 0).astype(np.uint8)
    corrected = automatic.copy()
    corrected[:2] = 3
    accept(folder.path, automatic, Labels(corrected, 1.0), edited.timeline, STATE, {})
    edit(edited, np.random.default_rng(1))
    save(folder, edited)
    folder.close()
    SessionFolder.open(folder.path).close()
    np.testing.assert_array_equal(corrected_from(folder.path, automatic), corrected)
    other = automatic.copy()
    other[-1, -1, -1] = 4  # not among what was corrected
    with pytest.raises(InputError, match="other automatic labels"):
        corrected_from(folder.path, other)


def test_edits_that_took_the_place_of_saved_ones_and_were_forgotten_are_told_from_those(tmp_path):
    rng = np.random.default_rng(2)
    edited, folder = begun(tmp_path / "a.review", budget_bytes=1)
    edit(edited, rng)
    save(folder, edited)
    edited.undo()
    edit(edited, rng)
    edit(edited, rng)  # forgets the one before, which is not on disk
    assert folder.needs_labels(edited.timeline)
    save(folder, edited)
    folder.close()
    np.testing.assert_array_equal(SessionFolder.open(folder.path).resume().labels, edited.data)


def test_a_save_after_one_that_failed_begins_from_what_is_on_disk(tmp_path):
    from napari_crystalseg.testing.failing_disk import full_disk

    rng = np.random.default_rng(3)
    edited, folder = begun(tmp_path / "a.review", budget_bytes=1)
    for _ in range(3):
        edit(edited, rng)
    for writes in range(3):
        with full_disk(writes), pytest.raises(InputError, match="No space left"):
            save(folder, edited)
        assert folder.needs_labels(edited.timeline)
    save(folder, edited)
    folder.close()
    np.testing.assert_array_equal(SessionFolder.open(folder.path).resume().labels, edited.data)


def test_a_damaged_edit_writes_nothing_beyond_the_labels():
    from napari_crystalseg.review.edits.edit import Edit

    box = (slice(0, 1),) * 3
    for start in (-1, 7, 10**12):
        wrong = Edit("wrong", box, np.array([start]), np.array([2]), np.array([0]), np.array([1]))
        with pytest.raises(InputError, match="outside"):
            wrong.redo(np.zeros((2, 2, 2), np.uint8))


def test_labels_are_packed_and_the_same_bytes_for_the_same_labels(tmp_path):
    for name in ("a", "b"):
        labels = np.zeros((64, 64, 64), np.uint8)
        labels[20:40, 20:40, 20:40] = 3
        SessionFolder.create(tmp_path / name, labels, {}).close()
    (one,), (other,) = ((tmp_path / name).glob("labels-*.npz") for name in ("a", "b"))
    assert one.stat().st_size < labels.size / 50
    assert one.read_bytes() == other.read_bytes()
