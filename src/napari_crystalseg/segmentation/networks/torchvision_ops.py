"""Make nnU-Net importable where torchvision's compiled operators do not match torch.

nnU-Net's trainers import timm, timm imports torchvision, and the registry wheel of torchvision is linked against CUDA.
Beside a CPU-only torch its library is not loaded, its Python part then registers a fake of ``torchvision::nms``, and
the import ends in "operator torchvision::nms does not exist". Declaring the operators by name lets the import pass;
calling them still fails, and nothing here does.
"""

from __future__ import annotations

from typing import Any

_declared: list[Any] = []  # torch.library forgets what is not kept alive


def declare_missing_operators() -> None:
    """Declare the operators that ``import torchvision`` needs, only where its own library does not load.

    Call it before anything imports ``nnunetv2``. Where torch and torchvision match, nothing is changed.
    """
    import importlib.util
    import sys

    import torch

    if _declared or "torchvision" in sys.modules or importlib.util.find_spec("torchvision") is None:
        return
    if _own_library_loads():
        return
    library = torch.library.Library("torchvision", "DEF")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _declared.append(library)


def _own_library_loads() -> bool:
    """Try what torchvision itself does first: import, which raises RuntimeError when its operators are missing."""
    import sys

    try:
        import torchvision  # noqa: F401
    except (RuntimeError, OSError, ImportError):
        # A half-imported package would make the second import fail for another reason.
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        return False
    return True
