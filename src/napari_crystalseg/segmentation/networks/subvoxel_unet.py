"""The network: nnU-Net's plain U-Net, on blocks of two voxels a side.

Imported by name from a model's plans, only where a network is built.
"""

from __future__ import annotations

from typing import Any

import torch

from ...computing.torchvision_operators import provide_missing_operators
from .contrast import CHANNELS, contrast_channels
from .subvoxels import VOXELS, to_blocks, to_voxels

provide_missing_operators()
from dynamic_network_architectures.architectures.unet import PlainConvUNet  # noqa: E402


class SubvoxelUNet(PlainConvUNet):  # type: ignore[misc]  # has no types
    """U-Net that takes each block of 2³ voxels as one with eight times the channels, and answers for each voxel.

    (Shi et al. 2016 call it sub-pixel convolution.) It sees and labels single voxels at a third of the cost. Its input
    is made plainer by :func:`.contrast.contrast_channels`. Beside the classes it scores whether a voxel lies at the
    crystal's interface with liquor or mount; that is asked for in training only, so that it learns to look for
    faces.

    Parameters
    ----------
    input_channels : int
        1: normalised voxel values.
    guides : int
        Channels beside those that say what a person marked and what the labels are, see
        :mod:`~napari_crystalseg.segmentation.guidance`; shown no more than voxel values, the network takes them for 0.
    n_stages, features_per_stage, conv_op, kernel_sizes, strides, n_conv_per_stage
        As of nnU-Net's ``PlainConvUNet``.
    num_classes : int
        Classes.
    *arguments, **options
        The rest of nnU-Net's ``PlainConvUNet``.
    """

    def __init__(
        self,
        input_channels: int,
        n_stages: int,
        features_per_stage: Any,
        conv_op: Any,
        kernel_sizes: Any,
        strides: Any,
        n_conv_per_stage: Any,
        num_classes: int,
        *arguments: Any,
        guides: int = 0,
        **options: Any,
    ) -> None:
        super().__init__(
            VOXELS * (CHANNELS * input_channels + guides),
            n_stages,
            features_per_stage,
            conv_op,
            kernel_sizes,
            strides,
            n_conv_per_stage,
            VOXELS * (num_classes + 1),
            *arguments,
            **options,
        )
        self.num_classes = num_classes
        self.guides = guides

    def forward(self, voxel_values: torch.Tensor) -> Any:
        """Class scores of what :meth:`scores_with_interface` takes, one tensor or one a depth of supervision."""
        return self.scores_of_channels(self.shown_channels(voxel_values))

    def scores_of_channels(self, shown: torch.Tensor) -> Any:
        """As :meth:`forward`, of what :meth:`shown_channels` gives."""
        scores = self._all_scores(shown)
        if isinstance(scores, torch.Tensor):
            return scores[:, : self.num_classes]
        return [level[:, : self.num_classes] for level in scores]

    def scores_with_interface(self, voxel_values: torch.Tensor, kept: torch.Tensor | None = None) -> Any:
        """As :meth:`forward`, with the score of lying at the crystal's interface as the last channel.

        Parameters
        ----------
        voxel_values : tensor, shape (batch, 1, z, y, x) or (batch, 1 + guide, z, y, x)
            Normalised voxel values, and the guides of a network that has them.
        kept : tensor of bool, shape (batch, channel), optional
            In training: the contrast channels that each sample is shown; the others are 0.
        """
        return self._all_scores(self.shown_channels(voxel_values, kept))

    def shown_channels(self, voxel_values: torch.Tensor, kept: torch.Tensor | None = None) -> torch.Tensor:
        """What the network looks at: voxel values with their contrast made plain, and guides; mirrored if they are.

        Parameters
        ----------
        voxel_values, kept
            As :meth:`scores_with_interface` takes them.

        Returns
        -------
        tensor of float32, shape (batch, channel, z, y, x)
        """
        voxel_values, guides = voxel_values[:, :1], voxel_values[:, 1:]
        # On the meta device only shapes are asked for.
        shown = (
            voxel_values.expand(-1, CHANNELS, -1, -1, -1) if voxel_values.is_meta else contrast_channels(voxel_values)
        )
        if kept is not None:
            shown = shown * kept.to(shown)[:, :, None, None, None]
        if self.guides:
            if guides.shape[1] == 0:
                guides = voxel_values.new_zeros(()).expand(len(shown), self.guides, *shown.shape[2:])
            shown = torch.cat([shown, guides.to(shown)], dim=1)
        return shown

    def _all_scores(self, shown: torch.Tensor) -> Any:
        scores = super().forward(to_blocks(shown))
        return to_voxels(scores) if isinstance(scores, torch.Tensor) else [to_voxels(level) for level in scores]
