"""What a GPU computes is held against what the processor computes; without one, all of it is skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import numpy as np
import pytest

from napari_crystalseg.computing.backend import array_module
from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels, Material


@pytest.fixture
def cuda(monkeypatch):
    """The GPU of PyTorch, with convolutions in single precision where single precision is asked for."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed here.")
    if not torch.cuda.is_available():
        pytest.skip("PyTorch sees no GPU here.")
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    return torch.device("cuda")


@pytest.fixture
def cupy():
    """CuPy, where it sees a GPU."""
    try:
        return array_module("cupy")
    except InputError as error:
        pytest.skip(f"No GPU for arrays: {error}")


@pytest.fixture
def on_processor() -> Callable[[], AbstractContextManager[None]]:
    """A block in which networks stay on the processor, in single precision."""

    @contextmanager
    def alone() -> Iterator[None]:
        import torch

        from napari_crystalseg.segmentation.engines import torch_engine

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(torch.cuda, "is_available", lambda: False)
            patch.setattr(torch_engine, "processor_has_bf16", lambda: False)
            yield

    return alone


@pytest.fixture
def block() -> Labels:
    """A crystal in a drop, of odd lengths."""
    data = np.zeros((23, 31, 33), np.uint8)
    data[4:20, 10:20, 8:26] = Material.LIQUOR
    data[8:16, 12:18, 12:22] = Material.CRYSTAL
    data[2:9, 18:22, 5:9] = Material.LOOP
    return Labels(data, 1.0)
