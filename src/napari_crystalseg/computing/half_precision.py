"""Whether learning in half precision (bfloat16) is faster on this processor.

Imports torch: import this module only inside functions.
"""

from __future__ import annotations

from collections.abc import Callable

import torch


def half_precision_is_faster() -> bool:
    """Whether the processor multiplies matrices of bfloat16 in its hardware (AMX)."""
    supported: Callable[[], bool] | None = getattr(torch.cpu, "_is_amx_tile_supported", None)
    return supported is not None and bool(supported())
