"""The networks: those that CHiMP trains, by timm with a head of their own, and a small ResNet with the same head.

Imports torch and timm: import this module only inside functions.
"""

from __future__ import annotations

import re
from typing import Any

from torch import nn

from ...computing.torchvision_operators import provide_missing_operators
from ...errors import InputError

DEMO = "resnet_drops"
"""Type of the small network: a ResNet of 1 million parameters for images of 96 by 96 pixels.

A ConvNeXt as small learns less in the same time from random weights, and a processor that multiplies matrices of
bfloat16 gains nothing with its convolutions of single channels.
"""

DEMO_SIZE_PX = 96
CHIMP_SIZE_PX = 384
"""Side of the images that CHiMP classifies where nothing else is asked for."""

_DEMO_BLOCKS, _DEMO_CHANNELS, _DEMO_STEM, _DEMO_HEAD = (1, 1, 1, 1), (32, 64, 128, 192), 16, 128
_CHIMP_HEAD = 512

# What timm once put behind a name to tell weights apart, and what it puts behind a dot today.
_WEIGHTS_IN_NAME = re.compile(r"(_384)?(_in22ft1k|_in22k)$|\..*$")
_KNOWN = re.compile(r"convnext_(tiny|small|base|large)|resnet(18|34|50|101|152)|resnext\w+")


def drop_network(kind: str, classes: int, rate_of_dropped_paths: float = 0.0) -> nn.Module:
    """Build a network, with random weights.

    Parameters
    ----------
    kind : str
        ``resnet_drops``, or a name of timm's as CHiMP's settings and checkpoints have it, such as
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
    from timm.models.resnet import BasicBlock, ResNet

    network = ResNet(
        BasicBlock,  # type: ignore[arg-type]
        _DEMO_BLOCKS,
        num_classes=classes,
        global_pool="avgmax",
        stem_type="deep",
        stem_width=_DEMO_STEM,
        channels=_DEMO_CHANNELS,
        drop_path_rate=rate_of_dropped_paths,
    )
    # Each colour of an image is first brought to mean 0 and deviation 1: exposure and tint say nothing of the class.
    network.conv1 = nn.Sequential(nn.InstanceNorm2d(3), *network.conv1)
    network.fc = _head(_DEMO_CHANNELS[-1], _DEMO_HEAD, classes, dropped=0.2)
    nn.init.zeros_(network.fc[-1].weight)
    return network


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
