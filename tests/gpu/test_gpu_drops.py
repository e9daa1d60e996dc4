"""Classes and outlines of drops that a GPU finds are those of the processor."""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest

from napari_crystalseg.drops.classes import DROP_CLASSES
from napari_crystalseg.drops.classifier import DropClassifier
from napari_crystalseg.drops.detector.drop_detector import DropDetector
from napari_crystalseg.drops.objects import DROP, DropObject, DropObjects
from napari_crystalseg.io.drop_images import DropImage

torch = pytest.importorskip("torch", reason="PyTorch is not installed here.")
pytest.importorskip("cv2", reason="OpenCV is not installed here.")


def micrograph(number: int) -> DropImage:
    """A round drop with a dark rim and three bright boxes with dark edges in it."""
    rng = np.random.default_rng(number)
    rows, columns = np.mgrid[:300, :400]
    away = np.hypot(rows - 150, columns - 190 - 5 * number)
    values = 170 + rng.normal(0, 3, (300, 400, 3))
    values[away < 110] += 12
    values[np.abs(away - 110) < 4] -= 90
    for row, column in zip(rng.integers(100, 200, 3), rng.integers(140, 240, 3), strict=True):
        down, across = np.abs(rows - row), np.abs(columns - column)
        box = (down < 14) & (across < 22)
        values[box] += 35
        values[box & ~((down < 11) & (across < 19))] -= 110
    return DropImage(np.clip(values, 0, 255).astype(np.uint8))


def outlined(number: int):
    rows, columns = np.mgrid[:64, :64]
    drop = np.hypot(rows - 32, columns - 30) < 20 + number % 5
    values = 150 + np.random.default_rng(number).normal(0, 5, (64, 64, 3)) - 30 * drop[..., None]
    return np.clip(values, 0, 255).astype(np.uint8), DropObjects((64, 64), (DropObject(DROP, drop),))


def test_classes_are_those_of_the_processor(cuda, on_processor):
    images = [micrograph(number) for number in range(4)]
    with on_processor():
        here = DropClassifier().probabilities(images)
    classifier = DropClassifier()
    there = classifier.probabilities(images)
    assert next(classifier.network.parameters()).device.type == cuda.type
    np.testing.assert_allclose(there.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(there, here, atol=2e-3)


def test_outlines_are_those_of_the_processor(cuda, on_processor):
    image = micrograph(3)
    with on_processor():
        here = DropDetector().detect(image)
    detector = DropDetector()
    there = detector.detect(image)
    assert next(detector._network[0].parameters()).device.type == cuda.type
    sure = [[one for one in found.objects if one.score > 0.5] for found in (here, there)]
    assert len(sure[0]) == len(sure[1]) >= 2
    drops = [found.of_kind(DROP)[0] for found in (here, there)]
    assert drops[0].score == pytest.approx(drops[1].score, abs=0.01)
    masks = [drop.whole_mask(here.shape) for drop in drops]
    assert (masks[0] & masks[1]).sum() / (masks[0] | masks[1]).sum() > 0.99


def test_a_detector_that_is_trained_there_is_read_anywhere(cuda, on_processor, tmp_path):
    from napari_crystalseg.drops.detector.training.train_detector import train_detector
    from napari_crystalseg.drops.detector.training.training_settings import TrainingSettings

    def examples(first):
        return (outlined(number) for number in count(first))

    def trained(folder, steps, **options):
        settings = TrainingSettings(steps=steps, batch=2, new=1, longest_side_px=64)
        return train_detector(examples, tmp_path / folder, settings, report=lambda line: None, **options)

    with on_processor():
        here = trained("here", 1, work=tmp_path / "other")
    trained("there", 1, work=tmp_path / "work")
    there = trained("there", 3, work=tmp_path / "work", go_on=True)
    assert there.card["steps"] == 3 and there.card["precision"] == "float32"
    weights = torch.load(there.path / "weights.pt", weights_only=True)
    assert {values.device.type for values in weights.values()} == {"cpu"}
    assert weights.keys() == torch.load(here.path / "weights.pt", weights_only=True).keys()
    with on_processor():
        assert DropDetector(there.path).detect(DropImage(outlined(0)[0])).shape == (64, 64)


def test_a_classifier_that_is_trained_there_is_read_anywhere(cuda, on_processor, tmp_path):
    from napari_crystalseg.drops.classifier.training import ClassifierTraining, train_classifier

    class Shades:
        origin = "shades of grey"

        def __len__(self):
            return 8

        def __getitem__(self, number):
            return np.full((96, 96, 3), 40 + 50 * (number % 4), np.uint8), DROP_CLASSES[number % 4]

    classifier, _ = train_classifier(tmp_path / "m", Shades(), Shades(), ClassifierTraining(steps=3, batch=4))
    assert classifier.card["steps"] == 3 and np.isfinite(classifier.card["last_loss"])
    weights = torch.load(classifier.path / "weights.pt", weights_only=True)
    assert {values.device.type for values in weights.values()} == {"cpu"}
    with on_processor():
        found = DropClassifier(tmp_path / "m").probabilities([DropImage(Shades()[0][0])])
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
