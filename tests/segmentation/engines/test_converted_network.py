"""Converted networks are kept whole or not at all."""

from __future__ import annotations

import os

import pytest
import torch

from napari_crystalseg.segmentation.engines.converted_network import ConvertedNetworks
from napari_crystalseg.segmentation.engines.openvino_engine import OpenVinoEngine

pytest.importorskip("openvino", reason="OpenVINO is not installed here.")


class Asked:
    """Gives a network, and counts how often it was asked for it."""

    def __init__(self) -> None:
        self.times = 0
        self.network = torch.nn.Conv3d(2, 3, 1).eval()

    def __call__(self) -> torch.nn.Module:
        self.times += 1
        return self.network


def test_a_network_is_converted_once(tmp_path):
    kept, asked = ConvertedNetworks(tmp_path), Asked()
    for _ in range(3):
        kept.graph_of("key", "f32", asked, 2)
    assert asked.times == 1
    kept.graph_of("key", "bf16", asked, 2)
    kept.graph_of("other", "f32", asked, 2)
    assert asked.times == 3
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize(
    "damage", [lambda whole: b"", lambda whole: whole[:-200], lambda whole: b"PK" + whole[2:][::-1]]
)
def test_a_damaged_file_is_made_anew(tmp_path, damage):
    kept, asked = ConvertedNetworks(tmp_path), Asked()
    kept.graph_of("key", "f32", asked, 2)
    path = kept.path("key", "f32")
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    kept.graph_of("key", "f32", asked, 2)
    kept.graph_of("key", "f32", asked, 2)
    assert asked.times == 2
    shown = torch.rand((1, 2, 3, 4, 5), generator=torch.Generator().manual_seed(0))
    found = OpenVinoEngine(asked.network, "key", 2, low_precision=False, cache=tmp_path).scores(shown)
    with torch.inference_mode():
        assert torch.allclose(found, asked.network(shown), atol=1e-5)


def test_where_nothing_can_be_kept_it_works_all_the_same(tmp_path):
    (tmp_path / "file").write_text("no folder")
    kept, asked = ConvertedNetworks(tmp_path / "file" / "openvino"), Asked()
    kept.graph_of("key", "f32", asked, 2)
    kept.graph_of("key", "f32", asked, 2)
    assert asked.times == 2
    if os.getuid() != 0:
        (tmp_path / "locked").mkdir(mode=0o500)
        assert ConvertedNetworks(tmp_path / "locked").graph_of("key", "f32", asked, 2) is not None


def test_what_another_version_of_openvino_left_is_cleared(tmp_path):
    kept, asked = ConvertedNetworks(tmp_path), Asked()
    (tmp_path / "key-2024.1.0-f32.zip").write_bytes(b"old")
    (tmp_path / "other-2024.1.0-f32.zip").write_bytes(b"of another network")
    kept.graph_of("key", "f32", asked, 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [kept.path("key", "f32").name, "other-2024.1.0-f32.zip"]
    )
