"""CHiMP's published networks: names and shapes of their weights, and files that are refused."""

from __future__ import annotations

import os

import numpy as np
import pytest
import torch

from napari_crystalseg.drops.detector.architectures import published_network
from napari_crystalseg.drops.detector.drop_detector import DropDetector
from napari_crystalseg.drops.detector.published import open_published
from napari_crystalseg.errors import InputError


def expected(classes: int, counters: bool = True) -> dict[str, tuple[int, ...]]:
    """Names and shapes by the rules of torchvision's Mask R-CNN with ResNet-50 and FPN."""
    shapes: dict[str, tuple[int, ...]] = {}

    def norm(name, channels):
        for part in ("weight", "bias", "running_mean", "running_var"):
            shapes[f"{name}.{part}"] = (channels,)
        if counters:
            shapes[f"{name}.num_batches_tracked"] = ()

    def biased(name, *shape, out=None):
        shapes[f"{name}.weight"] = shape
        shapes[f"{name}.bias"] = (shape[0] if out is None else out,)

    body = "backbone.body"
    shapes[f"{body}.conv1.weight"] = (64, 3, 7, 7)
    norm(f"{body}.bn1", 64)
    entering = 64
    for layer, blocks, width in ((1, 3, 64), (2, 4, 128), (3, 6, 256), (4, 3, 512)):
        for block in range(blocks):
            name = f"{body}.layer{layer}.{block}"
            for n, shape in enumerate([(width, entering, 1, 1), (width, width, 3, 3), (4 * width, width, 1, 1)], 1):
                shapes[f"{name}.conv{n}.weight"] = shape
                norm(f"{name}.bn{n}", shape[0])
            if block == 0:
                shapes[f"{name}.downsample.0.weight"] = (4 * width, entering, 1, 1)
                norm(f"{name}.downsample.1", 4 * width)
            entering = 4 * width
    for n, channels in enumerate((256, 512, 1024, 2048)):
        biased(f"backbone.fpn.inner_blocks.{n}.0", 256, channels, 1, 1)
        biased(f"backbone.fpn.layer_blocks.{n}.0", 256, 256, 3, 3)
    biased("rpn.head.conv.0.0", 256, 256, 3, 3)
    biased("rpn.head.cls_logits", 3, 256, 1, 1)
    biased("rpn.head.bbox_pred", 12, 256, 1, 1)
    biased("roi_heads.box_head.fc6", 1024, 256 * 7 * 7)
    biased("roi_heads.box_head.fc7", 1024, 1024)
    biased("roi_heads.box_predictor.cls_score", classes, 1024)
    biased("roi_heads.box_predictor.bbox_pred", 4 * classes, 1024)
    for n in range(4):
        biased(f"roi_heads.mask_head.{n}.0", 256, 256, 3, 3)
    biased("roi_heads.mask_predictor.conv5_mask", 256, 256, 2, 2)
    biased("roi_heads.mask_predictor.mask_fcn_logits", classes, 256, 1, 1)
    return shapes


def weights(classes: int, counters: bool = False) -> dict[str, torch.Tensor]:
    """Of one value each, so that a file of them is small."""
    one = torch.full((1,), 0.01)
    return {
        name: one.expand(shape) if shape else torch.tensor(7) for name, shape in expected(classes, counters).items()
    }


@pytest.mark.parametrize(("classes", "parameters"), [(2, 43_975_515), (3, 43_980_897)])
def test_names_and_shapes(classes, parameters):
    with torch.device("meta"):
        network = published_network(classes)
    assert {name: tuple(one.shape) for name, one in network.state_dict().items()} == expected(classes)
    assert len(expected(classes)) == 360
    assert len(expected(classes, counters=False)) == 307
    assert sum(one.numel() for one in network.parameters()) == parameters


@pytest.mark.parametrize(("classes", "kinds"), [(2, ("crystal",)), (3, ("drop", "crystal"))])
def test_weights_load_bare_and_wrapped(classes, kinds, tmp_path):
    given = weights(classes, counters=classes == 2)
    given["backbone.body.conv1.weight"] = torch.arange(64 * 3 * 49.0).reshape(64, 3, 7, 7)
    torch.save({"model_state_dict": given} if classes == 2 else given, tmp_path / "weights.pt")
    network, found = open_published(tmp_path / "weights.pt")
    assert found == kinds and not network.training
    assert torch.equal(network.state_dict()["backbone.body.conv1.weight"], given["backbone.body.conv1.weight"])
    assert float(network.state_dict()["roi_heads.box_predictor.cls_score.bias"][0]) == pytest.approx(0.01)


def test_a_checkpoint_as_chimps_training_on_several_devices_writes_it(tmp_path):
    given = {f"module.{name}": one for name, one in weights(3).items()}
    torch.save({"model_state_dict": given, "loss_val": np.float64(0.7)}, tmp_path / "weights.pt")
    assert open_published(tmp_path / "weights.pt")[1] == ("drop", "crystal")


class Command:
    """What runs code when it is unpickled."""

    def __init__(self, command):
        self.command = command

    def __reduce__(self):
        return os.system, (self.command,)


def test_code_in_a_file_is_refused_and_does_not_run(tmp_path):
    torch.save(weights(3) | {"more": Command(f"touch '{tmp_path}/ran'")}, tmp_path / "weights.pt")
    with pytest.raises(InputError, match=r"weights.pt holds more than weights, numbers and texts .* it is refused"):
        open_published(tmp_path / "weights.pt")
    assert not (tmp_path / "ran").exists()


def not_finite(given):
    given["rpn.head.conv.0.0.bias"] = torch.full((256,), torch.nan)
    return given


def of_another_network(given):
    given["rpn.head.conv.weight"] = given.pop("rpn.head.conv.0.0.weight")
    return given


def of_another_width(given):
    given["roi_heads.mask_predictor.conv5_mask.weight"] = torch.zeros(256, 128, 2, 2)
    return given


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (of_another_network, r"rpn.head.conv.0.0.weight is missing; rpn.head.conv.weight is not of this network"),
        (of_another_width, r"conv5_mask.weight has the shape \(256, 128, 2, 2\), not \(256, 256, 2, 2\)"),
        (not_finite, "holds weights that are not finite"),
        (lambda given: {"epoch": torch.tensor(3)}, "cls_score.weight is missing"),
        (lambda given: weights(91), "it tells 91 classes, not 2 or 3"),
        (lambda given: [1, 2], "does not hold weights by name"),
    ],
)
def test_other_files_are_refused(change, said, tmp_path):
    torch.save(change(weights(3)), tmp_path / "weights.pt")
    with pytest.raises(InputError, match=said):
        open_published(tmp_path / "weights.pt")


def test_no_weights_at_all(tmp_path):
    (tmp_path / "weights.pt").write_text("not weights")
    with pytest.raises(InputError, match=r"weights.pt cannot be read as a checkpoint of torch"):
        _ = DropDetector(tmp_path / "weights.pt").kinds
    with pytest.raises(InputError, match=r"has no weights.pt and no card.json"):
        DropDetector(tmp_path / "nothing")
