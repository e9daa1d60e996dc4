"""Training of a detector with convolutions in half precision (bfloat16).

Imports torch: import this module only inside functions.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torchvision.models.detection import MaskRCNN


def use_half_precision(network: MaskRCNN) -> None:
    """Let the convolutions of a network compute in bfloat16; weights, boxes and losses stay in single precision.

    Two steps are done in the time of one. What a network has learnt so is used in single precision.
    """
    network.to(memory_format=torch.channels_last)
    heads = network.roi_heads
    for part in (network.backbone, network.rpn.head, heads.mask_head, heads.mask_predictor):
        _halve(part)


def _halve(part: nn.Module) -> None:
    whole = part.forward

    def forward(*given: Any) -> Any:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            found = whole(*given)
        return _single(found)

    part.forward = forward


def _single(found: Any) -> Any:
    """The same tensors, lists and dictionaries of them, in single precision."""
    if isinstance(found, torch.Tensor):
        return found.float()
    if isinstance(found, dict):
        return type(found)((name, _single(one)) for name, one in found.items())
    return type(found)(_single(one) for one in found)
