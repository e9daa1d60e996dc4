"""CHiMP's networks, with keys and shapes as its public code makes them, and its files, read without running them."""

from __future__ import annotations

import hashlib
import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from napari_crystalseg.drops.classes import DROP_CLASSES
from napari_crystalseg.drops.classifier import DropClassifier
from napari_crystalseg.drops.classifier.architectures import DEMO, drop_network
from napari_crystalseg.drops.classifier.published_checkpoint import read_published_checkpoint
from napari_crystalseg.drops.preprocessing.padded_square import normalised, padded_square
from napari_crystalseg.errors import InputError
from napari_crystalseg.io.drop_images import DropImage

SMALL = "resnet18"


def _listing(network: torch.nn.Module) -> list[str]:
    return sorted(f"{name} {tuple(tensor.shape)}" for name, tensor in network.state_dict().items())


def _hash(listing: list[str]) -> str:
    return hashlib.sha256("\n".join(listing).encode()).hexdigest()


def test_keys_and_shapes_of_the_convnext() -> None:
    network = drop_network("convnext_tiny_384_in22ft1k", 4)
    listing = _listing(network)
    assert len(listing) == 192
    assert _hash(listing) == "84f5df8c436a0a46484c3b12f01ea9f93a0e150422702bf03fe3a3a59ff2c5bb"
    assert {
        "stem.0.weight (96, 3, 4, 4)",
        "stem.1.weight (96,)",
        "stages.0.blocks.0.gamma (96,)",
        "stages.2.blocks.8.conv_dw.weight (384, 1, 7, 7)",
        "stages.3.downsample.1.weight (768, 384, 2, 2)",
        "stages.3.blocks.2.mlp.fc1.weight (3072, 768)",
        "head.norm.weight (768,)",
        "head.fc.0.running_mean (768,)",
        "head.fc.1.weight (512, 768)",
        "head.fc.3.bias (512,)",
        "head.fc.5.weight (4, 512)",
    } <= set(listing)
    assert not any(line.startswith(("head.fc.1.bias", "head.fc.5.bias", "head.fc.weight")) for line in listing)
    assert sum(one.numel() for one in network.parameters()) == 28_217_952
    dropout = [one for one in network.modules() if isinstance(one, torch.nn.Dropout) and one.p == 0.4]
    assert len(dropout) == 1


def test_keys_and_shapes_of_the_first_versions_resnet() -> None:
    listing = _listing(drop_network("resnet50", 4))
    assert len(listing) == 332
    assert _hash(listing) == "a8518910031c27372d0679f388e113f21f1763e545d04b4fcdd53dce52b982de"
    assert {
        "conv1.weight (64, 3, 7, 7)",
        "layer4.2.conv3.weight (2048, 512, 1, 1)",
        "fc.0.weight (2048,)",
        "fc.2.weight (512, 2048)",
        "fc.2.bias (512,)",
        "fc.4.running_var (512,)",
        "fc.6.weight (4, 512)",
        "fc.6.bias (4,)",
    } <= set(listing)


def test_pooling_is_the_mean_of_mean_and_largest() -> None:
    network: Any = drop_network(SMALL, 4)
    features = torch.rand(2, 512, 3, 5)
    pooled = network.global_pool(features)
    assert torch.allclose(pooled, 0.5 * (features.mean((2, 3)) + features.amax((2, 3))), atol=1e-6)


@pytest.mark.parametrize("name", ["convnext_tiny", "convnext_tiny_in22k", "convnext_tiny.fb_in22k_ft_in1k_384"])
def test_names_of_weights_mean_one_architecture(name: str) -> None:
    with torch.device("meta"):
        assert len(_listing(drop_network(name, 4))) == 192


@pytest.mark.parametrize("name", ["vit_base_patch16_224", "convnext_gigantic", "os", "../resnet50", ""])
def test_other_types_are_refused(name: str) -> None:
    with pytest.raises(InputError, match="is not known; CHiMP's are"):
        drop_network(name, 4)


def test_small_network_fits_what_is_bundled() -> None:
    network = drop_network(DEMO, 4)
    assert 2 * sum(tensor.numel() for tensor in network.state_dict().values()) < 2.8e6
    assert network.eval()(torch.zeros(2, 3, 96, 96)).shape == (2, 4)


def _network() -> torch.nn.Module:
    torch.manual_seed(4)
    network = drop_network(SMALL, 4)
    for name, tensor in network.state_dict().items():
        if "running" in name:
            tensor.uniform_(0.5, 1.5)
    return network.eval()


def _checkpoint(network: torch.nn.Module, **changes: Any) -> dict[str, Any]:
    optimiser = torch.optim.AdamW(network.parameters())
    return {
        "model_state_dict": network.state_dict(),
        "model_struc_dict": {"type": SMALL, "num_classes": 4},
        "optimizer_state_dict": optimiser.state_dict(),
        # CHiMP notes the mean of losses, a number of NumPy.
        "loss_val": np.average([0.5, 0.25]),
        "class_names": list(DROP_CLASSES),
        **changes,
    }


def _written(path: Path, **changes: Any) -> tuple[Path, torch.nn.Module]:
    network = _network()
    torch.save(_checkpoint(network, **changes), path)
    return path, network


def _image() -> DropImage:
    return DropImage(np.random.default_rng(0).integers(0, 256, (70, 90, 3)).astype(np.uint8))


def test_checkpoint_gives_what_its_network_gives(tmp_path: Path) -> None:
    path, network = _written(tmp_path / "model.pytorch")
    classifier = DropClassifier(path, size_px=64)
    assert classifier.class_names == DROP_CLASSES and classifier.kind == SMALL
    found = classifier.probabilities([_image(), _image()])
    square = normalised(padded_square(_image().values, 64, averaged=False))[np.newaxis]
    with torch.no_grad():
        wanted = torch.softmax(network(torch.from_numpy(square)), 1).numpy()
    assert found.shape == (2, 4) and found.dtype == np.float32
    assert np.allclose(found, wanted, atol=1e-5)
    assert DropClassifier(path).side_px == 384


def test_numbers_of_numpy_1_are_read(tmp_path: Path) -> None:
    path, _ = _written(tmp_path / "new.pytorch")
    older = tmp_path / "old.pytorch"
    with zipfile.ZipFile(path) as new, zipfile.ZipFile(older, "w", zipfile.ZIP_STORED) as old:
        for name in new.namelist():
            data = new.read(name)
            if name.endswith("data.pkl"):
                assert b"numpy._core.multiarray" in data
                data = data.replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
            old.writestr(name, data)
    assert read_published_checkpoint(older).kind == SMALL


def test_keys_of_several_devices_are_plain(tmp_path: Path) -> None:
    path, network = _written(tmp_path / "model.pytorch")
    parallel = {f"module.{name}": tensor for name, tensor in network.state_dict().items()}
    torch.save(_checkpoint(network, model_state_dict=parallel), tmp_path / "parallel.pytorch")
    one, other = (
        DropClassifier(place, 64).probabilities([_image()]) for place in (path, tmp_path / "parallel.pytorch")
    )
    assert np.array_equal(one, other)


class _Harm:
    """Runs code where it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (exec, ("raise SystemError('code of the file was run')",))


def test_code_in_a_checkpoint_is_refused_and_not_run(tmp_path: Path) -> None:
    _written(tmp_path / "harm.pytorch", loss_val=_Harm())
    with pytest.raises(InputError, match=r"holds more than weights, numbers and texts .* it is refused"):
        _ = DropClassifier(tmp_path / "harm.pytorch").network
    (tmp_path / "plain.pkl").write_bytes(pickle.dumps({"a": _Harm()}))
    with pytest.raises(InputError):
        _ = DropClassifier(tmp_path / "plain.pkl").network


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"class_names": ["clear", "crystals", "other", "skin"]}, r"tells classes that are not known here \(skin\)"),
        ({"class_names": ["clear", "clear", "other", "crystals"]}, "names a class twice"),
        ({"class_names": ["clear", "crystals"]}, "is a network of 4 classes and names 2"),
        ({"class_names": "clear"}, "does not name its classes"),
        ({"model_struc_dict": {"num_classes": 4}}, "does not say of which type"),
        ({"model_struc_dict": {"type": "resnet34", "num_classes": 4}}, "holds the weights of another network"),
        ({"model_struc_dict": {"type": "swin_tiny", "num_classes": 4}}, "'swin_tiny' is not known"),
        ({"model_state_dict": {}}, "holds no weights of a network"),
        ({"model_state_dict": {"fc.weight": torch.zeros(4, 512)}}, "holds the weights of another network"),
    ],
)
def test_what_is_no_classifier_is_told(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    path, _ = _written(tmp_path / "model.pytorch", **changes)
    classifier = DropClassifier(path, size_px=64)
    with pytest.raises(InputError, match=words) as caught:
        classifier.probabilities([_image()])
    assert "\n" not in str(caught.value)


def test_weights_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    network = _network()
    with torch.no_grad():
        next(network.parameters())[0] = torch.nan
    torch.save(_checkpoint(network), tmp_path / "nan.pytorch")
    with pytest.raises(InputError, match="weights that are not finite"):
        _ = DropClassifier(tmp_path / "nan.pytorch").network


def test_other_files_are_told(tmp_path: Path) -> None:
    (tmp_path / "text.pt").write_text("no weights")
    torch.save({"state": 1}, tmp_path / "other.pt")
    torch.save([1, 2], tmp_path / "list.pt")
    (tmp_path / "empty.pt").write_bytes(b"")
    stream = io.BytesIO()
    torch.save(_checkpoint(_network()), stream)
    (tmp_path / "cut.pt").write_bytes(stream.getvalue()[:100_000])
    with pytest.raises(InputError, match=r"empty.pt is empty"):
        _ = DropClassifier(tmp_path / "empty.pt").network
    for name in ("text.pt", "cut.pt"):
        with pytest.raises(InputError, match=f"{name} cannot be read as a checkpoint of torch"):
            _ = DropClassifier(tmp_path / name).network
    for name in ("other.pt", "list.pt"):
        with pytest.raises(InputError, match="is no checkpoint of CHiMP's classifier: it has no model_state_dict"):
            _ = DropClassifier(tmp_path / name).network
    with pytest.raises(InputError, match="There is no file"):
        DropClassifier(tmp_path / "absent.pt")
    with pytest.raises(InputError, match=r"it has no weights\.pt and no card\.json"):
        DropClassifier(tmp_path)
    with pytest.raises(InputError, match="at least 32 by 32 pixels"):
        DropClassifier(tmp_path / "other.pt", size_px=8)
