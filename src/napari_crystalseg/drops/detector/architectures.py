"""The networks of detectors: torchvision's Mask R-CNN on two trunks.

Imports torch and torchvision: import this module only inside functions.
"""

from __future__ import annotations

import torch
from torch import nn

from ...computing.torchvision_operators import provide_missing_operators

provide_missing_operators()

from torchvision.models import resnet18  # noqa: E402
from torchvision.models.detection import MaskRCNN, maskrcnn_resnet50_fpn  # noqa: E402
from torchvision.models.detection.anchor_utils import AnchorGenerator  # noqa: E402
from torchvision.models.detection.backbone_utils import BackboneWithFPN  # noqa: E402
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead  # noqa: E402
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor  # noqa: E402
from torchvision.ops import MultiScaleRoIAlign  # noqa: E402

HIDDEN = 256
"""Channels of the layer before the masks in CHiMP's networks."""

CHANNELS = 64
"""Of the feature pyramid and the heads of the small network."""

NEURONS = 96
"""Of the layers that tell boxes in the small network."""

LEVELS = ["0", "1", "2"]


def published_network(classes: int) -> MaskRCNN:
    """Return the network of CHiMP's detectors, without weights: Mask R-CNN on a ResNet-50 with feature pyramid.

    Parameters
    ----------
    classes : int
        With the background: 2 of the detector of crystals, 3 of that of drops and crystals.
    """
    network = maskrcnn_resnet50_fpn(weights=None, weights_backbone=None)
    heads = network.roi_heads
    heads.box_predictor = FastRCNNPredictor(heads.box_predictor.cls_score.in_features, classes)
    heads.mask_predictor = MaskRCNNPredictor(heads.mask_predictor.conv5_mask.in_channels, HIDDEN, classes)
    return network


def small_network(classes: int, side: int) -> MaskRCNN:
    """Return the network that is trained here: Mask R-CNN on the first three stages of a ResNet-18.

    Parameters
    ----------
    classes : int
        With the background.
    side : int
        Longer side of the images that it sees, pixels.
    """
    trunk = resnet18(weights=None)
    pyramid = BackboneWithFPN(
        trunk,
        return_layers={"layer1": "0", "layer2": "1", "layer3": "2"},
        in_channels_list=[64, 128, 256],
        out_channels=CHANNELS,
    )
    # Two sizes at each level, from crystals of a few pixels to a drop that fills the image.
    anchors = AnchorGenerator(sizes=((8, 14), (22, 36), (56, 88), (136, 210)), aspect_ratios=((0.5, 1.0, 2.0),) * 4)

    def pooling(bins: int) -> MultiScaleRoIAlign:
        # A box is pooled where it is about 14 pixels wide.
        return MultiScaleRoIAlign(LEVELS, bins, sampling_ratio=2, canonical_scale=112, canonical_level=4)

    network = MaskRCNN(
        pyramid,
        min_size=side,
        max_size=side,
        rpn_anchor_generator=anchors,
        rpn_pre_nms_top_n_train=250,
        rpn_pre_nms_top_n_test=400,
        rpn_post_nms_top_n_train=200,
        rpn_post_nms_top_n_test=200,
        rpn_batch_size_per_image=128,
        box_roi_pool=pooling(7),
        box_head=TwoMLPHead(CHANNELS * 7**2, NEURONS),
        box_predictor=FastRCNNPredictor(NEURONS, classes),
        box_batch_size_per_image=64,
        mask_roi_pool=pooling(14),
        mask_head=MaskRCNNHeads(CHANNELS, (CHANNELS, CHANNELS), 1),
        mask_predictor=MaskRCNNPredictor(CHANNELS, CHANNELS, classes),
    )
    return network


def detections(network: MaskRCNN, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return what a network finds in an image, with masks as it draws them, each within its box.

    The network itself would draw each mask at the size of the image, which takes a gigabyte of a hundred. It may be on
    a GPU; what it finds is returned on the CPU.

    Parameters
    ----------
    network : MaskRCNN
        In the state of evaluation.
    image : Tensor of float32, shape (3, row, column)
        As the network wants it.

    Returns
    -------
    boxes : Tensor, shape (object, 4)
        Edges (x1, y1, x2, y2) in pixels of the image, where the centre of the first pixel is (0, 0).
    labels : Tensor of int64, shape (object,)
    scores : Tensor, shape (object,)
        From the highest.
    masks : Tensor, shape (object, bin, bin)
        Probability that a place of the box belongs to the object.
    """
    device = next(network.parameters()).device
    with torch.inference_mode():
        scaled, _ = network.transform([image.to(device)])
        features = network.backbone(scaled.tensors)
        proposals, _ = network.rpn(scaled, features)
        found, _ = network.roi_heads(features, proposals, scaled.image_sizes)
    rows, columns = scaled.image_sizes[0]
    height, width = image.shape[1:]
    here = {name: values.cpu() for name, values in found[0].items()}
    boxes = here["boxes"] * torch.tensor([width / columns, height / rows, width / columns, height / rows])
    return boxes, here["labels"], here["scores"], here["masks"][:, 0]


def parameters_of(network: nn.Module) -> int:
    """Return the number of trainable numbers of a network."""
    return sum(one.numel() for one in network.parameters())
