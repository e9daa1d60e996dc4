"""A preview says what it would do to A before it is applied, and nothing waits for that."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.shared_holder import SharedHolder
from napari_crystalseg.absorption import Coefficients, Directions, compare_edits
from napari_crystalseg.jobs import Worker
from napari_crystalseg.labels import Labels
from napari_crystalseg.review.tools.surfaces.grow import Grow, Shrink
from napari_crystalseg.widgets.label_edits.layer_edits import edits_of
from napari_crystalseg.widgets.parts.effect_words import effect_text
from napari_crystalseg.widgets.session.chosen_coefficients import SessionCoefficients
from napari_crystalseg.widgets.session.experiment import ExperimentFiles
from napari_crystalseg.widgets.tool_box.proposals.preview_effect import PreviewEffect

MU = Coefficients(liquor=0.02, loop=0.015, crystal=0.025)
BEAMS = 20


@pytest.fixture(scope="module")
def effect_worker():
    with Worker() as worker:
        yield worker


@pytest.fixture
def measuring(box, layers, effect_worker):
    """A tool box whose labels have coefficients."""
    session = box.desk.session
    session.experiment = ExperimentFiles(sphere=BEAMS)
    session.coefficients = SessionCoefficients(MU)
    box.effect.holder = SharedHolder(effect_worker)
    box.effects = []
    box.effect.measured.connect(lambda offer, effect: box.effects.append(effect))
    return box


def measured(box, qtbot, number):
    """Wait until at least so many effects came, and that of what is proposed, and return the last."""

    def come():
        return len(box.effects) >= number and "If applied" in box.panel.said.text() and not box.effect.working

    qtbot.waitUntil(come, timeout=60_000)
    return box.effects[-1]


def compared(before, after, size):
    return compare_edits(Labels(before, size), Labels(after, size), MU, Directions.over_sphere(BEAMS))


def test_a_preview_says_what_it_would_do_to_a_before_it_is_applied(measuring, layers, qtbot):
    labels, size = layers[1], (0.5, 0.25, 0.8)
    first = labels.data.copy()
    measuring.choose(Grow)
    effect = measured(measuring, qtbot, 1)
    np.testing.assert_array_equal(labels.data, first)
    said = measuring.panel.said.text()
    assert said == f"{measuring.proposal.text} {effect_text('If applied', effect)}"
    assert "If applied: mean A " in said and effect.mean_change != 0
    measuring.apply()
    np.testing.assert_allclose(effect.after, compared(first, labels.data, size).after, rtol=1e-12)
    # Another one is held against the labels as they are by then.
    grown = labels.data.copy()
    measuring.choose(Shrink)
    second = measured(measuring, qtbot, 2)
    np.testing.assert_allclose(second.before, effect.after, rtol=1e-12)
    measuring.apply()
    assert (labels.data != grown).any()
    np.testing.assert_allclose(second.after, compared(first, labels.data, size).after, rtol=1e-12)


def test_only_the_newest_preview_is_measured_and_only_on_labels_as_they_are(measuring, layers, settled, qtbot):
    measuring.choose(Grow)
    settled(measuring)
    measuring.panel.form.set(by_um=1.5)
    settled(measuring)
    effect = measured(measuring, qtbot, 1)
    wanted = layers[1].data.copy()
    change = measuring.proposal.change
    wanted[change.box][change.mask] = change.labels[change.mask]
    np.testing.assert_allclose(effect.after, compared(layers[1].data, wanted, (0.5, 0.25, 0.8)).after, rtol=1e-12)
    # Labels that changed since: what was measured of the old ones is told to nobody.
    offer = measuring._proposer.offer
    edits_of(layers[1]).apply((slice(8, 9), slice(8, 9), slice(8, 9)), 1, "Brush")
    told = len(measuring.effects)
    measuring.effect._came(offer, effect)
    assert len(measuring.effects) == told


@pytest.mark.parametrize("missing", ["coefficients", "automatic"])
def test_nothing_is_measured_where_something_is_missing(missing, measuring, layers, settled):
    session = measuring.desk.session
    if missing == "coefficients":
        session.coefficients = SessionCoefficients()
    else:
        session.automatic.clear()
    measuring.choose(Grow)
    settled(measuring)
    assert not measuring.effect.working
    assert measuring.panel.said.text() == measuring.proposal.text


def test_what_cannot_be_measured_is_not_told_and_the_next_can_be(measuring, layers, settled, qtbot):
    labels = layers[1]
    labels.data[0, 0, 0] = 9  # no material
    labels.refresh()
    measuring.choose(Grow)
    settled(measuring)
    qtbot.waitUntil(lambda: not measuring.effect.working, timeout=60_000)
    assert measuring.effects == []
    measuring.cancel()
    labels.data[0, 0, 0] = 0
    labels.refresh()
    measuring.choose(Grow)
    assert measured(measuring, qtbot, 1).mean_change != 0


def test_its_process_ends_with_it(measuring, qtbot):
    effect = PreviewEffect(measuring.desk.session, measuring)
    measuring.choose(Grow)
    qtbot.waitUntil(lambda: measuring.proposal is not None, timeout=60_000)
    effect.ask(measuring._proposer.offer)
    qtbot.waitUntil(lambda: effect.holder._worker is not None and effect.holder._worker.pid is not None, timeout=60_000)
    worker = effect.holder._worker
    effect.stop()
    assert worker.pid is None and not effect.working
