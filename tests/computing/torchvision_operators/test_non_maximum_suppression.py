"""Non-maximum suppression in torch against its definition in loops."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_crystalseg.computing.torchvision_operators import non_maximum_suppression as module
from napari_crystalseg.computing.torchvision_operators.non_maximum_suppression import non_maximum_suppression


def in_loops(boxes, scores, threshold):
    boxes = boxes.astype(np.float32)
    order = np.argsort(-scores, kind="stable")
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    kept = []
    for n in order:
        for m in kept:
            width = max(np.float32(0), min(boxes[n, 2], boxes[m, 2]) - max(boxes[n, 0], boxes[m, 0]))
            height = max(np.float32(0), min(boxes[n, 3], boxes[m, 3]) - max(boxes[n, 1], boxes[m, 1]))
            common = width * height
            with np.errstate(invalid="ignore", divide="ignore"):
                if float(common / (areas[m] + areas[n] - common)) > threshold:
                    break
        else:
            kept.append(n)
    return kept


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.5, 0.7, 1.0])
@pytest.mark.parametrize("rows", [7, 512])
def test_equals_its_definition(threshold, rows, monkeypatch):
    monkeypatch.setattr(module, "ROWS", rows)
    rng = np.random.default_rng(int(10 * threshold))
    corner = rng.integers(0, 40, (150, 2))
    # Whole numbers: ties of scores, equal boxes, empty ones, and overlaps that lie on the threshold are all there.
    boxes = np.concatenate([corner, corner + rng.integers(0, 25, (150, 2))], 1).astype(np.float32)
    scores = rng.integers(0, 12, 150).astype(np.float32) / 12
    found = non_maximum_suppression(torch.from_numpy(boxes), torch.from_numpy(scores), threshold)
    assert found.tolist() == in_loops(boxes, scores, threshold)


def test_an_overlap_on_the_threshold_in_double_precision():
    """Three tenths in single precision is more than in double precision."""
    boxes = torch.tensor([[0.0, 0, 10, 1], [7.0, 0, 10, 1]])
    assert non_maximum_suppression(boxes, torch.tensor([1.0, 0.5]), 0.3).tolist() == [0]
    assert non_maximum_suppression(boxes.double(), torch.tensor([1.0, 0.5]), 0.3).tolist() == [0, 1]


def test_no_boxes():
    found = non_maximum_suppression(torch.zeros(0, 4), torch.zeros(0), 0.5)
    assert found.shape == (0,) and found.dtype == torch.int64
