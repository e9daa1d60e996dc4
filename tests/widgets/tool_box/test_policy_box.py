"""The policy of brush and tools, as it is set in the dock."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Material
from napari_crystalseg.widgets.label_edits.layer_edits import edits_of
from napari_crystalseg.widgets.tool_box.policy_box import PolicyBox, window_of


@pytest.fixture
def made(desk, layers, qtbot):
    box = PolicyBox(desk, lambda: None)
    qtbot.addWidget(box)
    return box


def test_what_is_set_is_the_policy_of_the_labels(made, layers):
    edits = edits_of(layers[1])
    made.locks[Material.LOOP].click()
    assert edits.policy.locked == {Material.LOOP}
    made.over.setCurrentIndex(1)
    assert edits.policy.over == {Material.AIR}
    made.overwrite(Material.LIQUOR, Material.OTHER)
    assert edits.policy.over == {Material.LIQUOR, Material.OTHER}
    made.overwrite()
    made.lock()
    assert not edits.policy.limits_anything
    assert made.sentence.text() == ""


def test_half_a_window_limits_nothing_and_says_so(made, layers):
    made.low.setText("0.01")
    made.low.editingFinished.emit()
    assert edits_of(layers[1]).policy.window is None
    assert "both ends" in made.sentence.text()
    made.high.setText("0.005")
    made.high.editingFinished.emit()
    assert "lower one first" in made.sentence.text()
    made.high.setText("0.05")
    made.high.editingFinished.emit()
    assert edits_of(layers[1]).policy.window == (0.01, 0.05)
    made.no_window.click()
    assert edits_of(layers[1]).policy.window is None


def test_a_window_without_a_volume_is_said_and_not_used(made, layers, desk):
    made.set_window((0.0, 1.0))
    edits_of(layers[1]).use_volume(None)
    made.set_window((0.0, 0.5))
    assert "needs the volume" in made.sentence.text()
    assert edits_of(layers[1]).policy.window is None


def test_other_labels_take_the_limits_over(made, layers, desk):
    from napari_crystalseg.labels import Labels
    from napari_crystalseg.widgets.layers.label_layer import labels_layer

    made.lock(Material.LOOP)
    made.keep(np.ones(layers[1].data.shape, bool))
    other = labels_layer(Labels(np.zeros((4, 5, 6), np.uint8), 1.0))
    desk.viewer.add_layer(other)
    desk.session.labels = other
    assert not edits_of(layers[1]).policy.limits_anything
    assert edits_of(other).policy.locked == {Material.LOOP}
    assert edits_of(other).policy.kept is None


def test_labels_of_work_that_is_gone_on_with_bring_their_locks(made, desk):
    from napari_crystalseg.labels import Labels
    from napari_crystalseg.review.edits.policy import EditPolicy
    from napari_crystalseg.widgets.label_edits.layer_edits import LayerEdits
    from napari_crystalseg.widgets.layers.label_layer import labels_layer

    resumed = labels_layer(Labels(np.zeros((4, 5, 6), np.uint8), 1.0))
    edits = LayerEdits(resumed)
    edits.policy = EditPolicy(locked=frozenset({Material.LOOP}))
    desk.viewer.add_layer(resumed)
    desk.session.labels = resumed
    assert made.locks[Material.LOOP].isChecked()
    assert edits.policy.locked == {Material.LOOP}


def test_the_window_of_a_class_leaves_out_its_tails():
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(2, dtype=np.uint8), 500_000).reshape(100, 100, 100)
    values = rng.random(labels.shape) + 10.0 * labels
    values[0, 0, 0] = np.nan
    assert window_of(labels, values, 1) == pytest.approx((10.02, 10.98), abs=0.003)
    assert window_of(labels, values, 0) == pytest.approx((0.02, 0.98), abs=0.003)
    with pytest.raises(InputError, match="no voxel"):
        window_of(labels, values, 3)
