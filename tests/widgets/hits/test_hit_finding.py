"""The widget Hit finding: rows as images are judged, spots of the one chosen, a list and a table."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
from qtpy.QtWidgets import QApplication

from helpers.drawn_spots import expected_spots, matched, scattered
from helpers.shared_holder import SharedHolder
from napari_crystalseg.widgets import HitFinding
from napari_crystalseg.widgets.hits.hit_finding import IMAGE_LAYER, SPOTS_LAYER

SHAPE = (120, 140)
PLACES = scattered(SHAPE, 9, 3)


@pytest.fixture
def stack(tmp_path):
    random = np.random.default_rng(1)
    mean = np.full(SHAPE, 0.5)
    images = [random.poisson(mean + hit * expected_spots(SHAPE, PLACES, 90.0)).astype("u2") for hit in (1, 0, 1)]
    path = tmp_path / "run.h5"
    with h5py.File(path, "w") as file:
        file["entry/data/data"] = np.stack(images)
    return path


@pytest.fixture
def widget(qtbot, viewer, shared_worker):
    made = HitFinding(viewer)
    qtbot.addWidget(made)
    made.job_bar.holder = SharedHolder(shared_worker)
    return made


def test_hits_are_listed_shown_and_saved(widget, viewer, stack, qtbot, tmp_path):
    assert not widget.find_button.isEnabled()
    widget.take([str(stack)])
    widget.find_hits()
    qtbot.waitUntil(widget.save_button.isEnabled, timeout=60000)
    table = widget.table
    assert [table.item(row, 1).text() for row in range(table.rowCount())] == ["hit", "", "hit"]
    assert [table.item(row, 0).text() for row in range(3)] == ["run.h5 1", "run.h5 2", "run.h5 3"]
    assert table.item(0, 3).text() == "9"
    assert "2 of 3 images are hits" in widget.job_bar.message.text()
    table.selectRow(2)
    qtbot.waitUntil(lambda: SPOTS_LAYER in viewer.layers, timeout=20000)
    assert viewer.layers[IMAGE_LAYER].data.shape == SHAPE
    points = viewer.layers[SPOTS_LAYER].data
    assert matched(points[:, ::-1] + 0.5, PLACES) == (1.0, 1.0)
    table.selectRow(1)
    qtbot.waitUntil(lambda: len(viewer.layers[SPOTS_LAYER].data) == 0, timeout=20000)
    assert [layer.name for layer in viewer.layers] == [IMAGE_LAYER, SPOTS_LAYER]
    widget.save(tmp_path / "found.lst")
    assert (tmp_path / "found.lst").read_text().splitlines() == [f"{stack} //0", f"{stack} //2"]
    assert len((tmp_path / "found.csv").read_text().splitlines()) == 4


def test_a_search_can_be_cancelled_and_begun_again(widget, stack, qtbot):
    widget.take([str(stack)] * 40)
    widget.find_hits()
    widget.job_bar.cancel()
    qtbot.waitUntil(lambda: "cancelled" in widget.job_bar.message.text(), timeout=30000)
    assert not widget.save_button.isEnabled()
    widget.take([str(stack)])
    widget.find_hits()
    qtbot.waitUntil(widget.save_button.isEnabled, timeout=60000)
    assert widget.table.rowCount() == 3


def test_a_file_that_is_no_image_is_told_of_in_a_sentence(widget, tmp_path, qtbot):
    (tmp_path / "no.cbf").write_text("nothing")
    widget.take([str(tmp_path / "no.cbf")])
    widget.find_hits()
    qtbot.waitUntil(lambda: widget.job_bar.warns, timeout=60000)
    assert "no.cbf" in widget.job_bar.message.text()
    assert widget.table.rowCount() == 0
    QApplication.processEvents()
