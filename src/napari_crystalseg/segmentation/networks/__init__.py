"""The networks, and what nnU-Net's plans say of them.

Plans name a network by this package, so that a model can be read wherever its module lies. The class is imported when
first asked for, because it brings in PyTorch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .subvoxel_unet import SubvoxelUNet

__all__ = ["SubvoxelUNet"]


def __getattr__(name: str) -> Any:
    if name == "SubvoxelUNet":
        from .subvoxel_unet import SubvoxelUNet

        return SubvoxelUNet
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
