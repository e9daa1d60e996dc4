"""Classes: hand-made tables, and the figures of scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from napari_crystalseg.drops.classes import DROP_CLASSES
from napari_crystalseg.drops.scores import ClassificationScores, classification_scores, presence_scores
from napari_crystalseg.errors import InputError


def test_a_table_by_hand():
    truth = ["clear"] * 3 + ["crystals"] * 4 + ["other"] * 2 + ["precipitate"]
    given = ["clear", "clear", "other"] + ["crystals"] * 3 + ["clear"] + ["crystals", "other"] + ["precipitate"]
    scores = classification_scores(truth, given)
    np.testing.assert_array_equal(scores.confusion, [[2, 0, 1, 0], [1, 3, 0, 0], [0, 1, 1, 0], [0, 0, 0, 1]])
    assert (scores.number, scores.accuracy) == (10, 0.7)
    assert scores.precision == pytest.approx({"clear": 2 / 3, "crystals": 3 / 4, "other": 1 / 2, "precipitate": 1.0})
    assert scores.recall == pytest.approx({"clear": 2 / 3, "crystals": 3 / 4, "other": 1 / 2, "precipitate": 1.0})
    assert scores.f1 == pytest.approx({"clear": 2 / 3, "crystals": 3 / 4, "other": 1 / 2, "precipitate": 1.0})
    assert scores.macro_f1 == pytest.approx((2 / 3 + 3 / 4 + 1 / 2 + 1) / 4)


@pytest.mark.parametrize("seed", range(3))
def test_the_figures_are_those_of_scikit_learn(seed):
    random = np.random.default_rng(seed)
    truth = random.choice(DROP_CLASSES, 80)
    given = np.where(random.random(80) < 0.6, truth, random.choice(DROP_CLASSES, 80))
    scores = classification_scores(list(truth), list(given))
    np.testing.assert_array_equal(scores.confusion, metrics.confusion_matrix(truth, given, labels=DROP_CLASSES))
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(truth, given, labels=DROP_CLASSES)
    assert list(scores.precision.values()) == pytest.approx(precision)
    assert list(scores.recall.values()) == pytest.approx(recall)
    assert list(scores.f1.values()) == pytest.approx(f1)
    assert scores.macro_f1 == pytest.approx(metrics.f1_score(truth, given, average="macro"))
    assert scores.accuracy == pytest.approx(metrics.accuracy_score(truth, given))


def test_what_is_not_defined_is_not_counted():
    scores = classification_scores(["clear", "clear"], ["clear", "crystals"])
    assert scores.recall == {"clear": 0.5, "crystals": None, "other": None, "precipitate": None}
    assert scores.precision == {"clear": 1.0, "crystals": 0.0, "other": None, "precipitate": None}
    assert scores.f1 == pytest.approx({"clear": 2 / 3, "crystals": 0.0, "other": None, "precipitate": None})
    assert scores.macro_f1 == pytest.approx(metrics.f1_score(["a", "a"], ["a", "b"], average="macro"))
    nothing = classification_scores([], [])
    assert (nothing.number, nothing.accuracy, nothing.macro_f1) == (0, None, None)


def test_a_detector_asked_whether_there_are_crystals():
    scores = presence_scores([True, True, False, False, False], [True, False, True, False, False])
    assert scores.classes == ("crystals", "no crystals")
    assert scores.precision == pytest.approx({"crystals": 1 / 2, "no crystals": 2 / 3})
    assert scores.recall == pytest.approx({"crystals": 1 / 2, "no crystals": 2 / 3})


def test_what_cannot_be_compared():
    with pytest.raises(InputError, match="2 true classes and 1 given"):
        classification_scores(["clear", "clear"], ["clear"])
    with pytest.raises(InputError, match="'Clear' is none of the classes clear"):
        classification_scores(["Clear"], ["clear"])
    with pytest.raises(InputError, match="as many rows and columns"):
        ClassificationScores(("a", "b"), np.zeros((3, 3), int))
