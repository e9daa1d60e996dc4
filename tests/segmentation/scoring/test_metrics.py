from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels
from napari_crystalseg.segmentation import scores


def labels(values: list[int]) -> Labels:
    return Labels(np.array(values, dtype=np.uint8).reshape(1, 1, -1), 1.0)


def test_known_answer():
    # Crystal: 3 hits, 1 missed, 2 wrong.
    found = scores(labels([3, 3, 3, 0, 3, 3, 1, 1]), labels([3, 3, 3, 3, 1, 0, 1, 1]))
    crystal = found["classes"]["crystal"]
    assert crystal["recall"] == pytest.approx(3 / 4)
    assert crystal["precision"] == pytest.approx(3 / 5)
    assert crystal["iou"] == pytest.approx(3 / 6)
    assert crystal["f1"] == crystal["dice"] == pytest.approx(6 / 9)
    assert crystal["f2"] == pytest.approx(5 * 3 / (5 * 3 + 4 * 1 + 2))
    assert found["classes"]["liquor"]["recall"] == pytest.approx(2 / 3)
    assert found["mean"]["iou"] == pytest.approx((3 / 6 + 2 / 3) / 2)


def test_perfect():
    truth = labels([0, 1, 2, 3, 4])
    assert set(scores(truth, truth)["mean"].values()) == {1.0}


def test_class_in_neither_does_not_count():
    found = scores(labels([1, 1, 0]), labels([1, 0, 0]))
    assert set(found["classes"]["loop"].values()) == {None}
    assert found["mean"]["precision"] == pytest.approx(0.5)


def test_class_in_one_only_is_zero():
    found = scores(labels([3, 0]), labels([0, 0]))
    assert set(found["classes"]["crystal"].values()) == {0.0}
    assert set(scores(labels([0]), labels([0]))["mean"].values()) == {None}


def test_shapes_must_agree():
    with pytest.raises(InputError, match="same grid"):
        scores(labels([1, 2]), labels([1, 2, 3]))
