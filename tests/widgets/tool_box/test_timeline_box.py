"""Undo and redo by name, and moments to go back to."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.widgets.label_edits.layer_edits import edits_of
from napari_crystalseg.widgets.tool_box.timeline_box import TimelineBox


@pytest.fixture
def made(desk, layers, qtbot):
    box = TimelineBox(desk)
    qtbot.addWidget(box)
    return box


def edit(layers, *names):
    """Edits of 1, 2, 3 … voxels under some names; the labels after each, those before the first too."""
    states = [layers[1].data.copy()]
    for number, name in enumerate(names, start=1):
        edits_of(layers[1]).apply((slice(0, 1), slice(number, number + 1), slice(0, number)), 4, name)
        states.append(layers[1].data.copy())
    return states


def test_buttons_say_what_they_do(made, layers):
    assert not made.undo_button.isEnabled()
    edit(layers, "Grow", "Fill holes")
    assert made.undo_button.text() == "Undo: Fill holes"
    assert "Fill holes (2 voxels)" in made.undo_button.toolTip()
    assert not made.redo_button.isEnabled()
    made.undo_button.click()
    assert made.undo_button.text() == "Undo: Grow"
    assert made.redo_button.text() == "Redo: Fill holes"
    assert "Grow (1 voxel)" in made.undo_button.toolTip()
    made.redo_button.click()
    assert made.undo_button.text() == "Undo: Fill holes"


def test_a_moment_of_the_list_is_gone_back_to_and_forth_again(made, layers, qtbot):
    states = edit(layers, *"abcdef")
    made.fill_menu()
    texts = [action.text() for action in made.menu.actions()]
    assert texts[0] == "6  f (6 voxels)"
    assert texts[-1] == "0  Before the first edit"
    assert [action.isChecked() for action in made.menu.actions()].index(True) == 0
    for position in (2, 5, 0, 6):
        made.fill_menu()
        made.menu.actions()[6 - position].trigger()
        qtbot.waitUntil(lambda: not made._step.isActive())
        np.testing.assert_array_equal(layers[1].data, states[position])


def test_other_labels_have_their_own(made, layers, desk):
    edit(layers, "Grow")
    desk.session.labels = None
    assert made.undo_button.text() == "Undo"
    assert not made.undo_button.isEnabled()
    desk.session.labels = layers[1]
    assert made.undo_button.text() == "Undo: Grow"
