"""Training of the small detector: a budget, an end and a beginning again, and that it learns."""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest
import torch

from napari_crystalseg.drops.detector.drop_detector import DropDetector
from napari_crystalseg.drops.detector.training import train_detector as module
from napari_crystalseg.drops.detector.training.train_detector import train_detector
from napari_crystalseg.drops.detector.training.training_settings import TrainingSettings
from napari_crystalseg.drops.objects import CRYSTAL, DROP, DropObject, DropObjects
from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.io.drop_images import DropImage

SIDE = 64


def outlined(number):
    rng = np.random.default_rng(number)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    values = 150 + rng.normal(0, 5, (SIDE, SIDE, 3))
    drop = np.hypot(rows - 32, columns - 30) < 24
    crystal = (np.abs(rows - rng.integers(24, 40)) < 6) & (np.abs(columns - 30) < 8)
    values[drop] -= 30
    values[crystal] += 80
    objects = (DropObject(DROP, drop), DropObject(CRYSTAL, crystal)) if number % 5 else ()
    return np.clip(values, 0, 255).astype(np.uint8), DropObjects((SIDE, SIDE), objects)


def examples(first):
    return (outlined(number) for number in count(first))


def settings(**changed):
    return TrainingSettings(**{"steps": 3, "batch": 2, "new": 1, "longest_side_px": SIDE, "threads": 1, **changed})


def weights(detector):
    return torch.load(detector.path / "weights.pt", weights_only=True)


def test_ended_and_gone_on_with_it_is_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "REPORT_STEPS", 1)
    whole = train_detector(examples, tmp_path / "whole", settings(), report=lambda line: None)

    def ends(line):
        if line.startswith("step 2"):
            raise Cancelled

    with pytest.raises(Cancelled):
        train_detector(examples, tmp_path / "parts", settings(), report=ends)
    assert not (tmp_path / "parts").exists()
    parts = train_detector(examples, tmp_path / "parts", settings(), go_on=True, report=lambda line: None)
    one, other = weights(whole), weights(parts)
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert [step for step, _ in parts.card["losses"]] == [1, 2, 3]
    assert parts.card["sha256"] == parts.sha256 and parts.card["examples"] == 6
    assert (whole.path / "weights.pt").stat().st_size < 7e6

    image = DropImage(np.zeros((50, 97, 3), np.uint8))
    found = DropDetector(parts.path).detect(image)
    assert found.shape == (50, 97)
    with pytest.raises(InputError, match="begun with seed 0, not 1"):
        train_detector(examples, tmp_path / "parts", settings(seed=1), go_on=True, report=lambda line: None)


def test_no_examples_and_no_checkpoint(tmp_path):
    with pytest.raises(InputError, match="not one example"):
        train_detector(lambda first: iter(()), tmp_path / "none", settings(), report=lambda line: None)
    with pytest.raises(InputError, match="no training to go on with"):
        train_detector(examples, tmp_path / "none", settings(), go_on=True, report=lambda line: None)


def test_it_learns_one_image(tmp_path):
    one = outlined(1)
    learnt = train_detector(
        lambda first: iter([one] * 1000),
        tmp_path / "one",
        settings(steps=45, learning_rate=2e-3),
        report=lambda line: None,
    )
    found = learnt.detect(DropImage(one[0]))
    for true in one[1].objects:
        best = found.of_kind(true.kind)[0]
        assert best.score > 0.6
        assert overlap(best.box_px, true.box_px) >= 0.7
        masks = [each.whole_mask((SIDE, SIDE)) for each in (best, true)]
        assert (masks[0] & masks[1]).sum() / (masks[0] | masks[1]).sum() > 0.7


def overlap(one, other):
    sides = [max(0, min(one[n + 2], other[n + 2]) - max(one[n], other[n])) for n in (0, 1)]
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    common = sides[0] * sides[1]
    return common / (sum(areas) - common)
