"""Make torchvision work where its compiled operators do not match torch.

The registry wheel of torchvision is linked against CUDA. Beside a CPU-only torch its library is not loaded, its Python
part then registers a fake of ``torchvision::nms``, and the import ends in "operator torchvision::nms does not exist".
timm imports torchvision, and nnU-Net's trainers import timm. Here the operators that are missing are declared before
the import; ``nms`` and ``roi_align`` are given implementations in torch, ``qnms`` keeps only its name.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

_declared: list[Any] = []  # torch.library forgets what is not kept alive


def provide_missing_operators() -> None:
    """Give torchvision the operators that it lacks, only where its own library does not load.

    Call it before anything imports ``torchvision``, ``timm`` or ``nnunetv2``. Where torch and torchvision match,
    nothing is changed; where torchvision is not installed, neither.
    """
    import importlib.util

    if _declared or importlib.util.find_spec("torchvision") is None or _own_library_loads():
        return
    _declare()
    # These two ask first whether the library was loaded; roi_align else compiles a kernel, which takes minutes. All
    # else that is missing goes on to say so by itself.
    importlib.import_module("torchvision.ops")
    alignment = sys.modules["torchvision.ops.roi_align"]
    suppression = sys.modules["torchvision.ops.boxes"]
    alignment._has_ops = lambda: True  # type: ignore[attr-defined]
    alignment._assert_has_ops = lambda: None  # type: ignore[attr-defined]
    suppression._assert_has_ops = lambda: None  # type: ignore[attr-defined]


def _declare() -> None:
    import torch

    from .non_maximum_suppression import non_maximum_suppression
    from .roi_align import roi_align

    library = torch.library.Library("torchvision", "FRAGMENT")
    _declared.append(library)
    boxes_and_scores = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
    if not hasattr(torch.ops.torchvision, "nms"):
        library.define("nms" + boxes_and_scores)
        library.impl("nms", non_maximum_suppression, "CompositeExplicitAutograd")
    if not hasattr(torch.ops.torchvision, "qnms"):
        library.define("qnms" + boxes_and_scores)
    if not hasattr(torch.ops.torchvision, "roi_align"):
        library.define(
            "roi_align(Tensor input, Tensor rois, float spatial_scale, SymInt pooled_height, SymInt pooled_width, "
            "int sampling_ratio, bool aligned) -> Tensor"
        )
        # Made of torch's own operations, it is differentiated by them.
        library.impl("roi_align", roi_align, "CompositeImplicitAutograd")


def _own_library_loads() -> bool:
    """Try what torchvision itself does first: import, which raises RuntimeError when its operators are missing."""
    try:
        extension = importlib.import_module("torchvision.extension")
    except (RuntimeError, OSError, ImportError):
        # A half-imported package would make the second import fail for another reason.
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        return False
    return bool(extension._has_ops())
