"""Which engine runs a model."""

from __future__ import annotations

import builtins
import sys

import numpy as np
import pytest
import torch

from napari_crystalseg.errors import InputError
from napari_crystalseg.segmentation import segment
from napari_crystalseg.segmentation.engines.choice import checked_engine, engine_for, engine_of
from napari_crystalseg.volume import Volume


@pytest.fixture
def without_openvino(monkeypatch):
    real = builtins.__import__

    def refusing(name, *rest, **more):
        if name.split(".")[0] == "openvino":
            raise ImportError("No module named 'openvino'")
        return real(name, *rest, **more)

    monkeypatch.delitem(sys.modules, "openvino", raising=False)
    monkeypatch.setattr(builtins, "__import__", refusing)


def box() -> Volume:
    data = np.random.default_rng(0).normal(0, 0.1, (20, 24, 18)).astype(np.float32)
    data[5:15, 6:18, 4:14] += 1
    return Volume(data, 0.5)


def test_without_openvino_all_goes_by_torch(tiny_model, without_openvino):
    made = segment(box(), tiny_model, mirror=False)
    assert made.labels.provenance.steps[-1]["engine"].startswith("torch")
    with pytest.raises(InputError, match="pip install openvino"):
        segment(box(), tiny_model, engine="openvino")


def test_openvino_is_taken_where_it_is_and_no_gpu(tiny_model):
    pytest.importorskip("openvino")
    wanted = "torch" if torch.cuda.is_available() else "openvino"
    assert engine_of(tiny_model).name.startswith(wanted)
    assert engine_of(tiny_model, "torch").name.startswith("torch")


class Odd(torch.nn.Module):
    def forward(self, values):
        raise NotImplementedError("cannot be traced")


def test_a_network_that_openvino_does_not_know_goes_by_torch_or_is_refused_by_name():
    pytest.importorskip("openvino")
    assert engine_for(Odd(), "odd").name.startswith("torch")
    with pytest.raises(InputError, match=r"cannot run this network .*cannot be traced"):
        engine_for(Odd(), "odd", name="openvino")


def test_names_are_checked():
    assert checked_engine(None) is None and checked_engine("torch") == "torch"
    with pytest.raises(InputError, match="one of torch, openvino"):
        checked_engine("tensorrt")
