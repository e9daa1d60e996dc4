"""A small training: it learns what can be learnt, is the same each time, and goes on after it was killed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from napari_crystalseg.drops.classes import DROP_CLASSES
from napari_crystalseg.drops.classifier import DropClassifier
from napari_crystalseg.drops.classifier.training import ClassifierTraining, train_classifier
from napari_crystalseg.drops.classifier.training.augmentation import augmented
from napari_crystalseg.drops.classifier.training.examples import ExamplePool
from napari_crystalseg.drops.classifier.training.train_classifier import one_cycle
from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.io.drop_images import DropImage


class Patches:
    """Images of which the class is plain: how many bright squares there are."""

    def __init__(self, count: int, seed: int, broken: tuple[int, ...] = (), classes: int = 4) -> None:
        self.count, self.seed, self.broken, self.classes = count, seed, broken, classes
        self.origin = f"{count} patches of the series {seed}"
        self.made = 0

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, number: int) -> tuple[np.ndarray, str]:
        self.made += 1
        if number in self.broken:
            raise InputError(f"image {number} is broken.")
        rng = np.random.default_rng((self.seed, number))
        values = rng.integers(60, 100, (96, 96, 3)).astype(np.uint8)
        which = number % self.classes
        for n in range(which * 3):
            row, column = 8 + 28 * (n // 3) + int(rng.integers(6)), 8 + 28 * (n % 3) + int(rng.integers(6))
            values[row : row + 16, column : column + 16] = 250
        return values, DROP_CLASSES[which]


TRAINING = ClassifierTraining(steps=6, batch=8)


def test_what_is_plain_is_learnt(tmp_path: Path) -> None:
    classifier, figures = train_classifier(
        tmp_path / "m", Patches(48, 0, broken=(5,)), Patches(16, 1), ClassifierTraining(steps=40, batch=8)
    )
    assert figures.macro_f1 > 0.8
    assert "Macro F1" in figures.text()
    card = json.loads((tmp_path / "m" / "card.json").read_text())
    assert card["metrics"]["macro_f1"] == round(figures.macro_f1, 4)
    assert card["left_out"] == ["image 5 is broken."] and card["steps"] == 40
    assert sorted(one.name for one in (tmp_path / "m").iterdir()) == [".written.json", "card.json", "weights.pt"]
    # The same of a folder that is opened again, and of single images.
    images = [DropImage(Patches(8, 2)[number][0]) for number in range(8)]
    again = DropClassifier(tmp_path / "m")
    assert np.array_equal(again.probabilities(images), classifier.probabilities(images))
    assert np.allclose(again.probabilities(images[3:4]), classifier.probabilities(images)[3:4], atol=1e-5)
    assert [DROP_CLASSES[n] for n in again.probabilities(images).argmax(1)] == [*DROP_CLASSES, *DROP_CLASSES]
    assert again.probabilities([]).shape == (0, 4)


def test_same_seed_same_bytes_also_after_a_kill(tmp_path: Path) -> None:
    whole, _ = train_classifier(tmp_path / "whole", Patches(32, 0), Patches(8, 1), TRAINING)
    told: list[str] = []

    def stop(fraction: float, message: str) -> None:
        told.append(message)
        if message.startswith("step 4"):
            raise Cancelled

    with pytest.raises(Cancelled):
        train_classifier(tmp_path / "cut", Patches(32, 0), Patches(8, 1), TRAINING, progress=stop)
    with pytest.raises(InputError, match="already holds a training; go on with it"):
        train_classifier(tmp_path / "cut", Patches(32, 0), Patches(8, 1), TRAINING)
    examples = Patches(32, 0)
    gone_on, _ = train_classifier(tmp_path / "cut", examples, Patches(8, 1), TRAINING, resume=True)
    assert examples.made == 0
    assert gone_on.sha256 == whole.sha256
    assert (tmp_path / "cut" / "card.json").read_bytes() == (tmp_path / "whole" / "card.json").read_bytes()


def test_another_training_is_not_gone_on_with(tmp_path: Path) -> None:
    def stop(fraction: float, message: str) -> None:
        if message.startswith("step 2"):
            raise Cancelled

    with pytest.raises(Cancelled):
        train_classifier(tmp_path / "m", Patches(16, 0), Patches(8, 1), TRAINING, progress=stop)
    with pytest.raises(InputError, match="was begun with steps 6, not 7"):
        other = ClassifierTraining(steps=7, batch=8)
        train_classifier(tmp_path / "m", Patches(16, 0), Patches(8, 1), other, resume=True)
    (tmp_path / "m" / "training" / "checkpoint.pt").write_bytes(b"broken")
    with pytest.raises(InputError, match="cannot be gone on with"):
        train_classifier(tmp_path / "m", Patches(16, 0), Patches(8, 1), TRAINING, resume=True)


def test_begins_from_a_trained_one(tmp_path: Path) -> None:
    first, _ = train_classifier(tmp_path / "first", Patches(16, 0), Patches(8, 1), TRAINING)
    few = ClassifierTraining(steps=1, batch=8, head_alone=0.9)
    second, _ = train_classifier(tmp_path / "second", Patches(16, 0), Patches(8, 1), few, begin_from=first)
    one, other = (dict(made.network.named_parameters()) for made in (first, second))
    changed = {name for name in one if not bool((one[name] == other[name]).all())}
    assert changed and all(".fc." in f".{name}" for name in changed)


def test_one_class_is_nothing_to_learn(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="images of fewer than two classes"):
        train_classifier(tmp_path / "m", Patches(16, 0, classes=1), Patches(8, 1), TRAINING)


def test_time_ends_a_training(tmp_path: Path) -> None:
    classifier, _ = train_classifier(
        tmp_path / "m", Patches(16, 0), Patches(8, 1), ClassifierTraining(steps=10**6, minutes=0.02, batch=8)
    )
    assert 0 < classifier.card["steps"] < 1000


def test_classes_are_drawn_alike_often() -> None:
    pool = ExamplePool(Path(), 96, DROP_CLASSES)
    pool.classes = np.array([0] * 90 + [1] * 5 + [-1] * 10 + [3] * 5)
    rng = np.random.default_rng(0)
    drawn = pool.classes[np.concatenate([pool.draw(rng, 30, True) for _ in range(20)])]
    assert [int((drawn == one).sum()) for one in (-1, 0, 1, 2, 3)] == [0, 200, 200, 0, 200]
    plain = pool.classes[pool.draw(rng, 1000, False)]
    assert (plain == 0).mean() > 0.8 and not (plain == -1).any()


def test_changes_keep_size_and_follow_the_seed() -> None:
    square = Patches(8, 0)[7][0]
    one, other = (np.stack([augmented(square, np.random.default_rng(n)) for n in range(40)]) for _ in range(2))
    assert one.shape == (40, 96, 96, 3) and one.dtype == np.uint8
    assert np.array_equal(one, other)
    assert len({picture.tobytes() for picture in one}) > 30


def test_cycle_of_the_rate() -> None:
    rates = [one_cycle(done) for done in np.linspace(0, 1, 101)]
    assert max(rates) == pytest.approx(1) and int(np.argmax(rates)) == 25
    assert rates[0] < 0.05 and rates[-1] == pytest.approx(0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"steps": 0}, "at least 1 step"),
        ({"minutes": 0.0}, "a positive number of minutes"),
        ({"rate": 2.0}, "learning rate lies between 0 and 1"),
        ({"smoothing": 1.0}, "smoothing is a part from 0 to 1"),
    ],
)
def test_settings_out_of_range(change: dict[str, float], words: str) -> None:
    with pytest.raises(InputError, match=words):
        ClassifierTraining(**change)  # type: ignore[arg-type]
