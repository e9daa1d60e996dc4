"""Lamps in the stage Review: a sign each, an explanation, and a jump by click or Enter."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtCore import Qt

from napari_crystalseg.absorption.coefficients import Coefficients
from napari_crystalseg.judgement.lamps import value_sample as sampling
from napari_crystalseg.judgement.lamps.lit_lamps import LAMP_NAMES
from napari_crystalseg.labels import Material
from napari_crystalseg.widgets.layers.label_layer import labels_of
from napari_crystalseg.widgets.session.chosen_coefficients import SessionCoefficients
from napari_crystalseg.widgets.session.value_sample import value_sample
from napari_crystalseg.widgets.tabs import REVIEW
from napari_crystalseg.widgets.tasks.findings import judge_labels

LONG_MS = 120000


def look(dock):
    """Do here what the worker does."""
    session = dock.session
    found = judge_labels(labels_of(session.labels), None, None, value_sample(session), session.coefficients.values)
    session.lamps = found[2]
    return dock.review.lamps


@pytest.fixture
def row(labelled):
    labelled.tabs.setCurrentIndex(REVIEW)
    labelled.session.labels.data[8:10, 7:9, 9:11] = Material.AIR
    return look(labelled)


def test_each_lamp_has_a_sign_beside_its_colour_and_explains_itself(row, labelled):
    assert tuple(row.buttons) == LAMP_NAMES
    bubble = row.buttons["air inside"]
    assert bubble.text().startswith("\N{WARNING SIGN}") and bubble.property("level") == "warning"
    assert "encloses air in one place" in bubble.toolTip()
    assert row.buttons["one piece"].text() == "\N{CHECK MARK} one piece"
    unknown = row.buttons["values"]
    assert unknown.text().startswith("?") and unknown.property("level") is None
    labelled.session.lamps = None
    assert bubble.text().startswith("\N{HORIZONTAL ELLIPSIS}") and bubble.property("level") is None
    labelled.session.labels = None
    assert row.isHidden()


@pytest.mark.parametrize("key", [None, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_a_click_or_a_key_says_it_and_goes_there(row, labelled, viewer, qtbot, key):
    button = row.buttons["air inside"]
    if key is None:
        button.click()
    else:
        qtbot.keyClick(button, key)
    assert labelled.bar.message.text().startswith("The sample encloses air")
    layer = labelled.session.labels
    at = tuple(round(value) for value in layer.world_to_data(viewer.dims.point))
    assert layer.data[at] == Material.AIR and all(low <= a < low + 2 for a, low in zip(at, (8, 7, 9), strict=True))


def test_of_a_flipped_layer_the_jump_goes_to_what_is_seen(row, labelled, viewer):
    layer = labelled.session.labels
    layer.affine = np.diag([1.0, -1.0, 1.0, 1.0])
    look(labelled).press("air inside")
    at = tuple(round(value) for value in layer.world_to_data(viewer.dims.point))
    assert layer.data[at] == Material.AIR and 7 <= at[1] < 9


def test_values_are_those_of_the_volume_and_coefficients_of_the_session(row, labelled, monkeypatch):
    monkeypatch.setattr(sampling, "CLEAR_VOXELS", 1)  # the sample is small
    session = labelled.session
    session.coefficients = SessionCoefficients(Coefficients(0.01, 0.03, 0.02))
    assert look(labelled).buttons["values"].property("level") == "good"
    session.coefficients = SessionCoefficients(Coefficients(0.01, 0.03, 0.04))
    button = look(labelled).buttons["values"]
    assert button.property("level") == "warning" and "crystal 0.02 instead of 0.04" in button.toolTip()
    session.image = None
    assert look(labelled).buttons["values"].text().startswith("?")


def test_lamps_follow_in_the_background_and_before_that_it_says_so(labelled, qtbot, warnings):
    labelled.show()
    labelled.tabs.setCurrentIndex(REVIEW)
    labelled.review.lamps.buttons["one piece"].click()
    assert "Nobody has looked yet" in labelled.bar.message.text() or labelled.session.lamps is not None
    qtbot.waitUntil(lambda: labelled.session.lamps is not None, timeout=LONG_MS)
    labelled.session.coefficients = SessionCoefficients(Coefficients(0.01, 0.03, 0.04))
    assert labelled.session.lamps is None and labelled.session.findings is not None
    qtbot.waitUntil(lambda: labelled.session.lamps is not None, timeout=LONG_MS)
    assert labelled.review.lamps.buttons["one piece"].property("level") == "good"
