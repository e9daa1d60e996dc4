"""ResNet-18 and ResNet-34 with one channel in, and a few numbers out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ....errors import InputError

if TYPE_CHECKING:
    from torch import nn

BLOCKS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3)}
_GROUPS = 8


def resnet(
    depth: int = 18, width: int = 64, hidden: int = 300, outputs: int = 2, groups: bool = False, pooled: int = 1
) -> nn.Module:
    """Return a residual network (He et al. 2016), its last layer replaced by two.

    Parameters
    ----------
    depth : {18, 34}
        Layers.
    width : int
        Channels of the first stage; 64 is the published one. A multiple of 8.
    hidden : int
        Units of the layer before the last.
    outputs : int
        Numbers out.
    groups : bool
        Group instead of batch normalisation, which does not depend on the other images of a batch.
    pooled : int
        Cells along a side over which the image is averaged first, for speed.

    Raises
    ------
    InputError
        Another depth, or a width that groups do not divide.
    """
    from torch import nn

    if depth not in BLOCKS:
        raise InputError(f"There are ResNets of {' and '.join(map(str, BLOCKS))} layers, none of {depth}.")
    if width < _GROUPS or width % _GROUPS:
        raise InputError(f"The width is a multiple of {_GROUPS}, not {width}.")

    def norm(channels: int) -> nn.Module:
        return nn.GroupNorm(_GROUPS, channels) if groups else nn.BatchNorm2d(channels)

    layers: list[nn.Module] = [
        nn.AvgPool2d(pooled),
        nn.Conv2d(1, width, 7, 2, 3, bias=False),
        norm(width),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, 2, 1),
    ]
    channels = width
    for stage, count in enumerate(BLOCKS[depth]):
        for number in range(count):
            stride = 2 if stage and not number else 1
            layers.append(_block(channels, width * 2**stage, stride, norm))
            channels = width * 2**stage
    layers += [
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(channels, hidden),
        nn.ReLU(inplace=True),
        nn.Linear(hidden, outputs),
    ]
    return nn.Sequential(*layers)


def _block(channels: int, out: int, stride: int, norm: Callable[[int], nn.Module]) -> nn.Module:
    from torch import Tensor, nn

    class Residual(nn.Module):
        """Two convolutions and what goes past them."""

        def __init__(self) -> None:
            super().__init__()
            self.path = nn.Sequential(
                nn.Conv2d(channels, out, 3, stride, 1, bias=False),
                norm(out),
                nn.ReLU(inplace=True),
                nn.Conv2d(out, out, 3, 1, 1, bias=False),
                norm(out),
            )
            past = stride != 1 or channels != out
            self.past = nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False), norm(out)) if past else None

        def forward(self, values: Tensor) -> Tensor:
            from torch.nn.functional import relu

            beside = values if self.past is None else self.past(values)
            return relu(self.path(values) + beside)

    return Residual()
