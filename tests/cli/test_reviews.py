"""Reviews are listed, and their labels written to a file that any program reads."""

from __future__ import annotations

import numpy as np

from napari_crystalseg.cli import main
from napari_crystalseg.io import open_labels
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.provenance import Provenance
from napari_crystalseg.review.edits.edited_labels import EditedLabels
from napari_crystalseg.review.session.acceptance import accept
from napari_crystalseg.review.session.begun_review import ACCEPTED
from napari_crystalseg.review.session.kept_labels import with_provenance
from napari_crystalseg.review.session.review_state import ReviewState, Tick, Verdict
from napari_crystalseg.review.session.session_folder import SessionFolder
from napari_crystalseg.review.session.session_place import facts_of
from napari_crystalseg.review.session.snapshot import Snapshot

TICK = Tick("1 thin film", Verdict.RIGHT, ((2, 4), (3, 6), (5, 9)), 0.8)


def call(*words):
    return main([str(word) for word in words])


def review(path, accepted=False):
    edited = EditedLabels(np.zeros((5, 6, 7), np.uint8))
    facts = with_provenance(facts_of(None, (5, 6, 7), (0.5, 1.0, 2.0)), Provenance(inputs={"scan.h5": 64 * "a"}))
    folder = SessionFolder.create(path, edited.data, facts)
    edited.apply_edit((slice(1, 3),) * 3, Material.CRYSTAL, name="Fill")
    edited.apply_edit((slice(3, 5),) * 3, Material.LOOP, name="Fill")
    edited.undo()
    state = ReviewState((TICK,), seconds=102.0, settings={ACCEPTED: accepted})
    if accepted:
        accept(path, np.zeros((5, 6, 7), np.uint8), Labels(edited.data.copy(), 1.0), edited.timeline, state, {})
    folder.save(Snapshot.of(edited, state))
    return edited.data, folder


def test_reviews_are_listed_by_their_state(tmp_path, capsys):
    review(tmp_path / "a.review")[1].close()
    review(tmp_path / "b.review", accepted=True)[1].close()
    _, held = review(tmp_path / "c.review")
    (tmp_path / "d.review").mkdir()
    (tmp_path / "d.review" / "review.json").write_text("{")
    assert call("reviews", tmp_path) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("a.review: begun, 1 edit, 1 place seen, 1.7 min, saved 20")
    assert lines[1].startswith("b.review: accepted, ")
    assert lines[2].startswith("c.review: open now, ")
    assert lines[3].startswith("d.review: ") and "damaged" in lines[3]
    held.close()
    assert call("reviews", tmp_path / "a.review") == 0
    assert capsys.readouterr().out.startswith("a.review: begun")
    (tmp_path / "empty").mkdir()
    assert call("reviews", tmp_path / "empty") == 0
    assert capsys.readouterr().out.startswith("No reviews lie in ")
    assert call("reviews", tmp_path / "absent") == 2
    assert "is no folder" in capsys.readouterr().err


def test_the_labels_of_a_review_are_written_as_they_were_saved(tmp_path, capsys):
    data, folder = review(tmp_path / "a.review")
    out = tmp_path / "corrected.tif"
    assert call("corrected", tmp_path / "a.review", out) == 2
    assert "being written by another run" in capsys.readouterr().err and not out.exists()
    folder.close()
    before = sorted(path.name for path in (tmp_path / "a.review").iterdir())
    assert call("corrected", tmp_path / "a.review", out) == 0
    labels = open_labels(out)
    np.testing.assert_array_equal(labels.data, data)
    assert labels.voxel_size_um == (0.5, 1.0, 2.0)
    assert labels.provenance.inputs["scan.h5"] == 64 * "a"
    assert labels.provenance.steps[0]["edits"] == 1
    assert sorted(path.name for path in (tmp_path / "a.review").iterdir()) == before
    (tmp_path / "empty").mkdir()
    assert call("corrected", tmp_path / "empty", tmp_path / "other.tif") == 2
    assert "holds no review" in capsys.readouterr().err
