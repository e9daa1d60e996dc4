"""The classifier that comes along: small, as its card says, and better than chance on drops that it has not seen."""

from __future__ import annotations

import numpy as np

from napari_crystalseg.drops.classes import DROP_CLASSES
from napari_crystalseg.drops.classifier import BUNDLED, DropClassifier
from napari_crystalseg.provenance import hash_file
from napari_crystalseg.simulation.drops import simulated_drop


def test_card_is_of_the_weights() -> None:
    classifier = DropClassifier()
    assert classifier.card["sha256"] == hash_file(BUNDLED / "weights.pt") == classifier.sha256
    assert (BUNDLED / "weights.pt").stat().st_size < 2.8e6
    assert classifier.class_names == DROP_CLASSES
    assert classifier.card["metrics"]["macro_f1"] > 0.8


def test_unseen_drops_are_told() -> None:
    drops = [simulated_drop(424242, number, drop_class=DROP_CLASSES[number % 4]) for number in range(40)]
    probabilities = DropClassifier().probabilities([one.image for one in drops])
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    told = [DROP_CLASSES[number] for number in probabilities.argmax(axis=1)]
    assert np.mean([one == drop.drop_class for one, drop in zip(told, drops, strict=True)]) > 0.7


def test_the_way_a_drop_lies_changes_nothing() -> None:
    classifier = DropClassifier()
    square = classifier.prepared(simulated_drop(424242, 7).image.values)
    ways = [np.rot90(square, quarters)[:, ::step] for quarters in range(4) for step in (1, -1)]
    found = classifier.of_prepared(np.stack([np.ascontiguousarray(way) for way in ways]))
    assert np.abs(found - found[0]).max() < 1e-5
