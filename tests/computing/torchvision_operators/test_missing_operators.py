"""torchvision works whether or not its compiled library loads."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
from napari_crystalseg.computing.torchvision_operators import provide_missing_operators
provide_missing_operators()
import torch, torchvision
provide_missing_operators()
from torchvision.ops import batched_nms, roi_align
boxes = torch.tensor([[0., 0, 10, 10], [1, 1, 10, 10], [20, 20, 30, 30]])
kept = batched_nms(boxes, torch.tensor([.5, .9, .1]), torch.tensor([1, 1, 1]), 0.5)
assert kept.tolist() == [1, 2], kept
features = torch.rand(1, 3, 32, 32, requires_grad=True)
pooled = roi_align(features, [boxes], (7, 7), 1.0, 2)
assert pooled.shape == (3, 3, 7, 7)
pooled.sum().backward()
assert features.grad.sum() > 0
import torch._dynamo
assert not torch._dynamo.utils.counters["stats"], "a kernel was compiled"
"""


def test_in_a_python_of_its_own():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
