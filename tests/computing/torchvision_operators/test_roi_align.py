"""RoIAlign in torch against its definition in loops."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from napari_crystalseg.computing.torchvision_operators.roi_align import roi_align


def sample(plane, y, x):
    height, width = plane.shape
    if y < -1 or y > height or x < -1 or x > width:
        return 0.0
    y, x = max(y, 0.0), max(x, 0.0)
    low_y, low_x = int(y), int(x)
    if low_y >= height - 1:
        low_y = high_y = height - 1
        y = float(low_y)
    else:
        high_y = low_y + 1
    if low_x >= width - 1:
        low_x = high_x = width - 1
        x = float(low_x)
    else:
        high_x = low_x + 1
    ly, lx = y - low_y, x - low_x
    return (
        (1 - ly) * (1 - lx) * plane[low_y, low_x]
        + (1 - ly) * lx * plane[low_y, high_x]
        + ly * (1 - lx) * plane[high_y, low_x]
        + ly * lx * plane[high_y, high_x]
    )


def in_loops(features, rois, scale, bins_y, bins_x, ratio, aligned):
    """As torchvision's kernel for the CPU goes through boxes, bins and samples."""
    out = np.zeros((len(rois), features.shape[1], bins_y, bins_x))
    offset = 0.5 if aligned else 0.0
    for k, (image, x1, y1, x2, y2) in enumerate(rois):
        x1, y1, x2, y2 = (edge * scale - offset for edge in (x1, y1, x2, y2))
        width, height = x2 - x1, y2 - y1
        if not aligned:
            width, height = max(width, 1.0), max(height, 1.0)
        bin_y, bin_x = height / bins_y, width / bins_x
        n_y = ratio if ratio > 0 else math.ceil(bin_y)
        n_x = ratio if ratio > 0 else math.ceil(bin_x)
        for c in range(features.shape[1]):
            for p in range(bins_y):
                for q in range(bins_x):
                    total = 0.0
                    for i in range(n_y):
                        for j in range(n_x):
                            y = y1 + p * bin_y + (i + 0.5) * bin_y / n_y
                            x = x1 + q * bin_x + (j + 0.5) * bin_x / n_x
                            total += sample(features[int(image), c], y, x)
                    out[k, c, p, q] = total / max(n_y * n_x, 1)
    return out


ROIS = np.array(
    [
        [0, 1.2, 2.3, 9.7, 7.1],
        [1, 0, 0, 22, 18],
        [1, -6.1, -4.3, 5.5, 3],  # begins outside
        [0, 15, 11, 40, 30],  # ends outside
        [0, 60, 60, 80, 90],  # wholly outside
        [1, 8, 5, 8, 5],  # empty
        [0, 9, 9, 4, 3],  # upside down
        [1, 3.01, 2.99, 3.2, 14],  # thin
        [0, -1, -1, 21.999, 17.999],
    ]
)


@pytest.mark.parametrize("aligned", [False, True])
@pytest.mark.parametrize(
    ("ratio", "bins", "scale"), [(2, (3, 4), 1.0), (-1, (2, 3), 0.5), (0, (3, 2), 1.0), (1, (1, 1), 2)]
)
def test_equals_its_definition(ratio, bins, scale, aligned):
    features = np.random.default_rng(0).normal(size=(2, 3, 18, 22))
    expected = in_loops(features, ROIS, scale, *bins, ratio, aligned)
    found = roi_align(torch.from_numpy(features), torch.from_numpy(ROIS), scale, *bins, ratio, aligned)
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-10)
    single = roi_align(torch.from_numpy(features).float(), torch.from_numpy(ROIS).float(), scale, *bins, ratio, aligned)
    np.testing.assert_allclose(single.numpy(), expected, atol=1e-5)


def test_many_boxes_come_back_in_their_order():
    rng = np.random.default_rng(1)
    features = torch.from_numpy(rng.normal(size=(1, 2, 30, 30)))
    corner, size = rng.uniform(0, 20, (300, 2)), rng.uniform(0.5, 18, (300, 2))
    rois = torch.from_numpy(np.concatenate([np.zeros((300, 1)), corner, corner + size], 1))
    together = roi_align(features, rois, 1.0, 2, 2, 2, False)
    alone = torch.cat([roi_align(features, one[None], 1.0, 2, 2, 2, False) for one in rois])
    torch.testing.assert_close(together, alone)


@pytest.mark.parametrize("ratio", [2, -1])
def test_the_gradient_is_that_of_differences(ratio):
    features = torch.from_numpy(np.random.default_rng(2).normal(size=(2, 2, 6, 7))).requires_grad_()
    rois = torch.from_numpy(ROIS * [1, 0.3, 0.3, 0.3, 0.3])
    assert torch.autograd.gradcheck(lambda one: roi_align(one, rois, 1.0, 2, 2, ratio, True), (features,))


def test_no_boxes():
    features = torch.ones(1, 4, 5, 5, requires_grad=True)
    found = roi_align(features, torch.zeros(0, 5), 1.0, 7, 7, 2, False)
    assert found.shape == (0, 4, 7, 7)
    found.sum().backward()
    assert float(features.grad.abs().max()) == 0


def test_a_flat_image_is_flat_in_every_box():
    rois = torch.tensor([[0, 1.0, 2.0, 30.0, 17.0], [0, 0.0, 0.0, 3.0, 3.0]])
    found = roi_align(torch.full((1, 1, 20, 40), 3.0), rois, 1.0, 7, 7, 2, True)
    torch.testing.assert_close(found, torch.full_like(found, 3.0))
