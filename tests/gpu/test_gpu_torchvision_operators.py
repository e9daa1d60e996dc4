"""The operators that stand in for torchvision's compute the same on a GPU."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed here.")


def boxes_and_scores(number: int):
    rng = np.random.default_rng(number)
    corner = rng.integers(0, 60, (number, 2))
    # Whole numbers: ties of scores, equal boxes, and overlaps that lie on the threshold are all there.
    boxes = np.concatenate([corner, corner + rng.integers(1, 25, (number, 2))], 1).astype(np.float32)
    return torch.from_numpy(boxes), torch.from_numpy(rng.integers(0, 40, number).astype(np.float32) / 40)


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7])
def test_non_maximum_suppression(cuda, threshold):
    from napari_crystalseg.computing.torchvision_operators.non_maximum_suppression import non_maximum_suppression

    boxes, scores = boxes_and_scores(701)
    found = non_maximum_suppression(boxes.to(cuda), scores.to(cuda), threshold)
    assert found.device.type == cuda.type
    assert found.tolist() == non_maximum_suppression(boxes, scores, threshold).tolist()


@pytest.mark.parametrize(("ratio", "aligned"), [(2, False), (0, True)])
def test_roi_align(cuda, ratio, aligned):
    from napari_crystalseg.computing.torchvision_operators.roi_align import roi_align

    boxes, _ = boxes_and_scores(37)
    rois = torch.cat([torch.arange(37)[:, None] % 2, boxes], 1)
    seen = torch.from_numpy(np.random.default_rng(3).normal(size=(2, 5, 43, 39)).astype(np.float32))
    results = []
    for device in (torch.device("cpu"), cuda):
        features = seen.detach().to(device).requires_grad_()
        pooled = roi_align(features, rois.to(device), 0.5, 7, 5, ratio, aligned)
        pooled.square().sum().backward()
        assert pooled.device.type == device.type
        results.append((pooled.detach().cpu(), features.grad.cpu()))
    for here, there in zip(*results, strict=True):
        torch.testing.assert_close(there, here, rtol=1e-4, atol=1e-4)


def test_they_are_torchvisions_own(cuda):
    from napari_crystalseg.computing.torchvision_operators import missing_operators
    from napari_crystalseg.computing.torchvision_operators.non_maximum_suppression import non_maximum_suppression
    from napari_crystalseg.computing.torchvision_operators.roi_align import roi_align

    if not missing_operators._own_library_loads():
        pytest.skip("torchvision's own operators do not load here.")
    from torchvision import ops

    boxes, scores = (values.to(cuda) for values in boxes_and_scores(701))
    # Equal scores are in no order there.
    scores = scores + torch.linspace(0, 1e-3, 701, device=cuda)
    theirs = ops.nms(boxes, scores, 0.5)
    assert theirs.tolist() == non_maximum_suppression(boxes, scores, 0.5).tolist()
    rois = torch.cat([torch.zeros(701, 1, device=cuda), boxes], 1)
    seen = torch.rand(1, 3, 90, 90, device=cuda)
    torch.testing.assert_close(
        roi_align(seen, rois, 1.0, 7, 7, 2, False), ops.roi_align(seen, rois, 7, 1.0, 2), rtol=1e-4, atol=1e-4
    )
