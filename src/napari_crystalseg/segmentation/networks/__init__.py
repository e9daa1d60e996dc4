"""The networks, and what nnU-Net's plans say of them."""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    # Under this name plans of model folders know the network; PyTorch is imported when it is made.
    if name == "SubvoxelUNet":
        from .subvoxel_unet import SubvoxelUNet

        return SubvoxelUNet
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
