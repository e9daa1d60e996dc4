"""The networks: those that CHiMP trains, by timm with a head of their own, and a small ConvNeXt with the same head.

Imports torch and timm: import this module only inside functions.
"""

from __future__ import annotations

import math
import re
from typing import Any

from torch import nn

from ...computing.torchvision_operators import provide_missing_operators
from ...errors import InputError

DEMO = "convnext_drops"
"""Type of the small network: a ConvNeXt of 1.3 million parameters for images of 96 by 96 pixels."""

DEMO_SIZE_PX = 96
CHIMP_SIZE_PX = 384
"""Side of the images that CHiMP classifies where nothing else is asked for."""

_DEMO_DEPTHS, _DEMO_WIDTHS, _DEMO_HEAD = (1, 2, 4, 2), (24, 56, 128, 184), 128
_DEMO_SCALE = 0.5
_CHIMP_HEAD = 512

# What timm once put behind a name to tell weights apart, and what it puts behind a dot today.
_WEIGHTS_IN_NAME = re.compile(r"(_384)?(_in22ft1k|_in22k)$|\..*$")
_KNOWN = re.compile(r"convnext_(tiny|small|base|large)|resnet(18|34|50|101|152)|resnext\w+")


def drop_network(kind: str, classes: int, rate_of_dropped_paths: float = 0.0) -> nn.Module:
    """Build a network, with random weights.

    Parameters
    ----------
    kind : str
        ``convnext_drops``, or a name of timm's as CHiMP's settings and checkpoints have it, such as
        ``convnext_tiny_384_in22ft1k`` or ``resnet50``.
    classes : int
        Number of classes.
    rate_of_dropped_paths : float
        Part of the blocks that are left out, at training.

    Returns
    -------
    torch.nn.Module
        Takes images (batch, 3, row, column), and gives a logit for each class, (batch, class).

    Raises
    ------
    InputError
        A kind that is none of these.
    """
    provide_missing_operators()
    if kind == DEMO:
        return _demo_network(classes, rate_of_dropped_paths)
    import timm

    name = _WEIGHTS_IN_NAME.sub("", kind)
    if not _KNOWN.fullmatch(name) or not timm.is_model(name):
        raise InputError(
            f"A network of the type '{kind}' is not known; CHiMP's are convnext_tiny_384_in22ft1k, resnet50 and their "
            "like."
        )
    # Never pretrained: nothing is downloaded, all weights come from the file.
    network: Any = timm.create_model(name, pretrained=False, num_classes=classes, global_pool="avgmax")
    features = network.get_classifier().in_features
    if "convnext" in name:
        network.head.fc = _head(features, _CHIMP_HEAD, classes)
    elif "resnet" in name:
        network.fc = _head_of_first_version(features, classes)
    return network  # type: ignore[no-any-return]


def _demo_network(classes: int, rate_of_dropped_paths: float) -> nn.Module:
    from timm.models.convnext import ConvNeXt

    # Blocks begin at half of their weight, not at a millionth as in networks of many blocks: training is short.
    network = ConvNeXt(
        depths=_DEMO_DEPTHS,
        dims=_DEMO_WIDTHS,
        num_classes=classes,
        global_pool="avgmax",
        ls_init_value=_DEMO_SCALE,
        drop_path_rate=rate_of_dropped_paths,
    )
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            # timm's weights are those of wide layers; narrow ones would begin close to nothing.
            nn.init.normal_(module.weight, 0, 1 / math.sqrt(module.weight[0].numel()))
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    network.stem = _demo_stem(_DEMO_WIDTHS[0], network.stem[-1])
    network.head.fc = _head(_DEMO_WIDTHS[-1], _DEMO_HEAD, classes, dropped=0.2)
    nn.init.zeros_(network.head.fc[-1].weight)
    return network


def _demo_stem(width: int, norm: nn.Module) -> nn.Sequential:
    """Three overlapping convolutions in place of patches of 4 by 4, which miss lines as thin as those of crystals.

    Each colour of an image is first brought to mean 0 and deviation 1: exposure and tint say nothing of the class.
    """
    layers: list[nn.Module] = [nn.InstanceNorm2d(3)]
    for channels, stride in ((3, 2), (width, 1), (width, 2)):
        layers += [nn.Conv2d(channels, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
    return nn.Sequential(*layers, norm)


def _head(features: int, hidden: int, classes: int, dropped: float = 0.4) -> nn.Sequential:
    """CHiMP's head: two linear layers with batch normalisation before each, and dropout before the last."""
    return nn.Sequential(
        nn.BatchNorm1d(features),
        nn.Linear(features, hidden, bias=False),
        nn.ReLU(),
        nn.BatchNorm1d(hidden),
        nn.Dropout(dropped),
        nn.Linear(hidden, classes, bias=False),
    )


def _head_of_first_version(features: int, classes: int) -> nn.Sequential:
    """Head of CHiMP's ResNets, after fastai's."""
    return nn.Sequential(
        nn.BatchNorm1d(features),
        nn.Dropout(0.25),
        nn.Linear(features, _CHIMP_HEAD),
        nn.ReLU(),
        nn.BatchNorm1d(_CHIMP_HEAD),
        nn.Dropout(0.5),
        nn.Linear(_CHIMP_HEAD, classes),
    )
