"""Judging labels by data quality in the stage Check."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import dock_worker_tasks as work
from helpers.scan_in_dock import finished
from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Material
from napari_crystalseg.widgets.check import quality_box


@pytest.fixture
def judging(labelled, monkeypatch):
    monkeypatch.setattr(quality_box, "judge_quality", work.judge_by_count)
    return labelled


def test_what_the_labels_cost_is_told_and_its_places_are_shown(judging, truth, viewer, qtbot):
    box = judging.check.quality_box
    assert box.verdict.isHidden() and all(button.isHidden() for button in box.place_buttons)
    box.crystal.setCurrentText("insulin")
    box.judge_button.click()
    finished(judging, qtbot)
    crystal = np.argwhere(truth.data == Material.CRYSTAL)
    assert box.verdict.text() == f"{len(crystal)} voxels of crystal.\n0 edited."
    assert [button.isHidden() for button in box.place_buttons] == [False, True, True]
    box.place_buttons[0].click()
    layer = judging.session.labels
    assert layer.world_to_data(viewer.dims.point)[0] == pytest.approx(crystal[0][0], abs=0.5)
    assert judging.check.quality_box.stale.isHidden()
    box.table_button.click()
    (window,) = box.findChildren(quality_box.TextWindow)
    energy = judging.session.coefficients.values.energy_kev or quality_box.USUAL_KEV
    assert window.view.toPlainText() == f"insulin at {energy:g} keV"
    window.close()


def test_edits_are_held_against_the_automatic_labels_and_make_it_old(judging, qtbot):
    box, layer = judging.check.quality_box, judging.session.labels
    judging.check.compute_button.setFocus()
    layer.data_setitem((np.array([5, 5]), np.array([6, 6]), np.array([7, 8])), int(Material.LIQUOR))
    box.judge_button.click()
    finished(judging, qtbot)
    assert "2 edited." in box.verdict.text()
    layer.data_setitem((np.array([5]), np.array([6]), np.array([9])), int(Material.LIQUOR))
    qtbot.waitUntil(lambda: not box.stale.isHidden(), timeout=20000)
    judging.session.labels = None
    assert box.verdict.isHidden() and not box.judge_button.isEnabled()


def test_without_labels_it_says_what_to_do(dock):
    with pytest.raises(InputError, match="There are no labels"):
        dock.check.quality_box.judge()
