"""What a worker process keeps is given to nobody but whom it was made for."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg import jobs
from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels
from napari_crystalseg.scan import Scan
from napari_crystalseg.widgets.tasks.edits import measure_edits
from napari_crystalseg.widgets.tasks.geometry import ScanAlignment, overlay_at
from napari_crystalseg.widgets.tasks.kept import keep, kept
from napari_crystalseg.widgets.tasks.open.slices import SliceRequest, slice_at

VALUES = {"liquor": 0.01, "loop": 0.01, "crystal": 0.02, "other": 0.0}


def cube(side):
    data = np.zeros((12, 12, 12), np.uint8)
    data[2 : 2 + side, 2 : 2 + side, 2 : 2 + side] = 3
    return Labels(data, 2.0)


def test_one_of_each_kind_is_kept_and_for_one_owner():
    assert keep(list, 1, lambda: ["first"]) == ["first"] == kept(list, 1)
    assert kept(list, 2) is None
    keep(list, 2, lambda: ["second"])
    assert kept(list, 1) is None and kept(list, 2) == ["second"]
    keep(set, 1, lambda: {"of another kind"})
    assert kept(list, 2) == ["second"]


def test_what_could_not_be_made_is_not_what_was_there_before():
    keep(list, 1, list)
    with pytest.raises(ZeroDivisionError):
        keep(list, 1, lambda: [1 / 0])
    assert kept(list, 1) is None


def test_edits_are_held_against_the_labels_of_their_owner():
    first = measure_edits(101, cube(4), None, None, VALUES, None, 20)
    assert (measure_edits(101, None, None, None, VALUES, None, 20).before == first.before).all()
    second = measure_edits(102, cube(8), None, None, VALUES, None, 20)
    assert second.before.mean() < first.before.mean()
    with pytest.raises(InputError, match="not at hand any more"):
        measure_edits(101, None, None, None, VALUES, None, 20)
    assert (measure_edits(102, None, None, None, VALUES, None, 20).before == second.before).all()
    # Other settings are no other labels.
    assert measure_edits(102, None, None, None, {**VALUES, "crystal": 0.0}, None, 20).before == pytest.approx(1.0)


def test_an_overlay_is_of_the_labels_of_its_owner():
    frames = np.full((4, 12, 12), 0.9), np.ones((1, 12, 12)), np.zeros((1, 12, 12))
    scan = Scan(*frames, np.arange(4) * 45.0, 2.0)
    place = scan, ScanAlignment(2.0, 5.5, None), 5.5, 45.0
    first = overlay_at(201, cube(4), *place)
    second = overlay_at(202, cube(8), *place)
    assert not np.array_equal(first.silhouette, second.silhouette)
    with pytest.raises(InputError, match="not at hand any more"):
        overlay_at(201, None, *place)
    assert np.array_equal(overlay_at(202, None, *place).silhouette, second.silhouette)


def test_a_slice_is_of_the_scan_of_its_owner():
    with pytest.raises(InputError, match="not prepared any more"):
        slice_at(SliceRequest(301, 0), None)


def test_processes_keep_each_their_own():
    with jobs.Worker() as one, jobs.Worker() as other:
        for worker, side in ((one, 4), (other, 8)):
            done = worker.start(measure_edits, 1, cube(side), None, None, VALUES, None, 20)
            assert isinstance(done.wait(), jobs.Result)
        again = [worker.start(measure_edits, 1, None, None, None, VALUES, None, 20).wait() for worker in (one, other)]
        assert again[0].value.before.mean() > again[1].value.before.mean()
